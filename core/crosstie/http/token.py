"""Signing in with a token that may run out."""

from collections.abc import Callable, Generator

import httpx


class TokenAuth(httpx.Auth):
    """Sends ``Authorization: Bearer …``, and asks for another token when one is refused.

    `token` gets the token that was refused (None at first) and returns the one to use; a request
    that is answered 401 is sent once more, with the token that it returns then.
    """

    def __init__(self, token: Callable[[str | None], str]) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """See `httpx.Auth`."""
        token = self._token(None)
        request.headers["Authorization"] = f"Bearer {token}"
        answer = yield request
        if answer.status_code == 401:
            # Its body is of no interest: it may be long, or break off, and is not waited for.
            assert isinstance(answer.stream, httpx.SyncByteStream)
            answer.stream.close()
            answer.stream = httpx.ByteStream(b"")
            request.headers["Authorization"] = f"Bearer {self._token(token)}"
            yield request
