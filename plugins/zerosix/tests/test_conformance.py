"""Whether the connector keeps what Crosstie relies on: the conformance kit, on the sandbox."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pytest

from crosstie import Clock, Secret
from crosstie.commerce import Customer
from crosstie.testing import ActionConformance, PackageConformance, Rig, TableConformance
from crosstie_zerosix.sandbox import KEY, ZerosixSandbox

ADA, GRACE = "0612345678", "+32470123456"
NO_MOBILES: Sequence[Mapping[str, Any]] = (
    {"mobile": ""},
    {"mobile": "ada@example"},
    {"mobile": 5},
    {"country": "France"},
)


class ZerosixRig(Rig):
    """How ZEROSIX is played, and what a config says of it."""

    kind = "zerosix"

    def sandbox(self, clock: Clock) -> ZerosixSandbox:
        return ZerosixSandbox(clock)

    def settings(self, url: str) -> Mapping[str, Any]:
        return {"url": url, "key": Secret(KEY)}


class TestMembers(ZerosixRig, TableConformance):
    table = "members"
    stream = "customers"
    alike = False
    refused = Customer(lastname="refused")
    refusal = "has no mobile number"

    def data(self, number: int, text: str) -> Customer:
        return Customer(mobile=f"06 123 {number:05}", lastname=text)

    def rows(self, sandbox: ZerosixSandbox) -> Mapping[str, Mapping[str, Any]]:
        return sandbox.contacts


@pytest.mark.full
class TestFindMember(ZerosixRig, ActionConformance):
    action = "find_member"
    parameters: ClassVar[Mapping[str, Any]] = {"mobile": "+33 6 12 34 56 78"}
    other: ClassVar[Mapping[str, Any]] = {"mobile": GRACE}
    wrong = NO_MOBILES

    def sandbox(self, clock: Clock) -> ZerosixSandbox:
        made = super().sandbox(clock)
        for mobile in (ADA, GRACE):
            made.enroll(mobile, first_name="Ada", last_name="King")
        return made

    def deeds(self, sandbox: ZerosixSandbox) -> Sequence[Any]:
        return sorted(sandbox.found)


class TestEnroll(ZerosixRig, ActionConformance):
    action = "enroll"
    parameters: ClassVar[Mapping[str, Any]] = {"mobile": ADA, "last_name": "King"}
    other: ClassVar[Mapping[str, Any]] = {"mobile": GRACE}
    wrong = (*NO_MOBILES, {"first_name": 5})

    def deeds(self, sandbox: ZerosixSandbox) -> Sequence[Any]:
        return list(sandbox.contacts)


class TestPackage(PackageConformance):
    package = "crosstie_zerosix"
    examples: ClassVar[Mapping[str, Any]] = {"region": "FR"}
