"""Connectif as a sandbox: its API over a real socket, with the quirks of the real one.

::

    with serve(ConnectifSandbox()) as server:
        Connectif(url=server.url, key_id=KEY_ID, key_secret=Secret(KEY_SECRET))
"""

from crosstie_connectif.sandbox.server import (
    EDGE_IS_DOWN,
    KEY_ID,
    KEY_SECRET,
    SCOPES,
    ConnectifSandbox,
)

__all__ = ["EDGE_IS_DOWN", "KEY_ID", "KEY_SECRET", "SCOPES", "ConnectifSandbox"]
