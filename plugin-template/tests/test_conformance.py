"""Whether Quill's connector keeps what Crosstie relies on: the conformance kit, on the sandbox."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from crosstie import Clock, Secret
from crosstie.commerce import Customer
from crosstie.testing import (
    ActionConformance,
    PackageConformance,
    Rig,
    SourceConformance,
    TableConformance,
)

from crosstie_quill.sandbox import TOKEN, QuillSandbox


class QuillRig(Rig):
    """How Quill is played, and what a config says of it."""

    kind = "quill"

    def sandbox(self, clock: Clock) -> QuillSandbox:
        return QuillSandbox(clock)

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "token": Secret(TOKEN)}


class TestReading(QuillRig, SourceConformance):
    stream = "subscribers"

    def add(self, sandbox: QuillSandbox, number: int, at: datetime, text: str) -> str:
        return str(sandbox.add(f"reader{number}@example.com", first_name=text, at=at))

    def change(self, sandbox: QuillSandbox, key: str, at: datetime, text: str) -> None:
        sandbox.change(int(key), first_name=text, at=at)

    def remove(self, sandbox: QuillSandbox, key: str, at: datetime) -> None:
        sandbox.remove(int(key), at=at)


class TestWriting(QuillRig, TableConformance):
    table = "subscribers"
    refused = Customer(email="ada at example.com", firstname="Ada")
    refusal = "is no e-mail address"

    def data(self, number: int, text: str) -> Customer:
        return Customer(email=f"reader{number}@example.com", firstname=text, lastname="Reader")

    def rows(self, sandbox: QuillSandbox) -> Mapping[str, Mapping[str, Any]]:
        return {str(number): row for number, row in sandbox.subscribers.items() if "email" in row}

    def remove(self, sandbox: QuillSandbox, row_id: str) -> None:
        sandbox.remove(int(row_id))


class TestSendLetter(QuillRig, ActionConformance):
    action = "send_letter"
    parameters: ClassVar = {"to": "ada@example.com", "subject": "Hello", "body": "How are you?"}
    wrong = ({"to": "Ada"}, {"subject": 5})
    refused: ClassVar = {"to": "nobody@example.com"}
    reason = "is not subscribed"

    def sandbox(self, clock: Clock) -> QuillSandbox:
        sandbox = super().sandbox(clock)
        sandbox.add("ada@example.com")
        return sandbox

    def deeds(self, sandbox: QuillSandbox) -> Sequence[object]:
        return sandbox.letters


class TestPackage(PackageConformance):
    package = "crosstie_quill"
