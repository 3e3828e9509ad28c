"""Challenges, log-ins and sessions, with the locks that PHP puts on a session's file."""

import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

import attrs

from crosstie_vtiger.sandbox.crm import Crm, User
from crosstie_vtiger.sandbox.refusals import RefusalError

TOKEN_LIFE = timedelta(minutes=5)


@attrs.frozen(slots=True)
class Session:
    """One session; `lock` is held by the request that uses it."""

    name: str
    user: User
    lock: threading.Lock = attrs.field(factory=threading.Lock)


class Sessions:
    """Who is logged in. One challenge token per user: a new one replaces the earlier."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self._tokens: dict[int, tuple[str, datetime]] = {}
        self._open: dict[str, Session] = {}

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Have a session's file to oneself: requests with the same session run one by one."""
        session = self._open.get(name)
        with session.lock if session else nullcontext():
            yield

    def user_of(self, name: str) -> User:
        """The user of a session; raises what the real one raises when there is none."""
        if not name:
            raise RefusalError("AUTHENTICATION_REQUIRED", "Authencation required")
        session = self._open.get(name)
        if session is None:
            raise RefusalError("INVALID_SESSIONID", "Session Identifier provided is Invalid")
        return session.user

    def challenge(self, user_name: str) -> dict[str, Any]:
        """A token that is valid for five minutes, or until the next challenge of this user."""
        if not user_name:
            raise RefusalError("ACCESS_DENIED", "No username given")
        user = self._named(user_name)
        if user is None:
            raise RefusalError("ACCESS_DENIED", "username does not exists")
        token, now = secrets.token_hex(7)[:13], self._crm.clock.now()
        self._tokens[user.number] = (token, now + TOKEN_LIFE)
        expires = int((now + TOKEN_LIFE).timestamp())
        return {"token": token, "serverTime": int(now.timestamp()), "expireTime": expires}

    def login(self, user_name: str, key: str) -> dict[str, Any]:
        """A new session for the md5 of token and access key; earlier sessions stay open."""
        user = self._named(user_name)
        token, expires = self._tokens.get(user.number if user else 0, ("", self._crm.clock.now()))
        if user is None or self._crm.clock.now() >= expires:
            raise RefusalError("INVALID_AUTH_TOKEN", "Specified token is invalid or expired")
        expected = hashlib.md5((token + user.access_key).encode(), usedforsecurity=False)
        if not user.active or expected.hexdigest() != key:
            raise RefusalError("INVALID_USER_CREDENTIALS", "Invalid username or password")
        name = secrets.token_hex(11)[:21]
        self._open[name] = Session(name, user)
        return self._told(user, name)

    def logout(self, name: str) -> dict[str, str]:
        """End a session."""
        del self._open[name]
        return {"message": "successfull"}

    def extend(self, name: str, user: User) -> dict[str, str]:
        """What `extendsession` answers."""
        version = self._crm.version.name.removesuffix("-stock")
        return {
            "sessionName": name,
            "userId": self._crm.id_of("Users", user.number),
            "version": "0.22",
            "vtigerVersion": version,
        }

    def expire(self) -> None:
        """End all sessions, as PHP does when it clears out its session files."""
        self._open.clear()

    def _named(self, name: str) -> User | None:
        users = self._crm.users.values()
        return next((user for user in users if user.name.lower() == name.lower()), None)

    def _told(self, user: User, session: str) -> dict[str, Any]:
        row = self._crm.shelves["Users"].rows[user.number]
        return {
            "username": user.name,
            "first_name": row["first_name"],
            "last_name": row["last_name"],
            "email": row["email1"],
            "time_zone": "UTC",
            "hour_format": "12",
            "date_format": "yyyy-mm-dd",
            "is_admin": "on" if user.is_admin else "off",
            "call_duration": "5",
            "other_event_duration": "5",
            "sessionName": session,
            "userId": self._crm.id_of("Users", user.number),
            "version": "0.22",
            "vtigerVersion": self._crm.version.reports,
        }
