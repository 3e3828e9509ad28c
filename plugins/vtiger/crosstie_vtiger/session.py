"""One login at vtiger and what is asked within it.

vtiger keeps one challenge per user: a second login that begins before the first has ended makes
the first one fail exactly as a wrong key would. So logins are made one at a time, and tried again
a few times, since other programs log in as well.
PHP locks the session file, so that requests of one session run one after the other: each worker
has a session of its own.
"""

import hashlib
import random
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

import attrs

from crosstie import (
    Clock,
    Http,
    RejectedError,
    Response,
    Secret,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
)
from crosstie_vtiger.answers import GarbledError, KeptOutError, RefusedError, result_of

PATH = "webservice.php"
LOGINS = 6
HARMLESS = "select id from Currency limit 1;"
"""Answered unless it is us who are turned away, and not what was to be written."""

READS = 4
EXPIRED = "INVALID_AUTH_TOKEN"
RACES = frozenset({"INVALID_USER_CREDENTIALS", EXPIRED})
CLOSE = 60.0
"""Seconds by which clocks may differ before it is worth a word."""

USERS = "Settings > User & Access Control > Users"


class Lock(Protocol):
    """What `threading.Lock` makes."""

    def __enter__(self) -> bool: ...
    def __exit__(self, *exception: Any) -> None: ...


@attrs.define
class Session:
    """A session that is opened when first needed, and opened again when vtiger has forgotten it.

    Known once it is open: `user_id` (such as ``19x1``), `is_admin`, `version`, `tries` (how often
    it was tried to log in) and `ahead`, the seconds that vtiger's clock is ahead of ours.
    """

    http: Http
    clock: Clock
    username: str
    access_key: Secret
    logins: Lock
    user_id: str = ""
    is_admin: bool = True
    version: str = ""
    tries: int = 0
    ahead: float = 0.0
    _name: str | None = None

    def open(self) -> None:
        """Log in, unless that is done.

        Raises `UnauthorisedError` for an unknown or inactive user, for a wrong key and for a
        challenge that expires at once, `UnavailableError` where there is no vtiger.
        """
        if self._name is None:
            with self.logins:
                self._login()

    def read(self, operation: str, **parameters: str) -> Any:
        """Ask; a garbled answer is asked for again a few times.

        Raises `RefusedError`, `TooLongError`, `UnauthorisedError`, `UnavailableError`.
        """
        return self._within(lambda name: self._get(operation, sessionName=name, **parameters))

    def write(self, operation: str, **parameters: str) -> Any:
        """Do something, once.

        Raises `RefusedError`; `UncertainError` where it may have been done; another `FlowError`
        where it cannot have been done.
        """
        return self._within(lambda name: self._deed(operation, sessionName=name, **parameters))

    def close(self) -> None:
        """Log out, if logged in; a failure to do so is of no consequence."""
        name, self._name = self._name, None
        if name is not None:
            form = {"operation": "logout", "sessionName": name}
            try:
                self.http.request("POST", PATH, form=form, attempts=1)
            except (UnavailableError, UncertainError):
                return

    def _within(self, ask: Callable[[str], Any]) -> Any:
        for _ in range(2):
            self.open()
            try:
                return ask(str(self._name))
            except RefusedError as error:
                if not error.session_lost:
                    raise
                self._name, lost = None, error
        raise UnavailableError(
            f"{lost}, right after a login: vtiger does not keep its sessions, see PHP's session"
            " settings on its server"
        )

    def _get(self, operation: str, **parameters: str) -> Any:
        asked = {"operation": operation, **parameters}
        for attempt in range(1, READS + 1):
            try:
                return result_of(self.http.get(PATH, params=asked))
            except GarbledError as error:
                garbled = error
            if attempt < READS:
                self.clock.sleep(0.25 * 2**attempt)
        raise UnavailableError(f"{garbled}, {READS} times; see the server's error log")

    def _deed(self, operation: str, **parameters: str) -> Any:
        try:
            return self._post(operation, **parameters)
        except KeptOutError as error:
            self._get("query", sessionName=str(self._name), query=HARMLESS)
            raise RejectedError(f"{error}: it may take the content for an attack") from error

    def _post(self, operation: str, **parameters: str) -> Any:
        answer: Response = self.http.request(
            "POST", PATH, form={"operation": operation, **parameters}
        )
        try:
            return result_of(answer)
        except GarbledError as error:
            raise UncertainError(f"{error}; {operation} may have been carried out") from error

    def _login(self) -> None:
        failure: RefusedError | UncertainError
        for attempt in range(LOGINS):
            self.tries = attempt + 1
            if attempt:  # at random, so that two programs do not keep step
                self.clock.sleep(random.uniform(0.02, 0.06) * 2**attempt)  # noqa: S311
            try:
                token = self._challenge()
                key = hashlib.md5(
                    (token + self.access_key.reveal()).encode(), usedforsecurity=False
                ).hexdigest()
                self._begin(self._post("login", username=self.username, accessKey=key))
                return
            except UncertainError as error:
                failure = error
            except RefusedError as error:
                failure = error
                if error.code not in RACES:
                    break
        self._give_up(failure)

    def _challenge(self) -> str:
        try:
            challenge = self._get("getchallenge", username=self.username)
        except RefusedError as error:
            raise UnauthorisedError(
                f"there is no user {self.username!r}: {error}; `username` is the name to log in"
                " with, not the e-mail"
            ) from error
        now = self.clock.now().timestamp()
        self.ahead = float(challenge.get("serverTime") or now) - now
        return str(challenge["token"])

    def _begin(self, answer: Any) -> None:
        self.user_id = str(answer["userId"])
        self.is_admin = answer.get("is_admin", "on") == "on"
        self.version = str(answer.get("vtigerVersion") or "unknown")
        self._name = str(answer["sessionName"])

    def _give_up(self, failure: RefusedError | UncertainError) -> NoReturn:
        if isinstance(failure, UncertainError):
            raise UnavailableError(f"nobody can log in: {failure}") from failure
        who = f"user {self.username!r}"
        if "inactive" in failure.message:
            raise UnauthorisedError(f"{who} is inactive: {failure}; see {USERS}") from failure
        if failure.code == EXPIRED:
            raise UnauthorisedError(
                f"vtiger takes its own challenge for expired: {failure}, {LOGINS} times; its clock"
                f" is {clock_text(self.ahead)}: set the clocks of its servers"
            ) from failure
        raise UnauthorisedError(
            f"{failure}, {LOGINS} times, so that no other login has come in between: the access key"
            f" of {who} is wrong (My Preferences, Access Key; it is not the password), or the user"
            f" is inactive ({USERS}), which vtiger 8 does not tell apart"
        ) from failure


def clock_text(ahead: float) -> str:
    """Where vtiger's clock stands, for a sentence."""
    if abs(ahead) < CLOSE:
        return "right by ours"
    return f"{round(abs(ahead) / 60)} minutes {'ahead of' if ahead > 0 else 'behind'} ours"
