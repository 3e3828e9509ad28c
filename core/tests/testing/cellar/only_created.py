"""A table of the cellar whose bottles are never changed, and some with one realistic bug each."""

from collections.abc import Mapping, Sequence
from typing import Any

from crosstie import (
    ConflictError,
    RecordError,
    RejectedError,
    Row,
    UncertainError,
    Write,
    Written,
)
from tests.testing.cellar.connector import Bottles

Answers = Sequence[Written | RecordError]


class SealedBottles(Bottles):
    only_creates = True

    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        if one.get("code") == 409:
            return ConflictError(one["error"])
        return super().answer(one)


class TakesConflictsForRefused(SealedBottles):
    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        if one.get("code") == 409:
            return RejectedError(one["error"])
        return super().answer(one)


class TakesConflictsForLost(SealedBottles):
    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        if one.get("code") == 409:
            return UncertainError(one["error"])
        return super().answer(one)


class TakesConflictsForDone(SealedBottles):
    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        return Written(one.get("id") or "0")


class KeepsConflictsQuiet(SealedBottles):
    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        answer = super().answer(one)
        return ConflictError("") if isinstance(answer, ConflictError) else answer


class ChangesWhatIsThere(SealedBottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        return [
            self.over(write) if isinstance(answer, ConflictError) else answer
            for write, answer in zip(writes, super().write(writes), strict=True)
        ]

    def over(self, write: Write) -> ConflictError:
        key: Row = {"label": write.row["label"]}
        (one,) = self.find([key])[0]
        row = {name: self.value(value) for name, value in write.row.items()}
        self.live.change("PUT", f"/bottles/{one}", row)
        return ConflictError("it is there already")
