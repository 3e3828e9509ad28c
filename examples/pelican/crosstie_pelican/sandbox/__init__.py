"""Pelican as a sandbox: everything that ``API.md`` says, over a real socket.

::

    with serve(PelicanSandbox()) as server:
        Pelican(url=server.url, client_id=CLIENT_ID, …)
"""

from crosstie_pelican.sandbox.attributes import Attribute
from crosstie_pelican.sandbox.server import (
    CLIENT_ID,
    CLIENT_SECRET,
    EDGE_IS_DOWN,
    REFRESH_TOKEN,
    WEBHOOK_SECRET,
    PelicanSandbox,
    crash,
)

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "EDGE_IS_DOWN",
    "REFRESH_TOKEN",
    "WEBHOOK_SECRET",
    "Attribute",
    "PelicanSandbox",
    "crash",
]
