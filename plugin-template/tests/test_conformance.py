"""Whether Quill's connector keeps what Crosstie relies on: the conformance kit, on the sandbox."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crosstie import Clock, Secret
from crosstie.testing import PackageConformance, Rig

from crosstie_quill.sandbox import TOKEN, QuillSandbox


class QuillRig(Rig):
    """How Quill is played, and what a config says of it."""

    kind = "quill"

    def sandbox(self, clock: Clock) -> QuillSandbox:
        return QuillSandbox(clock)

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "token": Secret(TOKEN)}


class TestPackage(PackageConformance):
    package = "crosstie_quill"
