"""The connector: what a config says about Quill, and what a connected Quill can do.

::

    [systems.news]
    use = "quill"
    url = "https://api.quill.example"
    token = { env = "QUILL_TOKEN" }

`api` sends requests and judges the answers, `subscribers` reads and writes people, `actions` holds
the deeds, and `plugin` names what of all this Crosstie may use. `sandbox` plays Quill in tests.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import ClassVar

import attrs
from crosstie import Env, Finding, Live, Rate, Secret, setting

from crosstie_quill.api import LARGEST_PAGE, QuillApi
from crosstie_quill.subscribers import SubscriberStream, SubscriberTable

RATE = Rate(requests=100, per=timedelta(seconds=10))
"""What Quill lets one token ask for, kept by all workers together; None where nobody says."""


@attrs.frozen
class QuillConnector:
    """Quill, a newsletter service: reads and writes subscribers, sends letters."""

    # What a config may name after the dot. Add a stream or table here and in `QuillLive`.
    kind: ClassVar[str] = "quill"
    streams_offered: ClassVar[tuple[str, ...] | None] = ("subscribers",)
    tables_offered: ClassVar[tuple[str, ...] | None] = ("subscribers",)

    # Each setting is one line; its text is its documentation in `crosstie describe quill`.
    url: str = setting("Address of the API, with https://", identifies=True)
    token: Secret = setting("API token, from Settings > API")
    timeout: timedelta = setting("Of one request", default=timedelta(seconds=30))
    page: int = setting("Subscribers per request, 1 to 100", default=LARGEST_PAGE)
    workers: int = setting("Writers in parallel", default=2)

    @page.validator
    def _check_page(self, _: object, page: int) -> None:
        if not 1 <= page <= LARGEST_PAGE:
            raise ValueError(f"page must be from 1 to {LARGEST_PAGE}, not {page}")

    def connect(self, env: Env) -> Live:
        """See `crosstie.Connector`: nothing is asked before the first use.

        For OAuth, give `http` an ``auth`` made by `crosstie.oauth2` instead of this header.
        """
        signed = {"Authorization": f"Bearer {self.token.reveal()}"}
        http = env.http(self.url, headers=signed, rate=RATE)
        return QuillLive(QuillApi(http, self.page))


@attrs.frozen
class QuillLive:
    """Quill, connected."""

    api: QuillApi

    def streams(self) -> Mapping[str, SubscriberStream]:
        """See `crosstie.Live`."""
        return {"subscribers": SubscriberStream(self.api)}

    def tables(self) -> Mapping[str, SubscriberTable]:
        """See `crosstie.Live`."""
        return {"subscribers": SubscriberTable(self.api)}

    def check(self, use: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
        """See `crosstie.Checks`: whether the token is known, and allows what the flows need."""
        account = self.api.account()
        yield Finding("ok", f"the token opens the account {account['name']!r}")
        for flow, needs in use.items():
            for right in sorted({need.partition(":")[0] for need in needs}):
                if right not in account["rights"]:
                    text = f"flow {flow}: the token lacks the right to {right}, see Settings > API"
                    yield Finding("problem", text)

    def close(self) -> None:
        """See `crosstie.Live`: the core closes the HTTP client, and nothing else is open."""
