"""ZEROSIX as a sandbox: the documented part of its API over a real socket.

::

    with serve(ZerosixSandbox()) as server:
        Zerosix(url=server.url, key=Secret(KEY))
"""

from crosstie_zerosix.sandbox.server import KEY, ZerosixSandbox

__all__ = ["KEY", "ZerosixSandbox"]
