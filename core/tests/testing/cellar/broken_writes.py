"""Tables of the cellar with one realistic bug each, in writing and in what comes back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs

from crosstie import (
    GoneError,
    RecordError,
    RejectedError,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
    Write,
    Written,
)
from tests.testing.cellar.connector import Bottles

Answers = Sequence[Written | RecordError]


class ReplacesRows(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        return [answer for write in writes for answer in self.write_one(write)]

    def write_one(self, write: Write) -> Answers:
        if write.id is None:
            return super().write([write])
        row = {name: self.value(value) for name, value in write.row.items()}
        told = self.live.change("PUT", f"/bottles/{write.id}", row, expected=(200, 404))
        return [Written(told["id"]) if "id" in told else GoneError(told["error"])]


class TriesAgain(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        try:
            return super().write(writes)
        except UncertainError:
            return super().write(writes)


class LooksAtTheStatusOnly(Bottles):
    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        return Written(one.get("id") or "0")


class FailsAsAWhole(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        answers = super().write(writes)
        bad = [answer for answer in answers if isinstance(answer, RecordError)]
        return bad[:1] * len(writes) or answers


class KeepsNoReason(Bottles):
    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        answer = super().answer(one)
        return RejectedError("it was refused") if isinstance(answer, RejectedError) else answer


class SendsNewRowsFirst(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        return super().write(sorted(writes, key=lambda write: write.id is not None))


class CountsIds(Bottles):
    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        return Written(int(one["id"])) if "id" in one else super().answer(one)  # type: ignore[arg-type]


class SwallowsErrors(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        sent = [self.sent(write) for write in writes]
        told = self.live.change("POST", "/bottles", sent, expected=(200, 404, 500))
        results = told.get("results", [{"id": write.id or "0"} for write in writes])
        return [self.answer(one) for one in results]


class TakesPagesForSuccess(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        try:
            return super().write(writes)
        except UncertainError as error:
            if "answered 200" not in str(error):
                raise
            return [Written(write.id or "0") for write in writes]


class ReadsAnswersUnchecked(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        sent = json.dumps([self.sent(write) for write in writes]).encode()
        headers = self.live.headers()
        told = self.live.http.request("POST", "/bottles", content=sent, headers=headers).json()
        return [self.answer(one) for one in told["results"]]


class TakesLostForRefused(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        try:
            return super().write(writes)
        except UncertainError as error:
            return [RejectedError(str(error)) for _ in writes]


class TakesLostForDown(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        try:
            return super().write(writes)
        except UncertainError as error:
            raise UnavailableError(str(error)) from error


class TakesLockedOutForRefused(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        try:
            return super().write(writes)
        except UnauthorisedError as error:
            return [RejectedError(str(error)) for _ in writes]


class MissesNothing(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        answers = super().write(writes)
        return [
            Written(write.id) if write.id and isinstance(answer, GoneError) else answer
            for write, answer in zip(writes, answers, strict=True)
        ]


class MakesAnewByItself(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        answers = list(super().write(writes))
        for place, answer in enumerate(answers):
            if isinstance(answer, GoneError):
                new = Write(id=None, row=writes[place].row, key="", once="")
                answers[place] = super().write([new])[0]
        return answers


class HurriesOn(Bottles):
    def write(self, writes: Sequence[Write]) -> Answers:
        sent = json.dumps([self.sent(write) for write in writes]).encode()
        told = self.live.understood(self.sent_at_last(sent), UncertainError, (200,))
        return [self.answer(one) for one in told["results"]]

    def sent_at_last(self, sent: bytes) -> Any:
        headers = self.live.headers()
        while True:
            try:
                return self.live.http.request(
                    "POST", "/bottles", content=sent, headers=headers, attempts=1
                )
            except UnavailableError as error:
                if "429" not in str(error):
                    raise


class SharesABuffer(Bottles):
    buffer: ClassVar[list[Write]] = []

    def write(self, writes: Sequence[Write]) -> Answers:
        self.buffer[:] = writes
        self.search("label", ["is it there?"])
        return super().write(list(self.buffer))


class TakesTooMany(Bottles):
    batch = 25


class TakesRefusedForLost(Bottles):
    def answer(self, one: Mapping[str, Any]) -> Written | RecordError:
        return Written(one["id"]) if "id" in one else UncertainError(one["error"])


class KeepsFieldsBack(Bottles):
    def __init__(self, live: Any) -> None:
        super().__init__(live)
        self.rest: list[Write] = []

    def write(self, writes: Sequence[Write]) -> Answers:
        first = [
            write if write.id else attrs.evolve(write, row={"label": write.row["label"]})
            for write in writes
        ]
        answers = super().write(first)
        for write, answer in zip(writes, answers, strict=True):
            if write.id is None and isinstance(answer, Written):
                self.rest.append(attrs.evolve(write, id=answer.id))
        return answers

    def end(self) -> None:
        if self.rest:
            super().write(self.rest)
