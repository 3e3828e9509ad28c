"""``crosstie sandbox sms``: a service that sends SMS, on this machine, to nobody."""

import json
from collections.abc import Callable, Mapping

import attrs
import click

from crosstie.sandbox import Sandbox, Server, play
from crosstie_messages.sandbox import ovh, receiver, smsapi, twilio


@attrs.frozen
class Played:
    """A service that can be played, and the settings with which it is reached."""

    make: Callable[..., Sandbox]
    settings: Mapping[str, str]
    secrets: Mapping[str, str]


PLAYED: Mapping[str, Played] = {
    "twilio": Played(
        twilio.TwilioSandbox,
        {"account_sid": twilio.ACCOUNT, "sender": "+15005550006"},
        {"auth_token": twilio.TOKEN},
    ),
    "ovh_sms": Played(
        ovh.OvhSandbox,
        {"service": ovh.SERVICE},
        {
            "application_key": ovh.APPLICATION_KEY,
            "application_secret": ovh.APPLICATION_SECRET,
            "consumer_key": ovh.CONSUMER_KEY,
        },
    ),
    "smsapi": Played(smsapi.SmsapiSandbox, {}, {"token": smsapi.TOKEN}),
    "sms_webhook": Played(receiver.ReceiverSandbox, {}, {"secret": receiver.SECRET}),
    "webhook": Played(receiver.ReceiverSandbox, {}, {"secret": receiver.SECRET}),
}


@click.command
@click.argument("kind", type=click.Choice(list(PLAYED)))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes any free port.")
def sms(*, kind: str, port: int) -> None:
    """Serve a sender of SMS, or a receiver of webhooks, to try things on, until interrupted.

    What it is told to send is printed, and goes nowhere.
    """
    played = PLAYED[kind]

    def tell(server: Server) -> None:
        click.echo(f"{kind} at {server.url}")
        for name, text in {**played.settings, **played.secrets}.items():
            click.echo(f"{name} = {json.dumps(text)}")

    play(played.make(notice=click.echo), tell, port=port)
