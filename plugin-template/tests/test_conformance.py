"""Whether Quill's connector keeps what Crosstie relies on: the conformance kit, on the sandbox."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crosstie import Clock, Secret
from crosstie.testing import PackageConformance, Rig, SourceConformance

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


class TestPackage(PackageConformance):
    package = "crosstie_quill"
