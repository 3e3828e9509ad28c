"""Nobody is written to who has not agreed."""

from crosstie import RejectedError


def insist_on(consent: bool | None, to: str) -> None:
    """Refuse to send where it is known that somebody has not agreed; unknown (None) is no no."""
    if consent is False:
        raise RejectedError(f"{to} has not agreed to get messages: nothing was sent")
