"""What services of SMS answer, what it means, and what is asked again after a lost answer."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import pytest

from crosstie import RejectedError, Request, Row, UnauthorisedError, UncertainError
from crosstie.acting import act, settle
from crosstie.pools import Pools
from crosstie.project import Project
from crosstie.sandbox import Reply, Server
from crosstie_messages.sandbox import (
    OvhSandbox,
    ReceiverSandbox,
    SmsapiSandbox,
    TwilioSandbox,
    ovh,
    receiver,
    smsapi,
    twilio,
)

SECRETS = {
    "TOKEN": twilio.TOKEN,
    "AK": ovh.APPLICATION_KEY,
    "AS": ovh.APPLICATION_SECRET,
    "CK": ovh.CONSUMER_KEY,
    "SMSAPI": smsapi.TOKEN,
    "SECRET": receiver.SECRET,
}
CONFIGS = {
    "twilio": f"""
        account_sid = "{twilio.ACCOUNT}"
        auth_token = {{ env = "TOKEN" }}
        sender = "+15005550006"
        """,
    "ovh_sms": f"""
        service = "{ovh.SERVICE}"
        application_key = {{ env = "AK" }}
        application_secret = {{ env = "AS" }}
        consumer_key = {{ env = "CK" }}
        """,
    "smsapi": 'token = { env = "SMSAPI" }',
    "sms_webhook": 'secret = { env = "SECRET" }',
}
SANDBOXES: Mapping[str, Callable[..., Any]] = {
    "twilio": TwilioSandbox,
    "ovh_sms": OvhSandbox,
    "smsapi": SmsapiSandbox,
    "sms_webhook": ReceiverSandbox,
}
PARAMETERS = {"to": "0612345678", "text": "Your code: A1"}


class Desk:
    """A service, and the project that sends by it."""

    def __init__(self, kind: str, server: Server, open_project: Callable[..., Project]) -> None:
        self.kind, self.server = kind, server
        self.sandbox: Any = server.sandbox
        self.config = CONFIGS[kind]
        self._open = open_project

    def project(self, more: str = "") -> Project:
        """The project, with these settings besides."""
        common = f'use = "{self.kind}"\nurl = "{self.server.url}"\nregion = "FR"\n'
        return self._open(f"[systems.sms]\n{common}{self.config}\n{more}", SECRETS)

    def send(self, more: str = "", *, again: bool = False, **changes: Any) -> Row:
        """Send a message with the once ``one``; `again` after a doubt."""
        project = self.project(more)
        with closing(project.state()) as state, closing(Pools(project, state)) as pools:
            if again:
                return settle(pools, state, "sms.send", "one", done=False)
            return act(pools, state, "sms.send", {**PARAMETERS, **changes}, "one")

    @property
    def sent(self) -> int:
        """How many messages were sent."""
        return len(self.sandbox.events if self.kind == "sms_webhook" else self.sandbox.sent)


@pytest.fixture
def desk(serve: Callable[..., Server], project: Callable[..., Project], clock: Any) -> Any:
    """Open a project for a kind of service."""

    def desk(kind: str) -> Desk:
        server = serve(SANDBOXES[kind](clock))
        server.log = []
        return Desk(kind, server, project)

    return desk


def writes(request: Request) -> bool:
    return request.method == "POST"


@pytest.mark.parametrize("kind", ["twilio", "ovh_sms"])
@pytest.mark.parametrize("fault", ["lost", "late"])
def test_where_nobody_knows_nothing_is_sent_again_by_itself(
    desk: Callable[[str], Desk], clock: Any, kind: str, fault: Any
) -> None:
    own = desk(kind)
    own.server.fail(fault, matches=writes, seconds=20)

    for _ in range(2):
        with pytest.raises(UncertainError, match="it may have been carried out; look into sms"):
            own.send()
        clock.sleep(60)
    assert 1 == own.sent

    own.send(again=True)  # what somebody decides who has looked
    assert 2 == own.sent


@pytest.mark.parametrize("kind", ["smsapi", "sms_webhook"])
@pytest.mark.parametrize("fault", ["lost", "reset", "cut", "late", "drop"])
def test_where_a_service_knows_our_key_it_is_asked_again_and_sends_once(
    desk: Callable[[str], Desk], kind: str, fault: Any
) -> None:
    own = desk(kind)
    own.server.fail(fault, matches=writes, seconds=20)

    told = own.send()

    assert (1, told["message"]) == (own.sent, own.send()["message"])
    assert {"to": "+33612345678", "segments": 1, "encoding": "GSM-7"}.items() <= told.items()


@pytest.mark.parametrize("kind", list(CONFIGS))
def test_a_500_leaves_a_doubt_or_is_asked_again(desk: Callable[[str], Desk], kind: str) -> None:
    own = desk(kind)
    own.server.fail("answer-after", matches=writes, reply=Reply(500))
    try:
        own.send()
    except UncertainError:
        assert kind in {"twilio", "ovh_sms"}
    assert 1 == own.sent


@pytest.mark.parametrize("kind", list(CONFIGS))
def test_wrong_credentials_are_told_as_that(desk: Callable[[str], Desk], kind: str) -> None:
    own = desk(kind)
    own.server.fail("answer", times=9, matches=writes, reply=Reply(401, b'{"message": "who?"}'))
    with pytest.raises(UnauthorisedError, match=r"who\?: are the credentials right"):
        own.send()


@pytest.mark.parametrize("kind", ["twilio", "ovh_sms", "smsapi"])
def test_a_service_can_be_checked(desk: Callable[[str], Desk], kind: str) -> None:
    own = desk(kind)
    project = own.project()
    with closing(project.state()) as state, closing(Pools(project, state)) as pools:
        live: Any = pools.reader("sms").live()
        well = list(live.check({}))
        own.server.fail("answer", times=9, reply=Reply(403, b'{"message": "no"}'))
        ill = list(live.check({}))
    assert (["ok"], ["problem"]) == ([one.level for one in well], [one.level for one in ill])


def test_twilio_is_sent_a_form_with_the_accounts_credentials(desk: Callable[[str], Desk]) -> None:
    own = desk("twilio")
    told = own.send(text="Prix: 5 € & +")

    (request,) = own.server.log or []
    form = {"To": "+33612345678", "From": "+15005550006", "Body": "Prix: 5 € & +"}
    assert (form, f"SM{1:032x}") == (request.form, told["message"])
    assert f"/2010-04-01/Accounts/{twilio.ACCOUNT}/Messages.json" == request.path
    user = b64decode(request.headers["authorization"].removeprefix("Basic "))
    assert f"{twilio.ACCOUNT}:{twilio.TOKEN}" == user.decode()


def test_twilio_may_choose_the_sender(desk: Callable[[str], Desk]) -> None:
    own = desk("twilio")
    own.config = own.config.replace('sender = "+15005550006"', 'messaging_service = "MG1"')
    own.send()
    assert ["MG1"] == [one["from"] for one in own.sandbox.sent]


def test_what_twilio_takes_and_will_not_send_is_refused(desk: Callable[[str], Desk]) -> None:
    own = desk("twilio")
    own.sandbox.refuse_later = True
    with pytest.raises(RejectedError, match="will not send it: 30007, Message filtered"):
        own.send()


def test_ovh_is_sent_what_its_contract_says(desk: Callable[[str], Desk]) -> None:
    own = desk("ovh_sms")
    own.sandbox.ahead = 7_200

    told = own.send('sender = "Shop"', text="Hé ê")

    *_, request = own.server.log or []
    job = json.loads(request.body)
    assert 20 == len(job.pop("tag"))
    assert {
        "receivers": ["+33612345678"],
        "message": "Hé ê",
        "sender": "Shop",
        "noStopClause": False,
        "priority": "high",
        "charset": "UTF-8",
        "coding": "8bit",
        "differedPeriod": 0,
        "validityPeriod": 2880,
    } == job
    assert ("1", 1) == (told["message"], own.server.requests["GET", "/auth/time"])


def test_ovh_lets_people_answer_where_there_is_no_sender(desk: Callable[[str], Desk]) -> None:
    own = desk("ovh_sms")
    own.send()
    (job,) = own.sandbox.sent
    assert (True, True, "7bit") == (job["senderForResponse"], job["noStopClause"], job["coding"])


def test_a_request_is_signed_anew_after_a_wait(desk: Callable[[str], Desk]) -> None:
    own = desk("ovh_sms")
    rest = Reply(429, b"{}", {"Retry-After": "200"})
    own.server.fail("answer", matches=writes, reply=rest)
    assert ("1", 1) == (own.send()["message"], own.sent)


def test_a_number_that_ovh_does_not_take_is_refused_although_it_answers_200(
    desk: Callable[[str], Desk],
) -> None:
    own = desk("ovh_sms")
    own.sandbox.blocked.add("+33612345678")
    with pytest.raises(RejectedError, match=r"OVH refuses the number \+33612345678"):
        own.send()


def test_smsapi_is_sent_what_its_contract_says(desk: Callable[[str], Desk]) -> None:
    own = desk("smsapi")
    told = own.send('sender = "Shop"\nfast = true')

    (request,) = own.server.log or []
    assert {
        "to": "33612345678",
        "from": "Shop",
        "message": "Your code: A1",
        "format": "json",
        "encoding": "utf-8",
        "idx": told["message"],
        "check_idx": "1",
        "fast": "1",
    } == request.form


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (
            {
                "invalid_numbers": [
                    {
                        "number": "48100200300",
                        "submitted_number": "48100200300",
                        "message": "Invalid phone number",
                    }
                ],
                "error": 13,
                "message": "No correct phone numbers",
            },
            RejectedError,
            "error 13: No correct phone numbers, Invalid phone number",
        ),
        ({"error": 301, "message": "Not exists ID message"}, RejectedError, "error 301: Not"),
        ({"error": 101, "message": "Authorization failed"}, UnauthorisedError, "is token right"),
        ({"count": 1, "list": [{"id": "1", "error": 14}]}, RejectedError, "refuses it: 14"),
        ({"error": 201, "message": "Internal"}, UncertainError, "tried 3 times"),
        ({"count": 0, "list": []}, UncertainError, "SMSAPI named no message"),
    ],
)
def test_what_smsapi_refuses_is_refused_although_it_answers_200(
    desk: Callable[[str], Desk], answer: Any, error: type[Exception], told: str
) -> None:
    own = desk("smsapi")
    own.server.fail("answer", times=9, reply=Reply(200, json.dumps(answer).encode()))
    with pytest.raises(error, match=told):
        own.send()


def test_a_service_of_ones_own_is_told_number_text_and_sender(desk: Callable[[str], Desk]) -> None:
    own = desk("sms_webhook")
    told = own.send('sender = "Shop"')
    data = {"to": "+33612345678", "text": "Your code: A1", "sender": "Shop"}
    event = {"type": "sms.send", "timestamp": "2026-11-02T09:00:00.000Z", "data": data}
    assert {told["message"]: event} == own.sandbox.events
