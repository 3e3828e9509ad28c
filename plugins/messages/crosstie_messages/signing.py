"""Signing what is posted, anew for each sending, after the Standard Webhooks."""

from collections.abc import Generator

import httpx

from crosstie import Clock, sign_webhook


class StandardWebhook(httpx.Auth):
    """Signs requests that have a ``webhook-id`` after the Standard Webhooks 1.0.0."""

    requires_request_body = True

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """See `httpx.Auth`."""
        mark = request.headers["webhook-id"]
        signed = sign_webhook(self._key, mark, self._clock.now(), request.content)
        request.headers.update(signed)
        yield request
