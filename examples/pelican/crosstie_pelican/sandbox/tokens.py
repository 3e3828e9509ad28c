"""The authorisation server: codes, access tokens, and refresh tokens that rotate."""

import base64
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from crosstie import Clock

ACCESS_LIFE = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=10)
GRACE = timedelta(minutes=2)


class DeniedError(Exception):
    """No token: `code` is one of RFC 6749."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@attrs.define
class Family:
    """All tokens that descend from one authorisation."""

    scopes: frozenset[str]
    revoked: bool = False


@attrs.define
class Refresh:
    """A refresh token: alive until it has a `successor`."""

    family: Family
    successor: str | None = None
    used: datetime | None = None
    tried_dead: int = 0


@attrs.define
class Tokens:
    """Gives tokens out and knows them again; `given` has every one that ever was."""

    clock: Clock
    client_id: str
    client_secret: str
    given: list[str] = attrs.field(factory=list)
    _codes: dict[str, tuple[Family, datetime]] = attrs.field(factory=dict)
    _access: dict[str, tuple[Family, datetime]] = attrs.field(factory=dict)
    _refresh: dict[str, Refresh] = attrs.field(factory=dict)

    def authorise(self, scopes: Iterable[str]) -> str:
        """The account's owner lets the app in: a code, to be exchanged once."""
        code = secrets.token_urlsafe(12)
        self._codes[code] = Family(frozenset(scopes)), self.clock.now()
        return code

    def plant(self, refresh_token: str, scopes: Iterable[str]) -> None:
        """Make this a living refresh token of a new authorisation."""
        self._refresh[refresh_token] = Refresh(Family(frozenset(scopes)))
        self.given.append(refresh_token)

    def exchange(self, form: Mapping[str, str], authorization: str) -> dict[str, Any]:
        """Answer a request for tokens; raises `DeniedError`."""
        self._check_client(form, authorization)
        grant = form.get("grant_type", "")
        if grant == "authorization_code":
            return self._by_code(form.get("code", ""))
        if grant == "refresh_token":
            return self._by_refresh(form.get("refresh_token", ""))
        raise DeniedError("unsupported_grant_type", f"there is no grant {grant!r}")

    def scopes(self, authorization: str) -> frozenset[str] | None:
        """What the bearer of an access token may do; None without a living one."""
        family, until = self._access.get(authorization.removeprefix("Bearer "), (None, None))
        if family is None or until is None or family.revoked or self.clock.now() >= until:
            return None
        return family.scopes

    def expire(self) -> None:
        """Let all access tokens end now."""
        self._access.clear()

    def revoke(self) -> None:
        """The account's owner takes every authorisation back."""
        for token in self._refresh.values():
            token.family.revoked = True

    def _check_client(self, form: Mapping[str, str], authorization: str) -> None:
        pair = f"{form.get('client_id', '')}:{form.get('client_secret', '')}"
        if authorization.startswith("Basic "):
            pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        known = f"{self.client_id}:{self.client_secret}"
        if not secrets.compare_digest(pair.encode(), known.encode()):
            raise DeniedError("invalid_client", "unknown client, or a wrong secret")

    def _by_code(self, code: str) -> dict[str, Any]:
        family, at = self._codes.pop(code, (None, None))
        if family is None or at is None or self.clock.now() - at > CODE_LIFE:
            raise DeniedError("invalid_grant", "the code is unknown, used or too old")
        return self._answer(family, self._new_refresh(family))

    def _by_refresh(self, text: str) -> dict[str, Any]:
        token = self._refresh.get(text)
        if token is None or token.family.revoked:
            raise DeniedError("invalid_grant", "the refresh token is unknown or revoked")
        now = self.clock.now()
        if token.successor is None or token.used is None:
            token.successor, token.used = self._new_refresh(token.family), now
        elif now - token.used > GRACE or self._refresh[token.successor].successor is not None:
            token.tried_dead += 1
            token.family.revoked = token.tried_dead > 1
            raise DeniedError("invalid_grant", "the refresh token has been used")
        return self._answer(token.family, token.successor)

    def _new_refresh(self, family: Family) -> str:
        text = f"prt_{secrets.token_urlsafe(24)}"
        self._refresh[text] = Refresh(family)
        self.given.append(text)
        return text

    def _answer(self, family: Family, refresh_token: str) -> dict[str, Any]:
        access = f"pat_{secrets.token_urlsafe(24)}"
        self._access[access] = family, self.clock.now() + ACCESS_LIFE
        self.given.append(access)
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "refresh_token": refresh_token,
            "scope": " ".join(sorted(family.scopes)),
        }
