"""Signing in with OAuth 2.0: with client credentials, or with a refresh token.

::

    def connect(self, env: Env) -> Live:
        auth = oauth2(
            env,
            token_url=f"{self.url}/oauth/token",
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token,
        )
        return AcmeLive(env.http(self.url, auth=auth))

Many systems replace the refresh token with each use and revoke everything when an old one comes
back. So all workers of a system, in all processes and dry runs, share one chain of tokens: only
one of them asks at a time, and what it got is kept, sealed, before it is used.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus

import attrs

from crosstie.connectors import Env
from crosstie.errors import CrosstieError, UnauthorisedError, UnavailableError, UncertainError
from crosstie.http import Http, HttpAuth, Response, TokenAuth
from crosstie.settings import Secret

TRIES = 4
PAUSE = 0.5
EARLY = timedelta(seconds=60)
LONGEST_LIFE = timedelta(days=3650)


def oauth2(
    env: Env,
    *,
    token_url: str,
    client_id: str,
    client_secret: Secret,
    refresh_token: Secret | None = None,
    scope: str | None = None,
) -> HttpAuth:
    """Sign requests with access tokens that are got, kept and renewed as needed.

    Without a `refresh_token` by client credentials (RFC 6749, 4.4), else by the refresh grant
    (section 6): the `refresh_token` of the config begins a chain, and each one that the system
    gives in its place is kept. Another one in the config begins another chain.
    The client signs in by HTTP Basic (section 2.3.1).

    A request that is answered 401 is sent once more, with another token; a second 401 is the
    connector's to judge.
    Requests then also raise `UnauthorisedError` where no token is granted, and
    `UnavailableError` where none can be had; they were not sent.
    """
    # The id and the secret are encoded as in a form before they are joined by a colon.
    client = (quote_plus(client_id), quote_plus(client_secret.reveal()))
    place = sha256(f"{token_url} {client_id}".encode()).hexdigest()[:16]
    tokens = _Tokens(
        env=env,
        http=env.http(token_url, auth=client, headers={"Accept": "application/json"}),
        url=token_url,
        name=f"oauth2 {place}",
        first=refresh_token,
        began=sha256(refresh_token.reveal().encode()).hexdigest() if refresh_token else "",
        scope=scope,
    )
    return TokenAuth(tokens.token)


@attrs.frozen
class _Token:
    """An access token with all that belongs to it, kept in one piece.

    `until` is when it is to be renewed, `refresh` what renews it, `began` the digest of the
    refresh token of the config with which it all began ("" for client credentials).
    """

    access: str = attrs.field(repr=False)
    until: datetime | None
    refresh: str | None = attrs.field(repr=False)
    began: str
    scope: str | None

    def as_text(self) -> str:
        until = self.until.isoformat() if self.until else None
        return json.dumps({**attrs.asdict(self), "until": until})


def _from_text(text: str) -> _Token:
    fields = json.loads(text)
    until = fields["until"]
    return _Token(**{**fields, "until": datetime.fromisoformat(until) if until else None})


@attrs.define
class _Tokens:
    """The tokens of one client of one system; usable from several threads."""

    env: Env
    http: Http
    url: str
    name: str
    first: Secret | None
    began: str
    scope: str | None
    held: _Token | None = None

    def token(self, refused: str | None) -> str:
        """An access token that is not the one that was refused."""
        token = self._good(self.held, refused) or self._good(self._kept(), refused)
        if token is None:
            with self.env.alone(self.name):
                kept = self._kept()  # by who was alone before
                token = self._good(kept, refused) or self._renewed(kept)
        self.held = token
        return token.access

    def _good(self, token: _Token | None, refused: str | None) -> _Token | None:
        if token is None or token.access == refused:
            return None
        if (token.began, token.scope) != (self.began, self.scope):
            return None
        has_time = token.until is None or self.env.clock.now() < token.until
        return token if has_time else None

    def _kept(self) -> _Token | None:
        secret = self.env.memory.get_secret(self.name)
        if secret is None:
            return None
        token = _from_text(secret.reveal())
        self._redact(token)
        return token

    def _renewed(self, kept: _Token | None) -> _Token:
        """Ask for another token; what comes is kept before anything else is done with it."""
        refresh = self.first.reveal() if self.first else None
        if kept is not None and kept.began == self.began:
            refresh = kept.refresh
        grant = {"grant_type": "client_credentials"}
        if refresh is not None:
            grant = {"grant_type": "refresh_token", "refresh_token": refresh}
            # What cannot be kept must be found out before the refresh token is used up. It is no
            # rehearsal on the chain itself, which may be sealed with a key that is put back later.
            self.env.memory.set_secret(f"{self.name}: last sent", Secret(refresh))
        asked = self.env.clock.now()
        said = self._ask({**grant, **({"scope": self.scope} if self.scope else {})})
        token = _Token(
            access=said["access_token"],
            until=_until(asked, said.get("expires_in")),
            refresh=refresh and (_text(said.get("refresh_token")) or refresh),
            began=self.began,
            scope=self.scope,
        )
        self._redact(token)
        self.env.memory.set_secret(self.name, Secret(token.as_text()))
        return token

    def _redact(self, token: _Token) -> None:
        for text in (token.access, token.refresh):
            if text:
                self.env.redact(Secret(text))

    def _ask(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        """What the system answers to a request for a token, asked again while that gets lost.

        The same refresh token is sent then: whether it was used up is not known.
        """
        why: Exception | str = ""
        for attempt in range(1, TRIES + 1):
            try:
                answer = self.http.request("POST", self.url, form=form)
            except UncertainError as lost:  # the request for a token, not the one that needs it
                why = lost
            else:
                said = _json(answer)
                if answer.status < 300 and _is_token(said.get("access_token")):
                    return said
                if answer.status < 500 and (answer.status >= 300 or "error" in said):
                    raise self._refusal(answer, said)
                why = f"answered {answer.status} without a token"
            if attempt == TRIES or not self.env.clock.sleep(PAUSE * 2 ** (attempt - 1)):
                break
        raise UnavailableError(
            f"{self.env.system}: no token from {self._place}, tried {attempt} times: {why}"
        )

    @property
    def _place(self) -> str:
        return self.url.partition("?")[0].rpartition("@")[2]

    def _refusal(self, answer: Response, said: Mapping[str, Any]) -> CrosstieError:
        code = _text(said.get("error"))
        if code is None and answer.status not in {400, 401, 403}:
            return UnavailableError(
                f"{self.env.system}: {self._place} answered {answer.status}: "
                "is this where tokens are got?"
            )
        if code == "invalid_grant":
            return UnauthorisedError(
                f"{self.env.system}: its refresh token is no longer good: expired, revoked, or "
                "used by another program. Authorise Crosstie there anew, and put the refresh "
                "token that you get in the place of the old one"
            )
        more = _text(said.get("error_description"))
        reason = " ".join(part[:200] for part in (code, more and f"({more})") if part)
        return UnauthorisedError(
            f"{self.env.system}: {self._place} refuses a token: "
            f"{reason or f'answered {answer.status}'}; check the client's id, secret and scope"
        )


def _json(answer: Response) -> Mapping[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_token(value: object) -> bool:
    """Whether it can be sent in a header: visible ASCII (RFC 6749, appendix A.12)."""
    return isinstance(value, str) and re.fullmatch("[!-~]+", value) is not None


def _until(asked: datetime, seconds: object) -> datetime | None:
    """When to renew a token: a minute before its end, a tenth of its life at most."""
    try:
        life = min(timedelta(seconds=float(str(seconds))), LONGEST_LIFE)
    except (ValueError, OverflowError):
        return None  # not told: it is good until it is refused
    return asked + life - min(EARLY, life / 10)
