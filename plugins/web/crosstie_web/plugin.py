"""What the web plugin offers."""

from collections.abc import Sequence

from crosstie import Connector, hookimpl
from crosstie_web.events import Events
from crosstie_web.web import Web


@hookimpl
def register_sources() -> Sequence[type[Connector]]:
    """The server, and senders of events."""
    return [Web, Events]
