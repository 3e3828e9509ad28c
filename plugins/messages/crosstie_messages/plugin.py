"""What the messages plugin offers."""

from collections.abc import Sequence
from typing import Any

from crosstie import Action, Connector, hookimpl
from crosstie_messages.mailing import SendMail
from crosstie_messages.ovh_sms import OvhSms, SendByOvh
from crosstie_messages.sandbox.command import sms
from crosstie_messages.sms_webhook import SendByWebhook, SmsWebhook
from crosstie_messages.smsapi import SendBySmsapi, Smsapi
from crosstie_messages.smtp import Smtp
from crosstie_messages.twilio import SendByTwilio, Twilio
from crosstie_messages.webhook import Post, Webhook


@hookimpl
def register_sinks() -> Sequence[type[Connector]]:
    """Senders of mail, of SMS and of events."""
    return [Smtp, Twilio, OvhSms, Smsapi, SmsWebhook, Webhook]


@hookimpl
def register_actions() -> Sequence[type[Action]]:
    """What they send."""
    return [SendMail, SendByTwilio, SendByOvh, SendBySmsapi, SendByWebhook, Post]


@hookimpl
def register_commands(cli: Any) -> None:
    """Adds ``crosstie sandbox sms``."""
    cli.commands["sandbox"].add_command(sms)
