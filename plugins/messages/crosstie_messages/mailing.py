"""The action `mail.send`."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from crosstie import RejectedError, Row, setting
from crosstie_messages.addresses import address
from crosstie_messages.consent import insist_on
from crosstie_messages.letters import Letter
from crosstie_messages.plain_text import plain_text
from crosstie_messages.smtp import SmtpLive
from crosstie_messages.wording import check_line, check_said


@attrs.frozen
class SendMail:
    """Sends a mail to one person: a text that is given, or a template filled in with values."""

    name: ClassVar[str] = "send"
    on: ClassVar[str] = "smtp"

    to: str = setting("One e-mail address, also with a name: Ada <ada@example.com>")
    subject: str = setting("What it is about, in one line")
    body: str | None = setting("What it says, as plain text; or give a template", default=None)
    template: str | None = setting(
        "Name of a template: NAME.txt, NAME.html or both, in the folder templates", default=None
    )
    values: object = setting("Table of what the template puts in", default=None)
    consent: bool | None = setting(
        "Whether the person has agreed; false: refused, not given: not known", default=None
    )
    reply_to: str | None = setting("Address that answers go to", default=None)
    unsubscribe: str | None = setting(
        "Where the person can unsubscribe, https:// or mailto: (List-Unsubscribe)", default=None
    )

    @to.validator
    @reply_to.validator
    def _check_address(self, field: Any, text: str | None) -> None:
        if text is not None:
            address(field.name, text)

    @subject.validator
    def _check_subject(self, _: Any, subject: str) -> None:
        check_line("subject", subject)

    @body.validator
    def _check_body(self, _: Any, body: str | None) -> None:
        if body is not None:
            check_said("body", body)

    @template.validator
    def _check_template(self, _: Any, template: str | None) -> None:
        if template is not None and not re.fullmatch(r"[\w-]+(/[\w-]+)*", template):
            raise ValueError(f"template must be a name such as welcome, not {template!r}")

    @values.validator
    def _check_values(self, _: Any, values: object) -> None:
        if values is not None and not isinstance(values, Mapping):
            raise ValueError(f"values must be a table, not {values!r}")

    @unsubscribe.validator
    def _check_unsubscribe(self, _: Any, place: str | None) -> None:
        if place is not None and not re.fullmatch(r"(https?://|mailto:)[!-;=?-~]+", place):
            raise ValueError(f"unsubscribe must be https://… or mailto:…, not {place!r}")

    def __attrs_post_init__(self) -> None:
        """There is one thing to say."""
        if (self.body is None) == (self.template is None):
            raise ValueError("give either a body or a template")
        if self.body is not None and self.values is not None:
            raise ValueError("values go with a template; a body stands as it is")

    def run(self, system: SmtpLive, once: str) -> Row:
        """See `crosstie.Action`; tells the mail's Message-ID and the address."""
        return system.send(self.composed(system), once)

    def recall(self, system: SmtpLive, once: str) -> Row | None:
        """See `crosstie.Recalls`: the outbox knows; a mail server does not."""
        return system.recall(self.composed(system), once)

    def preview(self, system: SmtpLive) -> str:
        """See `crosstie.Previews`."""
        return self.composed(system).shown(system.clock.now())

    def composed(self, system: SmtpLive) -> Letter:
        """The mail; raises `RejectedError` where there can be none."""
        to = address("to", self.to)
        insist_on(self.consent, to.addr_spec)
        text, html = self._said(system)
        reply_to = self.reply_to or system.settings.reply_to
        return Letter(
            sender=address("sender", system.settings.sender),
            to=to,
            subject=self.subject,
            text=text,
            html=html,
            reply_to=address("reply_to", reply_to) if reply_to else None,
            unsubscribe=self.unsubscribe,
        )

    def _said(self, system: SmtpLive) -> tuple[str, str | None]:
        """The text, and the HTML where there is some."""
        if self.template is None:
            return self.body or "", None
        if system.templates is None:
            raise RejectedError(f"{system.system} has no templates: set templates to their folder")
        values = self.values if isinstance(self.values, Mapping) else {}
        text, html = system.templates.render(self.template, values)
        if text is None:
            text = plain_text(html or "")
        if not text.strip():
            raise RejectedError(f"the template {self.template!r} gives an empty mail")
        return text, html
