"""The server that takes events in while `crosstie serve` runs.

::

    [systems.web]
    use = "web"
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, ClassVar

import attrs

from crosstie import Env, Finding, Hosted, Hosting, Stream, Table, setting

PORT = 8642
LARGEST = 1024 * 1024


@attrs.frozen
class Web:
    """Takes events in over HTTP, and shows what other plugins bring for the browser."""

    kind: ClassVar[str] = "web"
    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ()

    listen: str = setting("IP address of this machine to listen on", default="127.0.0.1")
    port: int = setting("Port to listen on; 0 takes any that is free", default=PORT)
    largest: int = setting("Bytes that the body of an event may have", default=LARGEST)
    timeout: timedelta = setting(
        "How long a request may take to arrive", default=timedelta(seconds=10)
    )

    @listen.validator
    def _check_listen(self, _: Any, listen: str) -> None:
        try:
            ip_address(listen)
        except ValueError:
            told = f"listen must be an IP address such as 127.0.0.1 or ::1, not {listen!r}"
            raise ValueError(told) from None

    @port.validator
    def _check_port(self, _: Any, port: int) -> None:
        if not 0 <= port <= 65535:
            raise ValueError(f"port must be from 0 to 65535, not {port}")

    @largest.validator
    def _check_largest(self, _: Any, largest: int) -> None:
        if largest < 1:
            raise ValueError(f"largest must be 1 at least, not {largest}")

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host = f"[{self.listen}]" if ":" in self.listen else self.listen
        return f"http://{host}:{self.port}"

    def connect(self, env: Env) -> "WebLive":
        """See `crosstie.Connector`: only `host` does something."""
        return WebLive(self)

    def host(self, hosting: Hosting) -> Hosted:
        """See `crosstie.Hosts`."""
        from crosstie_web.server import begin  # noqa: PLC0415 (every command loads this module)

        return begin(self, hosting)


@attrs.frozen
class WebLive:
    """The server as a system: it has nothing to read or write."""

    settings: Web

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`: there are none."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`: there are none."""
        return {}

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """See `crosstie.Checks`."""
        address = self.settings.address
        if ip_address(self.settings.listen).is_loopback:
            yield Finding("ok", f"crosstie serve listens on {address}")
            return
        yield Finding(
            "warning",
            f"crosstie serve listens on {address}, where other machines reach it, unencrypted:"
            " better let it listen on 127.0.0.1, behind a proxy with TLS",
        )

    def close(self) -> None:
        """See `crosstie.Live`: there is nothing to free."""
