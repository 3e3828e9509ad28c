"""How Connectif says no: its `HttpError`."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any


class RefusalError(Exception):
    """What is wrong; `more` are further fields of the answer, such as `code`."""

    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = more

    def told(self) -> dict[str, Any]:
        """The error as JSON."""
        title = HTTPStatus(self.status).phrase
        return {"status": self.status, "title": title, "detail": self.detail, **self.more}


def invalid(wrong: Sequence[tuple[str, str]]) -> RefusalError:
    """A body some of whose fields are missing or not what they should be: (path, reason)s."""
    told = [{"path": path, "reason": reason} for path, reason in wrong]
    return RefusalError(400, "The request body is not valid.", validationErrors=told)
