"""Whether a system's webhooks are believed only when they are genuine, and read without harm::

class TestWebhooks(Acme, WebhookConformance):
    kinds = ("contact_changed",)
    signature = "x-acme-signature"

    def delivery(self, sandbox, number, at):
        return sandbox.webhook("contact.changed", number, at)
"""

import json
import logging
import re
from collections.abc import Iterable
from datetime import timedelta

import attrs
import pytest

from crosstie.event_kinds import received_kinds
from crosstie.incoming import Event
from crosstie.testing.leaks import leaks
from crosstie.testing.receiving import Receiving
from crosstie.testing.rig import Bench
from crosstie.testing.tampering import (
    NONSENSE,
    changed_bodies,
    changed_signatures,
    reshaped,
)

MINUTE = timedelta(minutes=1)
LONG = 16


class WebhookConformance(Receiving):
    """A connected system checks and reads its own webhooks, see `Receives`.

    `kinds` and `signature` have to be given, and the method `delivery`; `signed`, `forged` and
    `unknown` let more be proven.
    """

    def test_a_genuine_delivery_is_told_as_events(self, bench: Bench) -> None:
        """A delivery that the system itself has signed is read, and tells what happened.

        Each event has a kind that automations can name, a key and a version that are texts and
        not empty, and an aware time or none: the connector lists its kinds in `events_offered`,
        unless they may have any name. Header names come in lower case, whatever the system
        wrote; a look-up of ``X-Acme-Signature`` finds nothing. Numbers in JSON are no keys yet.
        """
        (outcome,) = self._outcomes(bench, self._genuine(bench))
        events = self._events(outcome)
        if not events:
            self.broken("no event is told", "a kind of event that is left out as unknown")
        self._check_events(events, "a genuine delivery")
        connector = bench.project().plugins.connector(self.kind)
        offered = received_kinds(connector)
        if offered is not None and (missing := sorted(set(self.kinds).difference(offered))):
            self.broken(f"no automation can name {', '.join(missing)}", "`events_offered`")

    def test_a_delivery_within_the_tolerance_is_believed(self, bench: Bench) -> None:
        """Deliveries travel, and clocks differ: one that is a little old is as good as new.

        Usual causes are a time read in the machine's zone instead of UTC, or in seconds where
        the system sends milliseconds.
        """
        half = self._tolerance() / 2
        requests = [self._genuine(bench, late=late) for late in (half, -half)]
        for outcome in self._outcomes(bench, *requests):
            if not self._events(outcome):
                self.broken(f"one that is {half} off tells nothing", "how the time is read")

    def test_the_same_delivery_twice_is_the_same_event(self, bench: Bench) -> None:
        """Systems deliver again when an answer got lost, and an automation must not start twice.

        The kind, the key and the version are an event's identity: they come from the delivery,
        never from the clock, a counter or chance. Events of different records differ.
        """
        first, other = self._genuine(bench), self._genuine(bench, 2)
        before, another = map(self._events, self._outcomes(bench, first, other))
        bench.simulated.move(bench.clock.now() + (self.tolerance or MINUTE) / 2)
        (after,) = map(self._events, self._outcomes(bench, first))
        if _identities(before) != _identities(after):
            self.broken(
                f"first {_identities(before)}, later {_identities(after)}",
                "a version made of the present time or of chance",
            )
        if set(_identities(before)) & set(_identities(another)):
            self.broken(
                f"two records are told as {_identities(before)}",
                "a key that is not the record's",
            )

    def test_a_changed_body_is_refused(self, bench: Bench) -> None:
        """Whoever changes one byte of a delivery on its way is refused with `WebhookError`.

        The signature covers the body exactly as it came: check it on `Request.body`, before
        reading. A body that is parsed and written anew before the check, or of which only some
        fields are signed, lets changes through.
        """
        genuine, other = self._genuine(bench), self._genuine(bench, 2)
        self._check_refused(bench, dict(changed_bodies(genuine, other)))

    def test_a_wrong_signature_is_refused(self, bench: Bench) -> None:
        """Without the right signature nothing is believed, however the wrong one looks.

        Compare with `hmac.compare_digest` on bytes: on texts it raises TypeError where a stranger
        sends other characters than ASCII. A missing header must not become an empty secret or a
        KeyError, and the beginning of a signature is not the signature.
        """
        genuine, other = self._genuine(bench), self._genuine(bench, 2)
        self._check_refused(bench, changed_signatures(genuine, self.signature.lower(), other))

    def test_a_signature_made_with_another_secret_is_refused(self, bench: Bench) -> None:
        """Only who has this system's own secret can speak in its name.

        A signature that is checked with a secret from the request, with a fixed one or with an
        empty one (a setting that was not given) can be made by anybody.
        """
        forged = self._given(self.forged(bench.sandbox, 1, bench.clock.now()), "forged")
        self._check_refused(bench, {"a delivery signed with another secret": forged})

    def test_an_old_delivery_is_refused(self, bench: Bench) -> None:
        """Who has recorded a delivery cannot play it again later, nor one dated ahead.

        The time is part of what is signed, and is compared with `Env.clock`: refuse what is older
        than the tolerance, and what comes from the future.
        """
        beyond = self._tolerance() + MINUTE
        late = {
            f"a delivery {beyond} old": beyond,
            "a delivery from yesterday": timedelta(days=1),
            f"a delivery {beyond} ahead": -beyond,
        }
        requests = {told: self._genuine(bench, late=one) for told, one in late.items()}
        self._check_refused(bench, requests)

    def test_an_old_delivery_does_not_pass_under_a_new_time(self, bench: Bench) -> None:
        """The time that is compared is the signed one.

        A recorded delivery under fresh headers, with its own signature, is still an old one. It
        passes where the time stamp's header is compared and not signed.
        """
        old = self._genuine(bench, late=self._tolerance() + MINUTE)
        name = self.signature.lower()
        headers = {**self._genuine(bench).headers, name: old.headers[name]}
        mixed = attrs.evolve(old, headers=headers)
        self._check_refused(bench, {"an old delivery with a new time stamp": mixed})

    def test_what_cannot_be_read_is_refused(self, bench: Bench) -> None:
        """Nonsense from strangers is refused with `WebhookError`, and never breaks anything.

        Empty, half, huge or deeply nested bodies raise all sorts of exceptions in parsers:
        UnicodeDecodeError, ValueError for numbers of 5000 digits, RecursionError. Check the
        signature first, and turn what the parser raises into `WebhookError`.
        """
        genuine = self._genuine(bench)
        bodies = {told: attrs.evolve(genuine, body=body) for told, body in NONSENSE.items()}
        self._check_refused(bench, bodies)

    def test_signed_nonsense_does_no_harm(self, bench: Bench) -> None:
        """What the system itself has signed may still be nonsense, and tells no event.

        It is `WebhookError` where it cannot be read, so that the sender hears of it and tries
        again; where it can be read and means nothing, nothing is told. A KeyError or TypeError
        would be shown as a bug, and swallowing everything would lose events.
        """
        now, genuine = bench.clock.now(), self._genuine(bench)
        bodies = {**NONSENSE, "half a delivery": genuine.body[: len(genuine.body) // 2]}
        requests = [
            self._given(self.signed(bench.sandbox, body, now), "signed") for body in bodies.values()
        ]
        outcomes = self._outcomes(bench, *requests)
        for (told, body), outcome in zip(bodies.items(), outcomes, strict=True):
            self._check_error(outcome, told)
            if isinstance(outcome, Exception):
                continue
            if outcome:
                self.broken(f"{told}: {len(outcome)} events are told", "defaults for what lacks")
            if _is_json(genuine.body) and not _is_json(body):
                self.broken(f"{told}: nothing is told, and no error", "an exception swallowed")

    def test_a_signed_body_of_another_shape_does_no_harm(self, bench: Bench) -> None:
        """A field that is missing or of another type makes a `WebhookError` or no event.

        Systems change, and send null where a number was. What is told all the same keeps to what
        events are: a key that is None, a number or ``"None"`` would start automations for nobody.
        """
        now, genuine = bench.clock.now(), self._genuine(bench)
        if not _is_json(genuine.body):
            pytest.skip("the body of a delivery is not JSON")
        shapes = list(reshaped(genuine.body))
        requests = [
            self._given(self.signed(bench.sandbox, body, now), "signed") for _, body in shapes
        ]
        outcomes = self._outcomes(bench, *requests)
        for (told, _), outcome in zip(shapes, outcomes, strict=True):
            self._check_error(outcome, told)
            if not isinstance(outcome, Exception):
                self._check_events(outcome, told)

    def test_an_unknown_kind_of_event_is_left_out(self, bench: Bench) -> None:
        """Systems learn to tell new kinds of event, and that is no mistake of theirs.

        An error would make the system deliver again and in the end give up on the address, with
        all events that are known.
        """
        unknown = self._given(self.unknown(bench.sandbox, bench.clock.now()), "unknown")
        (outcome,) = self._outcomes(bench, unknown)
        if events := self._events(outcome):
            self.broken(f"told as {_identities(events)}", "a kind that is passed on unseen")

    def test_receiving_asks_the_system_nothing(self, bench: Bench) -> None:
        """A delivery is checked and read with what it holds; its sender waits for the answer.

        Whoever can make the connector ask its system for each delivery can make it ask very
        often. What an event lacks is read later, by the flow or the automation that needs it.
        """
        with self._receiving(bench) as live:
            before = len(bench.server.log or ())
            live.receive(self._genuine(bench))
            asked = [f"{one.method} {one.path}" for one in (bench.server.log or ())[before:]]
        if asked:
            self.broken(f"it asks {', '.join(asked)}", "a record that is re-read in `receive`")

    def test_a_refusal_shows_no_secret(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The text of a `WebhookError` is told to its sender, who may be anybody.

        So it has neither the secret nor the signature that would have been right: with that
        anybody could sign. The log shows no secret either.
        """
        caplog.set_level(logging.DEBUG)
        genuine, other = self._genuine(bench), self._genuine(bench, 2)
        name = self.signature.lower()
        requests = changed_signatures(genuine, name, other)
        outcomes = self._outcomes(bench, *requests.values())
        texts = {told: str(one) for told, one in zip(requests, outcomes, strict=True)}
        right = [part for part in re.split(r"[,=\s]", genuine.headers[name]) if len(part) >= LONG]
        for told, request in requests.items():
            given = request.headers.get(name, "")
            if any(part in texts[told] and part not in given for part in right):
                self.broken(f"{told}: the error has the right one", "what was expected, in it")
        if shown := leaks(bench, **texts, log=caplog.text):
            self.broken("\n".join(shown), "a secret in a message")


def _identities(events: Iterable[Event]) -> list[tuple[str, str, str]]:
    return [(event.kind, event.key, event.version) for event in events]


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True
