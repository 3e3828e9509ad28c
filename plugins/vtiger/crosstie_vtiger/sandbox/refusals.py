"""How vtiger says no: an error in JSON with HTTP 200, or HTTP 500 with (mostly) no body."""


class RefusalError(Exception):
    """An answer ``{"success": false}``; `code` is a text, but the integer 0 for duplicates."""

    def __init__(self, code: str | int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class CrashError(Exception):
    """PHP died: HTTP 500, and what was written before stays written."""

    def __init__(self, body: str = "") -> None:
        super().__init__(body)
        self.body = body


def denied(what: str = "") -> RefusalError:
    """The refusal that stands for wrong modules, unknown, deleted and unreadable records alike."""
    return RefusalError("ACCESS_DENIED", f"Permission to perform the operation is denied{what}")


def wrong_id() -> RefusalError:
    """The refusal of an id that is none, or of another module."""
    return RefusalError("INVALID_ID_ATTRIBUTE", "Id specified is incorrect")


def missing(field: str) -> RefusalError:
    """The refusal of a mandatory field without a value; only the first one is ever named."""
    return RefusalError("MANDATORY_FIELDS_MISSING", f"{field} does not have a value")


def internal() -> RefusalError:
    """The refusal that hides everything else."""
    return RefusalError("INTERNAL_SERVER_ERROR", "Unknown Error while processing request")
