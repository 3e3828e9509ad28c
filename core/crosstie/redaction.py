"""Taking secrets out of texts: out of every log entry and error before somebody reads it.

::

    redaction = Redaction(config.secrets)
    redaction.learn(Secret("a token got while running"))
    redaction("Bearer a token got while running")  # "Bearer ***"

A secret of fewer than four characters is taken out only where it stands alone, as a word does:
else it would turn half of each text into stars, and so tell more than it hides.
"""

import json
import re
import threading
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from crosstie.settings import Secret

STARS = "***"
SHORT = 4
MOST = 1000
"""How many secrets learned while running are known: the newest, because the older have expired."""


def forms(secret: str) -> set[str]:
    """The forms in which a secret could show up: as it is, and as URLs and JSON write it."""
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}


class Redaction:
    """Takes secrets out of texts; usable from several threads.

    `known` holds secrets in all their `forms`.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._learned: dict[str, None] = {}
        self._lock = threading.Lock()
        self._hidden = _longest_first(self._known)

    def learn(self, secret: Secret) -> None:
        """Take this secret out from now on, in all its forms."""
        text = secret.reveal()
        with self._lock:
            is_new = text not in self._learned
            self._learned.pop(text, None)
            self._learned[text] = None
            if len(self._learned) > MOST:
                del self._learned[next(iter(self._learned))]
            if is_new:
                learned = (form for one in self._learned for form in forms(one))
                self._hidden = _longest_first({*self._known, *learned})

    def __call__(self, text: str) -> str:
        """The text with ``***`` in place of every secret."""
        for hidden in self._hidden:
            if len(hidden) < SHORT:
                text = re.sub(rf"(?<!\w){re.escape(hidden)}(?!\w)", STARS, text)
            else:
                text = text.replace(hidden, STARS)
        return text


def _longest_first(hidden: Iterable[str]) -> tuple[str, ...]:
    """So that none leaves the rest of a longer one that it is a part of."""
    return tuple(sorted(filter(None, hidden), key=len, reverse=True))
