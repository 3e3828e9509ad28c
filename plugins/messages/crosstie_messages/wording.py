"""What texts of a message must be: said, sendable, and on one line where they become a header."""

import unicodedata

LINE_ENDS = frozenset("\u2028\u2029")


def check_said(name: str, text: str) -> None:
    """Raise ValueError for an empty text, and for one that there are no bytes for."""
    if not text.strip():
        raise ValueError(f"{name} must not be empty")
    check_sendable(name, text)


def check_line(name: str, text: str) -> None:
    """Raise ValueError for an empty text, and for one that could become several headers."""
    check_said(name, text)
    if any(unicodedata.category(one) == "Cc" or one in LINE_ENDS for one in text):
        raise ValueError(f"{name} must be one line without control characters, not {text!r}")


def check_sendable(name: str, text: str) -> None:
    """Raise ValueError for half a character, which no encoding knows."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        broken = text[error.start : error.end]
        raise ValueError(f"{name} holds {broken!r}, which is half a character") from None
