"""Who has not signed a message is not believed, whatever else is right."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from crosstie import Request, Secret, WebhookError, check_webhook, sign_webhook, webhook_key

KEY = b"k" * 32
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
TOLERANCE = timedelta(minutes=5)
IDS = st.from_regex(r"\A[!-\-/-~]{1,40}\Z")


def message(id: str = "msg_1", at: datetime = NOW, body: bytes = b"{}") -> Request:  # noqa: A002
    return Request("POST", "/", {}, sign_webhook(KEY, id, at, body), body)


def under(request: Request, headers: Mapping[str, str]) -> Request:
    """The message under some other headers."""
    return attrs.evolve(request, headers={**request.headers, **headers})


def check(request: Request, *keys: bytes) -> datetime:
    return check_webhook(keys or [KEY], request, NOW, TOLERANCE)


def test_a_signature_is_that_of_the_standard() -> None:
    key = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = sign_webhook(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    } == headers


def test_a_secret_is_a_key_in_base64() -> None:
    assert KEY == webhook_key(Secret(f"whsec_{b64encode(KEY).decode()}"))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_aGk=", "hush-hush", "whsec_é"])
def test_any_other_secret_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(ValueError, match="must") as refused:
        webhook_key(Secret(secret))
    assert "secret must be whsec_ and 24 to 64 bytes in base64 behind it" == str(refused.value)


@given(id=IDS, body=st.binary(max_size=200), late=st.integers(-300, 300))
def test_what_is_signed_is_believed_while_it_is_new(id: str, body: bytes, late: int) -> None:  # noqa: A002
    at = NOW - timedelta(seconds=late)
    assert at == check(message(id, at, body))


@given(body=st.binary(max_size=200), other=st.binary(max_size=200))
def test_any_other_body_is_refused(body: bytes, other: bytes) -> None:
    assume(body != other)
    with pytest.raises(WebhookError):
        check(attrs.evolve(message(body=body), body=other))


@given(id=IDS, other=IDS | st.text())
def test_any_other_id_is_refused(id: str, other: str) -> None:  # noqa: A002
    assume(id != other)
    with pytest.raises(WebhookError):
        check(under(message(id), {"webhook-id": other}))


@given(stamp=st.integers(0, 10**12).map(str) | st.text(), body=st.binary(max_size=40))
@example(stamp=f"0{NOW.timestamp():.0f}", body=b"")
@example(stamp=f"{NOW.timestamp() + 1:.0f}", body=b"")
def test_any_other_time_is_refused(stamp: str, body: bytes) -> None:
    assume(stamp != f"{NOW.timestamp():.0f}")
    with pytest.raises(WebhookError):
        check(under(message(body=body), {"webhook-timestamp": stamp}))


@given(signature=st.text())
def test_any_other_signature_is_refused(signature: str) -> None:
    assume(signature != message().headers["webhook-signature"])
    with pytest.raises(WebhookError):
        check(under(message(), {"webhook-signature": signature}))


@given(body=st.from_regex(r"\A[a-z.0-9]{0,30}\.1793610000\.[a-z.]{0,30}\Z"))
def test_what_is_signed_cannot_be_taken_apart_in_another_way(body: str) -> None:
    genuine = message(body=body.encode())
    before, _, after = body.partition(".1793610000.")
    id_ = f"msg_1.{genuine.headers['webhook-timestamp']}.{before}"
    other = under(genuine, {"webhook-id": id_, "webhook-timestamp": "1793610000"})
    with pytest.raises(WebhookError):
        check(attrs.evolve(other, body=after.encode()))


@pytest.mark.parametrize("late", [301, -301, 10**9, -(10**9)])
def test_what_was_signed_long_ago_or_ahead_is_refused(late: int) -> None:
    with pytest.raises(WebhookError, match="more than 0:05:00 off"):
        check(message(at=NOW - timedelta(seconds=late)))


def test_one_of_several_signatures_and_of_several_keys_is_enough() -> None:
    signature = message().headers["webhook-signature"]
    both = under(message(), {"webhook-signature": f"v1a,abc v1,abc {signature}"})
    assert NOW == check(both, b"o" * 32, KEY)


def test_without_a_key_nothing_is_believed() -> None:
    with pytest.raises(WebhookError, match="is not signed as it should be"):
        check_webhook([], message(), NOW, TOLERANCE)


@pytest.mark.parametrize("id_", ["", "a.b", "a b", "é", "a\n", "a" * 256])
def test_an_id_that_could_be_misread_is_not_signed(id_: str) -> None:
    with pytest.raises(ValueError, match="without dots"):
        sign_webhook(KEY, id_, NOW, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-id": ""},
        {"webhook-timestamp": "9" * 12},
        {"webhook-timestamp": "٣"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,é"},
    ],
)
def test_every_refusal_without_a_signature_is_the_same(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookError) as refused:
        check(under(message(), headers))
    assert "the message is not signed as it should be" == str(refused.value)
