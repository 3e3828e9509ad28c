"""How Pelican says no: to a whole request, or to one contact or line of it."""

from typing import Any


class RefusalError(Exception):
    """What is wrong, as Pelican tells it; `field` is to blame, where one is."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field

    def told(self) -> dict[str, Any]:
        """The error as JSON."""
        told = {"code": self.code, "message": self.message}
        return told if self.field is None else {**told, "field": self.field}


def wrong(code: str, message: str, field: str | None = None) -> RefusalError:
    """A value that can be read and is refused."""
    return RefusalError(422, code, message, field)
