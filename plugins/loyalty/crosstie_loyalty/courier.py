"""Carries codes to phones, after whoever asked for one has their answer.

Sending takes as long as the service for SMS takes, and only where there is a card: it must not show
in how long the answer takes. So each challenge hands over an errand, also those for no card, and
goes on; a thread of the courier's does them, and for those there is nothing to do.
An errand lives in memory alone, because the code may stand nowhere: when the program dies before it
is done, no SMS comes, and the customer asks again after the pause.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from logging import Logger

import attrs

from crosstie import CrosstieError

Send = Callable[[str, str, str], object]
"""Sends to a phone (E.164) a text; the third text is the same for the same SMS, and no other's."""

CARRIERS = 4


@attrs.frozen
class Errand:
    """A code to be sent; to nobody where `phone` is None."""

    phone: str | None
    text: str = attrs.field(repr=False)
    code: str = attrs.field(repr=False)
    once: str


class Courier:
    """Sends codes by `send`, from threads of its own, some at once."""

    def __init__(self, send: Send, log: Logger) -> None:
        self._send = send
        self._log = log
        self._threads = ThreadPoolExecutor(CARRIERS, thread_name_prefix="codes")

    def post(self, errand: Errand) -> None:
        """Take an errand; returns at once."""
        self._threads.submit(self._carry, errand)

    def close(self) -> None:
        """Wait until all errands are done; none is taken any more."""
        self._threads.shutdown()

    def _carry(self, errand: Errand) -> None:
        if errand.phone is None:
            return
        try:
            self._send(errand.phone, errand.text, errand.once)
        except CrosstieError as error:
            told = str(error).replace(errand.code, "******")
            self._log.warning("a code was not sent, its owner may ask again: %s", told)
        except Exception:
            self._log.exception("a code was not sent (%s)", errand.once)
            raise
