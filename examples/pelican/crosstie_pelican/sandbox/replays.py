"""Idempotency keys: the first answer, told again for a day."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import attrs

from crosstie import Clock
from crosstie_pelican.sandbox.refusals import RefusalError, wrong

LIFE = timedelta(hours=24)
LONGEST_KEY = 64


@attrs.define
class Replays:
    """The answers that were given under a key. Refusals of whole requests are not kept."""

    clock: Clock
    _kept: dict[str, tuple[datetime, str, Any]] = attrs.field(factory=dict)

    def once(self, key: str | None, asked: Any, do: Callable[[], Any]) -> tuple[Any, bool]:
        """The answer, and whether it is an old one."""
        if key is None:
            return do(), False
        if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
            raise wrong("invalid_value", "an idempotency key has 1 to 64 characters")
        now, content = self.clock.now(), json.dumps(asked, sort_keys=True)
        at, before, answer = self._kept.get(key, (None, "", None))
        if at is None or now - at > LIFE:
            answer = do()
            self._kept[key] = now, content, answer
            return answer, False
        if before != content:
            raise RefusalError(409, "idempotency_mismatch", "the key was used for something else")
        return answer, True
