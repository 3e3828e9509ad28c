"""What can be done in Pelican: `send_message`, and `enter_campaign`.

They show the two ways to do something once. A message is sent with the deed's `once` as Pelican's
idempotency key, so it can be asked for again (`repeats`). Entering a campaign has no such key, but
keeps a reference of ours, so it can be looked up (`recall`).
"""

from collections.abc import Mapping
from hashlib import sha256
from itertools import chain
from typing import Any, ClassVar
from urllib.parse import quote

import attrs

from crosstie import Row, setting
from crosstie_pelican.connector import PelicanLive


def _not_empty(name: str, value: str) -> None:
    if not value.strip():
        raise ValueError(f"{name} must not be empty")


@attrs.frozen
class SendMessage:
    """Sends one of the account's templates to a contact."""

    name: ClassVar[str] = "send_message"
    on: ClassVar[str] = "pelican"
    repeats: ClassVar[bool] = True

    to: str = setting("External id of the contact")
    template: str = setting("Name of the template")
    variables: dict[str, str] = setting("What the template puts in", default=attrs.Factory(dict))

    @to.validator
    @template.validator
    def _check(self, field: Any, value: str) -> None:
        _not_empty(field.name, value)

    def run(self, system: PelicanLive, once: str) -> Row:
        """See `crosstie.Action`; tells the id of the message."""
        body = {"to": self.to, "template": self.template, "variables": self.variables}
        answer = system.api.post("/v1/messages", body, headers={"Idempotency-Key": mark(once)})
        return {"message": str(answer.get("id", ""))}


@attrs.frozen
class EnterCampaign:
    """Lets a contact enter a campaign."""

    name: ClassVar[str] = "enter_campaign"
    on: ClassVar[str] = "pelican"

    contact: str = setting("External id of the contact")
    campaign: str = setting("Name of the campaign")

    @contact.validator
    @campaign.validator
    def _check(self, field: Any, value: str) -> None:
        _not_empty(field.name, value)

    def run(self, system: PelicanLive, once: str) -> Row:
        """See `crosstie.Action`; tells the id of the entry."""
        body = {"external_id": self.contact, "reference": mark(once)}
        return _entry(system.api.post(self._path, body))

    def recall(self, system: PelicanLive, once: str) -> Row | None:
        """See `crosstie.Recalls`: the entry with our reference."""
        pages = system.api.pages(self._path, "entries", external_id=self.contact)
        mine = (one for one in chain.from_iterable(pages) if one.get("reference") == mark(once))
        entry = next(mine, None)
        return None if entry is None else _entry(entry)

    @property
    def _path(self) -> str:
        return f"/v1/campaigns/{quote(self.campaign, safe='')}/entries"


def mark(once: str) -> str:
    """A deed's `once` within the 64 characters that Pelican keeps, and fit for a header."""
    return sha256(once.encode()).hexdigest()


def _entry(told: Mapping[str, Any]) -> Row:
    return {"entry": str(told.get("id", ""))}
