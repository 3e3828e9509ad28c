"""Messages that are sent once, and campaigns that are entered as often as somebody asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from crosstie import Clock
from crosstie_pelican.sandbox.call import Answer, Call
from crosstie_pelican.sandbox.contacts import Contact, Contacts
from crosstie_pelican.sandbox.fields import folded, text
from crosstie_pelican.sandbox.hooks import Hooks
from crosstie_pelican.sandbox.pages import PageTokens
from crosstie_pelican.sandbox.refusals import RefusalError, wrong
from crosstie_pelican.sandbox.replays import Replays
from crosstie_pelican.sandbox.times import in_utc, whole


@attrs.frozen
class Message:
    """A message that was sent."""

    id: str
    contact: Contact
    template: str
    variables: Mapping[str, str]


@attrs.frozen
class Entry:
    """One pass of a contact through a campaign."""

    number: int
    campaign: str
    contact: Contact
    reference: str
    at: datetime

    def told(self, *, as_text: bool) -> dict[str, Any]:
        """The entry as JSON; its id is text in lists."""
        shown: Any = str(self.number) if as_text else self.number
        return {"id": shown, "reference": self.reference, "entered_at": in_utc(self.at)}


@attrs.define
class Campaigns:
    """What is sent to contacts. `templates` has the variables of each, by name."""

    clock: Clock
    contacts: Contacts
    pages: PageTokens
    replays: Replays
    hooks: Hooks
    templates: dict[str, Sequence[str]]
    names: set[str]
    sent: list[Message] = attrs.field(factory=list)
    entries: list[Entry] = attrs.field(factory=list)

    def message(self, call: Call) -> Answer:
        """``POST /v1/messages``."""
        body, key = call.body(), call.request.headers.get("idempotency-key")
        answer, replayed = self.replays.once(key, body, lambda: self._send(body))
        return 202, answer, {"Idempotent-Replayed": "true"} if replayed else {}

    def enter(self, call: Call) -> Answer:
        """``POST /v1/campaigns/{name}/entries``."""
        self._check(call.name)
        body = call.body()
        contact = self._reachable(body.get("external_id"), "external_id")
        reference = text(64)(body.get("reference", ""), "reference")
        now = whole(self.clock.now())
        entry = Entry(len(self.entries) + 1, call.name, contact, reference, now)
        self.entries.append(entry)
        told = {"campaign": call.name, "entry_id": str(entry.number), "reference": reference}
        self.hooks.note("campaign.entered", {**told, **_who(contact)})
        return 201, entry.told(as_text=False)

    def entered(self, call: Call) -> Answer:
        """``GET /v1/campaigns/{name}/entries``."""
        self._check(call.name)
        key = folded(call.request.query.get("external_id", ""))
        asked: dict[str, Any] = {"key": key, "size": call.size()}
        if call.page_token:
            asked = self.pages.read(call.page_token)
        found = [
            entry.told(as_text=True)
            for entry in reversed(self.entries)
            if entry.campaign == call.name and folded(entry.contact.external_id) == asked["key"]
        ]
        some, token = self.pages.slice(found, asked, int(asked["size"]))
        return 200, {"entries": some, **token}

    def bounce(self, message: Message, reason: str) -> None:
        """A message comes back."""
        told = {"message_id": message.id, "reason": reason, **_who(message.contact)}
        self.hooks.note("message.bounced", told)

    def _send(self, body: Mapping[str, Any]) -> dict[str, Any]:
        contact = self._reachable(body.get("to"), "to")
        template, variables = body.get("template"), body.get("variables", {})
        if not isinstance(template, str) or template not in self.templates:
            raise wrong("unknown_template", f"there is no template {template!r}", "template")
        if not isinstance(variables, Mapping):
            raise wrong("invalid_value", "variables are an object", "variables")
        for name in self.templates[template]:
            if name not in variables:
                raise wrong("variable_missing", f"{template} needs {name}", f"variables.{name}")
        if "email" not in contact.fields:
            raise wrong("no_email", f"{contact.external_id} has no e-mail address", "to")
        message = Message(f"msg_{len(self.sent) + 1}", contact, template, variables)
        self.sent.append(message)
        return {"id": message.id, "status": "queued"}

    def _reachable(self, external_id: Any, field: str) -> Contact:
        contact = self.contacts.get(str(external_id))
        if contact is None:
            raise wrong("contact_not_found", f"there is no contact {external_id!r}", field)
        if contact.fields.get("subscribed") is False:
            told = f"{contact.external_id} wants no messages"
            raise wrong("contact_unsubscribed", told, field)
        return contact

    def _check(self, name: str) -> None:
        if name not in self.names:
            raise RefusalError(404, "unknown_campaign", f"there is no campaign {name!r}")


def _who(contact: Contact) -> dict[str, str]:
    return {"contact_id": str(contact.number), "contact_external_id": contact.external_id}
