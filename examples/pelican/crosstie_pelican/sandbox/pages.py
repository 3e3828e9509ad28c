"""Page tokens: opaque to the caller, good for five minutes."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs

from crosstie import Clock
from crosstie_pelican.sandbox.refusals import RefusalError

LIFE = timedelta(minutes=5)


@attrs.frozen
class PageTokens:
    """Makes tokens that remember a question and a place, and reads them again."""

    clock: Clock

    def issue(self, remembered: Mapping[str, Any]) -> str:
        """A token for what is to be remembered."""
        until = (self.clock.now() + LIFE).timestamp()
        return base64.urlsafe_b64encode(json.dumps([until, remembered]).encode()).decode()

    def read(self, token: str) -> dict[str, Any]:
        """What was remembered; an old token is refused, and so is one that never was."""
        try:
            until, remembered = json.loads(base64.urlsafe_b64decode(token))
        except (ValueError, TypeError):
            raise RefusalError(400, "page_token_invalid", "this is no page token") from None
        if self.clock.now().timestamp() > until:
            raise RefusalError(400, "page_token_expired", "page tokens live five minutes")
        return dict(remembered)

    def slice(
        self, rows: Sequence[Any], asked: Mapping[str, Any], size: int
    ) -> tuple[Sequence[Any], dict[str, str]]:
        """A page of a list that does not move, and the token of the next one, if there is one.

        `asked` is what was asked for, or what the token of this page remembers of it.
        """
        end = int(asked.get("start", 0)) + size
        some = rows[end - size : end]
        if end >= len(rows):
            return some, {}
        return some, {"next_page_token": self.issue({**asked, "start": end})}
