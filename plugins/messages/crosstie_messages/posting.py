"""Posting an event to an address, after the Standard Webhooks: for `webhook` and `sms_webhook`."""

import json
import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs

from crosstie import Clock, Env, Finding, Http, RejectedError, Secret, webhook_key
from crosstie_messages.answers import raise_for, words
from crosstie_messages.outbox import need
from crosstie_messages.signing import StandardWebhook


def check_receiver(outbox: Path | None, url: str | None, secret: Secret | None) -> None:
    """Raise ValueError for settings with which nothing can be posted."""
    need(outbox, url=url, secret=secret)
    if url is not None and not re.match(r"https?://[^/?#@]+(/|$)", url):
        raise ValueError(f"url must be https://host/path, not {url!r}")
    if secret is not None:
        webhook_key(secret)


@attrs.frozen
class Receiver:
    """Who gets the events. The id of each is its idempotency key, so that one may come twice."""

    http: Http
    path: str

    def post(self, event: bytes, mark: str) -> None:
        """Post an event, with this id; raises as `Action.run` does."""
        headers = {"Content-Type": "application/json", "webhook-id": mark}
        answer = self.http.request("POST", self.path, content=event, headers=headers)
        if 400 <= answer.status < 500 and answer.status not in {401, 403}:
            gone = "; it wants no more events" if answer.status == 410 else ""
            raise RejectedError(f"{answer.url}: answered {answer.status}{words(answer)}{gone}")
        raise_for(answer)

    def check(self) -> Iterator[Finding]:
        """What `crosstie check` says of it."""
        yield Finding("ok", "configured; a receiver cannot be asked without posting to it")


def event_of(kind: str, data: Any, clock: Clock) -> bytes:
    """An event as it is posted."""
    at = clock.now().astimezone(UTC).isoformat(timespec="milliseconds")
    told = {"type": kind, "timestamp": at.replace("+00:00", "Z"), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def receiver(env: Env, url: str, secret: Secret) -> Receiver:
    """The receiver at this address, who knows the secret."""
    env.redact(Secret(secret.reveal().removeprefix("whsec_")))
    parts = urlsplit(url)
    http = env.http(
        f"{parts.scheme}://{parts.netloc}", auth=StandardWebhook(webhook_key(secret), env.clock)
    )
    return Receiver(http, parts._replace(scheme="", netloc="").geturl() or "/")
