"""The connector: its settings, and a connected point of sale.

::

    [systems.loyalty]
    use = "zerosix"
    key = { env = "ZEROSIX_KEY" }
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from importlib.metadata import version
from typing import Any, ClassVar

import attrs

from crosstie import Env, Finding, FlowError, Live, Secret, Stream, Table, setting
from crosstie_zerosix.api import Api
from crosstie_zerosix.members import MemberTable
from crosstie_zerosix.mobiles import Form, Mobiles, check_country

ADDRESS = re.compile(r"https?://[^/?#\s]+")
SOFTWARE = re.compile(r"[!-.0-~]+/[!-~]+")
NOBODY = "0000000000"


@attrs.frozen
class Zerosix:
    """A loyalty programme in ZEROSIX: members, found and enrolled by their mobile."""

    kind: ClassVar[str] = "zerosix"
    usual_name: ClassVar[str] = "loyalty"
    streams_offered: ClassVar[tuple[str, ...] | None] = ()
    tables_offered: ClassVar[tuple[str, ...] | None] = ("members",)
    usual_tables: ClassVar[Mapping[str, str]] = {"customers": "members"}

    key: Secret = setting("API key of the point of sale, found on the dashboard of ZEROSIX")
    url: str = setting("Address of the API", default="https://api.zerosix.com", identifies=True)
    region: str = setting("Country of mobiles that are written without a prefix", default="FR")
    mobiles: Form = setting(
        "How mobiles of the region are written to ZEROSIX: 0612345678 or +33612345678",
        default="national",
    )
    software: str | None = setting(
        "Software/Version, as ZEROSIX wants it told; Crosstie and its version unless set",
        default=None,
    )
    timeout: timedelta = setting("Of one request", default=timedelta(seconds=30))
    settle: timedelta | None = setting(
        "How long a write whose answer was lost may still land; the time-out unless set",
        default=None,
    )
    workers: int = setting("Writers in parallel", default=2)

    @url.validator
    def _check_address(self, _: Any, url: str) -> None:
        if not ADDRESS.match(url):
            raise ValueError(f"url must begin with https:// or http://, not {url!r}")

    @region.validator
    def _check_region(self, _: Any, region: str) -> None:
        check_country("region", region)

    @software.validator
    def _check_software(self, _: Any, software: str | None) -> None:
        if software is not None and not SOFTWARE.fullmatch(software):
            raise ValueError(f"software must be a name and a version, Shop/1.0, not {software!r}")

    def connect(self, env: Env) -> Live:
        """See `crosstie.Connector`: nothing is asked before the first use."""
        env.redact(self.key)
        headers = {
            "Authorization": f"Token {self.key.reveal()}",
            "User-Agent": self.software or f"Crosstie/{version('crosstie')}",
        }
        http = env.http(self.url.rstrip("/") + "/", headers=headers)
        return ZerosixLive(Api(http, env.clock), Mobiles(self.region, self.mobiles))


@attrs.frozen
class ZerosixLive:
    """A connected point of sale."""

    api: Api
    mobiles: Mobiles

    def streams(self) -> Mapping[str, Stream]:
        """See `crosstie.Live`: no call that lists members is documented."""
        return {}

    def tables(self) -> Mapping[str, Table]:
        """See `crosstie.Live`."""
        return {"members": MemberTable(self.api, self.mobiles)}

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterable[Finding]:
        """See `crosstie.Checks`: a mobile that nobody has is looked up."""
        try:
            self.api.member(NOBODY)
        except FlowError as error:
            yield Finding("problem", str(error))
        else:
            yield Finding("ok", "the key may look members up; whether it may enrol shows with one")

    def close(self) -> None:
        """See `crosstie.Live`: the core closes the HTTP client, and there is nothing else."""
