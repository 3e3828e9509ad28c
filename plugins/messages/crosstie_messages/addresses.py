"""E-mail addresses: one person each, and fit for a header and for SMTP."""

import re
from email.headerregistry import Address

from crosstie_messages.wording import check_line

LONGEST = 254
LOCAL = re.compile(r"[^\s.@<>()\[\],;:\"\\]+(\.[^\s.@<>()\[\],;:\"\\]+)*")
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"localhost|({LABEL}\.)+{LABEL}", re.IGNORECASE)
CHANGED_BY_IDNA = frozenset("ßς\u200c\u200d")


def address(name: str, text: str) -> Address:
    """The address that a text says, ``ada@example.com`` or ``Ada <ada@example.com>``.

    A domain with letters beyond ASCII is given as it is asked for (``xn--…``).
    Raises ValueError, which calls it by its `name`.
    """
    check_line(name, text)
    who, plain = "", text.strip()
    if plain.endswith(">"):
        who, _, plain = plain[:-1].rpartition("<")
    who = who.strip()
    if quoted := re.fullmatch(r'"([^"\\]*)"', who):
        who = quoted[1]
    elif re.search(r'[,;:@<>"]', who):
        raise ValueError(f"{name} must be one e-mail address, not {text!r}")
    local, _, domain = plain.rpartition("@")
    domain = _ascii(domain)
    if not (LOCAL.fullmatch(local) and DOMAIN.fullmatch(domain)) or len(plain) > LONGEST:
        raise ValueError(f"{name} must be one e-mail address, not {text!r}")
    return Address(who, local, domain)


def _ascii(domain: str) -> str:
    """The domain as it is asked for; an empty one where it cannot be."""
    if CHANGED_BY_IDNA.intersection(domain):  # Python's own table would make it another domain
        return ""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return ""
