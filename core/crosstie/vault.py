"""Sealing secrets, so that the state holds them and cannot tell them.

The key is a file of its own beside the state, ``crosstie.key`` beside ``crosstie.db``, which only
its owner can read: a copy of the state alone opens nothing.
Only this module knows how secrets are encrypted (Fernet: AES-128-CBC and HMAC-SHA256). It loads
the library when there is something to encrypt: few systems need that, and every start would wait.
"""

# ruff: noqa: PLC0415 (imports inside functions, as said above)

import hmac
import os
import tempfile
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes

import attrs

from crosstie.errors import StateError
from crosstie.settings import Secret

KEY_LENGTH = 44
"""Characters of 32 bytes in base 64."""

NO_KEY = (
    "{}: this is no key for secrets: put back a copy of the right one, "
    "or delete it, and what was sealed with the right one is lost"
)


@attrs.frozen
class Vault:
    """Seals and opens with the key in the file `key`, which is made with the first secret unless
    `crosstie init` has made it.
    """

    key: Path

    @classmethod
    def beside(cls, state: Path) -> "Vault":
        """The vault of the state in this file."""
        return cls(state.with_suffix(".key"))

    def seal(self, secret: Secret) -> str:
        """The secret as text that only this key opens; raises `StateError` without a usable key."""
        from cryptography.fernet import Fernet

        try:
            cipher = Fernet(self._key())
        except ValueError:
            raise StateError(NO_KEY.format(self.key)) from None
        return cipher.encrypt(secret.reveal().encode()).decode()

    def open(self, sealed: str) -> Secret | None:
        """The secret; None when the key is lost or not the one that sealed it."""
        from cryptography.fernet import Fernet, InvalidToken

        try:
            cipher = Fernet(self.key.read_bytes().strip())
            return Secret(cipher.decrypt(sealed).decode())
        except (FileNotFoundError, ValueError, InvalidToken):
            return None
        except OSError as error:
            raise StateError(
                f"{self.key}: the key for secrets cannot be read ({error.strerror}): "
                "check the rights of the file"
            ) from error

    def derive(self, text: str) -> bytes:
        """32 bytes of this text that only this key makes; raises `StateError` as `seal` does."""
        return hmac.digest(self._key(), f"derive {text}".encode("utf-8", "surrogatepass"), "sha256")

    def _key(self) -> bytes:
        """The key, made where there is none."""
        try:
            if not self.key.exists():
                self._make()
            key = self.key.read_bytes().strip()
        except OSError as error:
            raise StateError(
                f"{self.key}: the key for secrets cannot be made or read ({error.strerror}): "
                "check the rights of the file and its folder"
            ) from error
        if len(key) != KEY_LENGTH:
            raise StateError(NO_KEY.format(self.key))
        return key

    def _make(self) -> None:
        """Make the key whole or not at all; of several processes that try at once one does."""
        number, name = tempfile.mkstemp(prefix=f"{self.key.name}.", dir=self.key.parent)  # 0600
        made = Path(name)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(new_key().encode())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was faster: its key is used
                self.key.hardlink_to(made)
        finally:
            made.unlink()


def new_key() -> str:
    """What stands in the file of a new key."""
    return urlsafe_b64encode(token_bytes(32)).decode() + "\n"
