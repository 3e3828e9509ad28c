"""Numbers, segments, consent, and the dry mode of all senders of SMS."""

import json
from pathlib import Path
from typing import Any

import pytest

from crosstie import RejectedError, Secret, UncertainError
from crosstie.testing import Surroundings
from crosstie_messages.numbers import e164
from crosstie_messages.ovh_sms import OvhSms, SendByOvh
from crosstie_messages.segments import Segments, segments
from crosstie_messages.sms import SmsLive
from crosstie_messages.smsapi import SendBySmsapi, Smsapi
from crosstie_messages.twilio import SendByTwilio, Twilio

GSM, UCS = "GSM-7", "UCS-2"


def live(env: Surroundings, outbox: Path, **settings: Any) -> SmsLive:
    return Twilio(outbox=outbox, **settings).connect(env)


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+33 6 12 34 56 78", None, "+33612345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("0033612345678", "FR", "+33612345678"),
        ("+48 600-700-800", "FR", "+48600700800"),
        ("600700800", "PL", "+48600700800"),
        ("(212) 555-0123", "US", "+12125550123"),
    ],
)
def test_numbers_are_sent_to_with_their_countrys_prefix(
    text: str, region: str | None, number: str
) -> None:
    assert number == e164(text, region)


@pytest.mark.parametrize(
    ("text", "region", "told"),
    [
        ("0612345678", None, "'0612345678' does not say which country it is of: write it with"),
        ("0033612345678", None, "such as +33612345678, or set region"),
        ("0012", "FR", "'0012' is no phone number"),
        ("0112", "FR", "'0112' is no phone number that exists in FR"),
        ("+336123", None, "'+336123' is no phone number that exists"),
        ("+999612345678", None, "is no phone number"),
        ("ada", "FR", "'ada' is no phone number"),
    ],
)
def test_what_is_no_number_is_refused_with_a_reason(
    text: str, region: str | None, told: str
) -> None:
    with pytest.raises(RejectedError) as refused:
        e164(text, region)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "encoding", "number"),
    [
        ("a", GSM, 1),
        ("é à ü Ø ñ £ @ \n", GSM, 1),
        ("x" * 160, GSM, 1),
        ("x" * 161, GSM, 2),
        ("x" * 306, GSM, 2),
        ("x" * 307, GSM, 3),
        ("€" * 80, GSM, 1),
        ("€" * 81, GSM, 2),
        ("x" * 152 + "€" + "x" * 152, GSM, 3),  # the euro sign is not divided
        ("ê", UCS, 1),
        ("ж" * 70, UCS, 1),
        ("ж" * 71, UCS, 2),
        ("ж" * 134, UCS, 2),
        ("ж" * 135, UCS, 3),
        ("😀" * 35, UCS, 1),
        ("😀" * 36, UCS, 2),
        ("ж" * 66 + "😀" + "ж" * 66, UCS, 3),
    ],
)
def test_segments_are_counted_as_networks_do(text: str, encoding: Any, number: int) -> None:
    assert Segments(encoding, number) == segments(text)


def test_a_message_that_is_too_long_is_refused_before_it_is_sent(
    env: Surroundings, outbox: Path
) -> None:
    told = "takes 2 segments in UCS-2, and max_segments is 1: nothing was sent"
    with pytest.raises(RejectedError, match=told):
        SendByTwilio(to="+33612345678", text="ж" * 71).run(live(env, outbox, max_segments=1), "one")
    assert not outbox.exists()


def test_who_has_not_agreed_gets_nothing(env: Surroundings, outbox: Path) -> None:
    with pytest.raises(RejectedError, match=r"\+33612345678 has not agreed"):
        SendByTwilio(to="+33612345678", text="Hello", consent=False).run(live(env, outbox), "one")
    assert not outbox.exists()


def test_the_region_of_the_deed_goes_before_that_of_the_system(
    env: Surroundings, outbox: Path
) -> None:
    polish = live(env, outbox, region="PL")
    sent = SendByTwilio(to="600700800", text="Hello").run(polish, "one")
    other = SendByTwilio(to="0612345678", text="Hello", region="FR").run(polish, "two")
    assert ("+48600700800", "+33612345678") == (sent["to"], other["to"])


def test_the_dry_mode_keeps_what_would_be_sent(env: Surroundings, outbox: Path) -> None:
    sms = SendByTwilio(to="+33612345678", text="Voilà", sender="Shop")

    told = sms.run(live(env, outbox), "one")

    kept = json.loads(Path(told["outbox"]).read_bytes())
    assert {
        "system": "system",
        "at": "2026-11-02T09:00:00+00:00",
        "to": "+33612345678",
        "text": "Voilà",
        "sender": "Shop",
        "encoding": "GSM-7",
        "segments": 1,
    } == kept
    assert told == sms.recall(live(env, outbox), "one")
    assert None is sms.recall(live(env, outbox), "two")


def test_the_clause_that_ovh_adds_is_counted(env: Surroundings, outbox: Path) -> None:
    sms = SendByOvh(to="+33612345678", text="x" * 155)
    named = OvhSms(outbox=outbox, sender="Shop").connect(env)
    without = OvhSms(outbox=outbox, sender="Shop", stop_clause=False).connect(env)
    answerable = OvhSms(outbox=outbox).connect(env)

    systems = (named, without, answerable)
    assert [2, 1, 1] == [sms.composed(system).segments for system in systems]


def test_a_preview_tells_number_and_size(env: Surroundings, outbox: Path) -> None:
    system = Smsapi(outbox=outbox, region="PL").connect(env)
    sms = SendBySmsapi(to="600700800", text="Cześć", sender="Shop")
    assert "From: Shop\nTo: +48600700800\nSize: 1 segment in UCS-2\n\nCześć" == sms.preview(system)
    assert not outbox.exists()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "account_sid and auth_token must be set, or outbox for the dry mode"),
        ({"region": "FRA"}, "region must be a country such as FR, not 'FRA'"),
        ({"max_segments": 0}, "max_segments must be 1 at least"),
        ({"sender": "a\nb"}, "sender must be one line"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match="must") as refused:
        Twilio(**settings)
    assert told in str(refused.value)


def test_a_service_without_keys_of_ours_cannot_be_asked(env: Surroundings) -> None:
    system = Twilio(account_sid="AC1", auth_token=Secret("t"), sender="+15005550006").connect(env)
    with pytest.raises(UncertainError, match="cannot be asked"):
        SendByTwilio(to="+33612345678", text="Hello").recall(system, "one")
