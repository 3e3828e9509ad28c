"""A deed is done once, and what came of it is told honestly: shown on a loft of pigeons."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Literal

import attrs
import pytest

from crosstie import (
    ConfigError,
    Env,
    FlowError,
    GoneError,
    LeaseError,
    RejectedError,
    Row,
    UnauthorisedError,
    UnavailableError,
    UncertainError,
    hookimpl,
    setting,
)
from crosstie.acting import act, settle
from crosstie.pools import Pools
from crosstie.preparing import offered, prepare
from crosstie.project import Project, open_project
from crosstie.state import SqliteState

CONFIG = '[systems.roof]\nuse = "loft"\nsettle = "40s"\n'
LOST = UncertainError("the pigeon did not come back")
AFTER_IT, BEFORE_IT = True, False
WELL = (True, None)


@attrs.define
class Loft:
    """The system: what was sent there, and what goes wrong with the next requests.

    A mishap is an error and whether what was asked for is done nevertheless.
    """

    sent: list[tuple[str, str]] = attrs.field(factory=list)
    asked: list[str] = attrs.field(factory=list)
    mishaps: list[tuple[bool, Exception | None]] = attrs.field(factory=list)
    unreachable: list[Exception] = attrs.field(factory=list)
    answers: list[Any] = attrs.field(factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def send(self, once: str, text: str, *, knows_once: bool = False) -> Any:
        self.asked.append("send")
        done, error = self.mishaps.pop(0) if self.mishaps else WELL
        if done and not (knows_once and once in dict(self.sent)):
            self.sent.append((once, text))
        self.meanwhile()
        if error is not None:
            raise error
        return self.answers.pop(0) if self.answers else self.of(once)

    def find(self, once: str) -> Row | None:
        self.asked.append("find")
        _done, error = self.mishaps.pop(0) if self.mishaps else WELL
        if error is not None:
            raise error
        return self.of(once) if once in dict(self.sent) else None

    def of(self, once: str) -> Row:
        return {"text": dict(self.sent)[once], "number": [one for one, _ in self.sent].index(once)}

    def streams(self) -> Mapping[str, Any]:
        return {}

    def tables(self) -> Mapping[str, Any]:
        return {}

    def close(self) -> None:
        """A loft stays open."""


@attrs.frozen
class Send:
    """Send a pigeon."""

    name: ClassVar[str] = "send"
    on: ClassVar[str] = "loft"
    text: str = setting("What it carries")

    @text.validator
    def _short(self, _: object, value: str) -> None:
        if len(value) > 20:
            raise ValueError(f"text: a pigeon carries 20 letters, not {len(value)}")

    def run(self, system: Any, once: str) -> Row:
        sent: Row = system.send(once, self.text)
        return sent


@attrs.frozen
class SendKnown(Send):
    """Send a pigeon to a loft that knows `once`."""

    name: ClassVar[str] = "send_known"
    repeats: ClassVar[bool] = True

    def run(self, system: Any, once: str) -> Row:
        sent: Row = system.send(once, self.text, knows_once=True)
        return sent


@attrs.frozen
class SendFound(Send):
    """Send a pigeon that can be found again."""

    name: ClassVar[str] = "send_found"

    def recall(self, system: Any, once: str) -> Row | None:
        found: Row | None = system.find(once)
        return found


@attrs.frozen
class Pack:
    """Pack a parcel, with parameters of every kind."""

    name: ClassVar[str] = "pack"
    on: ClassVar[str] = "loft"
    count: int = setting("How many")
    weight: Decimal | None = setting("In kilograms", default=None)
    wait: timedelta = setting("Before it flies", default=timedelta(hours=24))
    fragile: bool = setting("Whether it breaks", default=False)
    tags: tuple[str, ...] = setting("Written on it", default=())
    stamps: dict[str, str] = setting("Stuck on it", default=attrs.Factory(dict))
    size: Literal["small", "large"] = setting("How large", default="small")

    def run(self, system: Any, once: str) -> Row:
        sent: Row = system.send(once, repr(self))
        return sent


@attrs.frozen(eq=False)
class LoftPlugin:
    loft: Loft

    @hookimpl
    def register_sinks(self) -> Sequence[type[Any]]:
        loft = self.loft

        @attrs.frozen
        class LoftConnector:
            """A loft."""

            kind: ClassVar[str] = "loft"
            streams_offered: ClassVar[tuple[str, ...]] = ()
            tables_offered: ClassVar[tuple[str, ...]] = ()
            settle: timedelta = setting("How long a pigeon may be late")
            workers: int = setting("Pigeons in the air", default=2)

            def connect(self, env: Env) -> Loft:
                if loft.unreachable:
                    raise loft.unreachable.pop(0)
                return loft

        return [LoftConnector]

    @hookimpl
    def register_actions(self) -> Sequence[type[Any]]:
        return [Send, SendKnown, SendFound, Pack]


@attrs.frozen
class Post:
    """A project with one loft; state and connections are opened anew for each call."""

    folder: Path
    loft: Loft
    clock: Any
    project: Project

    def act(self, action: str, once: str = "one", *, patience: float = 60.0, **given: Any) -> Row:
        """Do it; without parameters, send the text "hello"."""
        state = self.project.state()
        with closing(state), closing(Pools(self.project, state)) as pools:
            parameters = given or {"text": "hello"}
            return act(pools, state, f"roof.{action}", parameters, once, patience=patience)

    def settle(self, action: str, once: str = "one", *, done: bool) -> Row:
        state = self.project.state()
        with closing(state), closing(Pools(self.project, state)) as pools:
            return settle(pools, state, f"roof.{action}", once, done=done)

    def status(self, once: str = "one") -> str:
        with closing(self.project.state()) as state:
            deed = state.deed("roof", once)
            return deed.status if deed else "unknown"

    @property
    def sent(self) -> list[str]:
        return [text for _, text in self.loft.sent]


@pytest.fixture
def post(tmp_path: Path, clock: Any) -> Post:
    loft, path = Loft(), tmp_path / "crosstie.toml"
    path.write_text(CONFIG, encoding="utf-8")
    project = open_project(path, {}, clock=clock, plugins={"loft": LoftPlugin(loft)})
    return Post(tmp_path, loft, clock, project)


@pytest.fixture
def state(post: Post) -> Iterator[SqliteState]:
    with closing(post.project.state()) as opened:
        yield opened


ALL = pytest.mark.parametrize("action", ["send", "send_known", "send_found"])
SAFE = pytest.mark.parametrize("action", ["send_known", "send_found"])


@ALL
def test_the_same_once_is_done_once_and_told_again(post: Post, action: str) -> None:
    first = post.act(action)
    asked = list(post.loft.asked)

    assert {"text": "hello", "number": 0} == first == post.act(action)
    assert (["hello"], asked) == (post.sent, post.loft.asked)


def test_another_once_is_another_deed(post: Post) -> None:
    assert [0, 1] == [post.act("send", once)["number"] for once in ("one", "two")]


@pytest.mark.parametrize(
    ("again", "difference"),
    [
        ({"action": "send", "text": "bye"}, "another text"),
        ({"action": "send_known"}, "the action send"),
    ],
)
def test_a_once_that_was_used_for_something_else_is_refused(
    post: Post, again: dict[str, Any], difference: str
) -> None:
    post.act("send")

    with pytest.raises(ConfigError, match=f"once 'one' was used with {difference}: another deed"):
        post.act(**again)
    assert ["hello"] == post.sent


def test_a_deed_without_a_once_is_refused(post: Post) -> None:
    with pytest.raises(ConfigError, match=r"roof\.send: once is empty"):
        post.act("send", "")


def test_a_result_comes_back_with_its_types(post: Post) -> None:
    result = {
        "text": "a “b” \\ \n 0012",
        "whole": 10**20,
        "yes": True,
        "unknown": None,
        "money": Decimal("10.50"),
        "at": datetime(2026, 11, 2, 9, 0, 0, 5, tzinfo=UTC),
        "day": datetime(2026, 11, 2, tzinfo=UTC).date(),
        "many": [Decimal("1E+3"), {"inner": [None, "$decimal"]}],
        "looks": {"$decimal": "no number", "$row": {"$time": 1}},
    }
    post.loft.answers = [result]

    first, again = post.act("send"), post.act("send")

    assert result == first == again
    assert {n: repr(one) for n, one in result.items()} == {n: repr(one) for n, one in again.items()}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"price": 1.5}, "the number 1.5 is not exact"),
        ({"at": datetime(2026, 11, 2)}, "has no zone"),  # noqa: DTZ001 (that is the mistake)
        (None, "told a NoneType"),
        ([1], "told a list"),
        ({"raw": b"x"}, "cannot hold a bytes"),
    ],
)
def test_a_result_that_is_no_row_is_a_bug_and_the_deed_is_not_lost(
    post: Post, answer: Any, told: str
) -> None:
    post.loft.answers = [answer]

    with pytest.raises(TypeError, match=told):
        post.act("send_found")
    assert "trying" == post.status()
    assert {"text": "hello", "number": 0} == post.act("send_found")
    assert ["hello"] == post.sent


@SAFE
@pytest.mark.parametrize("done", [AFTER_IT, BEFORE_IT])
def test_a_lost_answer_is_settled_without_doing_it_twice(
    post: Post, action: str, sleeps: list[float], done: bool
) -> None:
    post.loft.mishaps = [(done, LOST)]

    assert {"text": "hello", "number": 0} == post.act(action)
    assert ["hello"] == post.sent
    looked_at_once = action == "send_found" and done
    assert ([] if looked_at_once else [40.0]) == sleeps


def test_what_lands_while_waiting_is_found_at_the_second_look(
    post: Post, meanwhile: list[Callable[[], object]]
) -> None:
    post.loft.mishaps = [(BEFORE_IT, LOST)]
    meanwhile.append(lambda: post.loft.sent.append(("one", "hello")))

    assert {"text": "hello", "number": 0} == post.act("send_found")
    assert ["send", "find", "find"] == post.loft.asked


def test_what_lands_even_later_and_forbids_a_second_try_is_found(
    post: Post, meanwhile: list[Callable[[], object]]
) -> None:
    def land_late() -> None:
        if post.loft.asked == ["send", "find", "find", "send"]:
            post.loft.sent.append(("one", "hello"))

    post.loft.meanwhile = land_late
    post.loft.mishaps = [
        (BEFORE_IT, LOST),
        WELL,
        WELL,
        (BEFORE_IT, RejectedError("there is one already")),
    ]

    assert {"text": "hello", "number": 0} == post.act("send_found")
    assert "done" == post.status()


@SAFE
def test_answers_that_stay_lost_end_after_three_tries(post: Post, action: str) -> None:
    looks = [WELL, WELL] if action == "send_found" else []
    post.loft.mishaps = [(BEFORE_IT, LOST), *looks] * 3

    with pytest.raises(UncertainError, match="did not come back; tried 3 times"):
        post.act(action)
    assert 3 == post.loft.asked.count("send")
    assert "uncertain" == post.status()
    assert 0 == post.act(action)["number"]


def test_a_deed_that_can_be_neither_found_nor_repeated_stays_uncertain(
    post: Post, sleeps: list[float]
) -> None:
    post.loft.mishaps = [(AFTER_IT, LOST)]

    for _ in range(2):
        with pytest.raises(UncertainError) as caught:
            post.act("send", "it's one")
        told = str(caught.value)
        assert told == (
            "roof.send: the pigeon did not come back; look into roof whether it was done, then"
            " settle it: crosstie do roof.send --once 'it'\"'\"'s one' --settle done (or: again)"
        )
    assert (["hello"], ["send"], []) == (post.sent, post.loft.asked, sleeps)


def test_the_user_settles_that_it_was_done(post: Post) -> None:
    post.loft.mishaps = [(AFTER_IT, LOST)]
    with pytest.raises(UncertainError):
        post.act("send")

    assert {} == post.settle("send", done=True) == post.act("send")
    assert ["hello"] == post.sent


def test_the_user_settles_that_it_is_to_be_done_again(post: Post) -> None:
    post.loft.mishaps = [(BEFORE_IT, LOST)]
    with pytest.raises(UncertainError):
        post.act("pack", count=1, weight="1.50", tags=["a"])

    result = post.settle("pack", done=False)

    assert result == post.act("pack", count=1, weight="1.50", tags=["a"])
    assert [repr(Pack(count=1, weight=Decimal("1.50"), tags=("a",)))] == post.sent


@pytest.mark.parametrize(
    ("action", "once", "told"),
    [
        ("send", "two", "nothing is known of a deed with once 'two'"),
        ("pack", "one", "nothing is known of a deed with once 'one'"),
        ("send", "one", "once 'one' is done: there is nothing to settle"),
    ],
)
def test_there_is_nothing_to_settle_where_nothing_is_in_doubt(
    post: Post, action: str, once: str, told: str
) -> None:
    post.act("send")

    with pytest.raises(ConfigError, match=told):
        post.settle(action, once, done=True)


@pytest.mark.parametrize("error", [RejectedError("too fat to fly"), GoneError("no such pigeon")])
def test_a_refusal_is_kept_as_failed_and_the_same_once_tries_again(
    post: Post, error: Exception, state: SqliteState
) -> None:
    post.loft.mishaps = [(BEFORE_IT, error)]

    with pytest.raises(type(error), match=str(error)):
        post.act("send")
    kept = state.deed("roof", "one")
    assert kept is not None
    assert ("failed", str(error), 1) == (kept.status, kept.reason, kept.attempts)
    assert 0 == post.act("send")["number"]


@pytest.mark.parametrize("error", [UnavailableError("it rains"), UnauthorisedError("who?")])
def test_where_nothing_was_done_the_deed_stays_open(post: Post, error: FlowError) -> None:
    post.loft.mishaps = [(BEFORE_IT, error)]

    with pytest.raises(type(error), match=str(error)):
        post.act("send")
    assert "open" == post.status()
    assert 0 == post.act("send")["number"]


def test_a_failure_after_a_lost_answer_leaves_the_doubt(post: Post) -> None:
    post.loft.mishaps = [(AFTER_IT, LOST), (BEFORE_IT, UnavailableError("it rains"))]

    with pytest.raises(UnavailableError):
        post.act("send_known")
    assert "uncertain" == post.status()
    post.act("send_known")
    assert ["hello"] == post.sent


def test_a_look_that_fails_leaves_the_doubt(post: Post) -> None:
    post.loft.mishaps = [(AFTER_IT, LOST), (BEFORE_IT, RejectedError("find: no such word"))]

    with pytest.raises(UncertainError, match="looking for it failed: find: no such word; look"):
        post.act("send_found")
    assert 0 == post.act("send_found")["number"]
    assert ["hello"] == post.sent


def test_a_system_that_cannot_be_looked_into_leaves_the_doubt_as_it_is(post: Post) -> None:
    post.loft.mishaps = [(AFTER_IT, LOST), *[(BEFORE_IT, UncertainError("nobody counts"))] * 2]

    for _ in range(2):
        with pytest.raises(UncertainError, match="the pigeon did not come back; look into roof"):
            post.act("send_found")
    assert (["hello"], "uncertain") == (post.sent, post.status())


@pytest.mark.parametrize("error", [UncertainError("login: lost"), UnavailableError("it rains")])
def test_a_system_that_cannot_be_connected_was_asked_nothing(post: Post, error: Exception) -> None:
    post.loft.unreachable = [error]

    with pytest.raises(UnavailableError, match=str(error)):
        post.act("send")
    assert "open" == post.status()
    assert 0 == post.act("send")["number"]


def test_a_bug_is_raised_as_it_is_and_leaves_the_doubt(post: Post) -> None:
    post.loft.mishaps = [(AFTER_IT, ZeroDivisionError("no corn"))]

    with pytest.raises(ZeroDivisionError, match="no corn"):
        post.act("send")
    with pytest.raises(UncertainError, match="an attempt ended in the middle"):
        post.act("send")
    assert ["hello"] == post.sent


def test_a_wait_that_is_cut_short_leaves_the_doubt(post: Post, monkeypatch: Any) -> None:
    post.loft.mishaps = [(AFTER_IT, LOST)]
    monkeypatch.setattr(type(post.clock), "sleep", lambda *_: False)

    with pytest.raises(UncertainError, match="asked to stop before a second look"):
        post.act("send_known")
    monkeypatch.undo()
    assert 0 == post.act("send_known")["number"]
    assert ["hello"] == post.sent


def test_of_two_with_one_once_one_does_it_and_both_are_told(post: Post) -> None:
    begun, told = threading.Event(), []

    def slowly() -> None:
        begun.set()
        threading.Event().wait(0.2)

    post.loft.meanwhile = slowly
    others = [threading.Thread(target=lambda: told.append(post.act("send"))) for _ in range(3)]
    for other in others:
        other.start()
    assert begun.wait(10)
    told.append(post.act("send"))
    for other in others:
        other.join()

    assert [{"text": "hello", "number": 0}] * 4 == told
    assert ["hello"] == post.sent


def test_a_wait_for_another_ends_and_names_it(post: Post) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slowly() -> None:
        begun.set()
        ended.wait(10)

    post.loft.meanwhile = slowly
    other = threading.Thread(target=lambda: post.act("send"))
    other.start()
    assert begun.wait(10)

    with pytest.raises(LeaseError, match=r"roof\.send: process \d+ on .* is doing it, with once"):
        post.act("send", patience=0)
    ended.set()
    other.join()


def test_a_person_is_erased_from_deeds(post: Post, state: SqliteState) -> None:
    post.act("send", "one", text="to ada@example.com")
    post.act("send", "two", text="to bob@example.com")
    post.act("send", "Ada@example.com")

    assert 2 == state.forget("ada@example.com")["deeds"]
    assert ["unknown", "done"] == [post.status("one"), post.status("two")]
    assert b"ada@example.com" not in (post.folder / "crosstie.db").read_bytes().lower()


def test_old_deeds_are_dropped_with_their_leases_but_not_those_in_doubt(
    post: Post, state: SqliteState
) -> None:
    post.act("send", "old")
    post.loft.mishaps = [(AFTER_IT, LOST)]
    with pytest.raises(UncertainError):
        post.act("send", "doubtful")
    post.clock.moment += timedelta(days=1)
    post.act("send", "new")

    state.prune(post.clock.now())

    statuses = [post.status(once) for once in ("old", "doubtful", "new")]
    assert ["unknown", "uncertain", "done"] == statuses
    leases = state.query("SELECT name FROM leases ORDER BY name")
    assert [("roof once doubtful",), ("roof once new",)] == leases


@pytest.mark.parametrize(
    ("given", "mistakes"),
    [
        ({}, ["count: missing: expected a whole number (How many)"]),
        ({"count": "5"}, ['count: expected a whole number, found the text "5"']),
        ({"count": 5.9}, ["count: expected a whole number, found the number 5.9"]),
        ({"count": True}, ["count: expected a whole number, found true"]),
        ({"count": None}, ["count: expected a whole number, found nothing"]),
        ({"count": Decimal(5)}, ["count: expected a whole number, found the number 5"]),
        ({"count": 1, "fragile": None}, ["fragile: expected true or false, found nothing"]),
        ({"count": 1, "weigth": "1"}, ["weigth: unknown parameter; did you mean 'weight'?"]),
        ({"count": 1, "weight": Decimal("NaN")}, ["weight: expected a decimal number in quotes"]),
        ({"count": 1, "wait": "1 day"}, ["wait: expected a duration such as"]),
        ({"count": 1, "size": "huge"}, ["size: expected one of 'small', 'large'"]),
        ({"count": 1, "stamps": {"a": {"env": "HOME"}}}, ["stamps.a: expected text, found a t"]),
        ({"count": 1, "size": {"file": "/etc/passwd"}}, ["size: expected one of 'small'"]),
        (
            {"tags": "new", "fragile": "yes"},
            ["tags: expected a list of", "fragile: expected true or", "count: missing"],
        ),
    ],
)
def test_wrong_parameters_are_all_told_before_anything_is_asked(
    post: Post, given: dict[str, Any], mistakes: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        prepare(post.project, "roof.pack", given)
    found = [text.removeprefix("roof.pack: ") for text in caught.value.mistakes]
    found = [text.replace("[stamps] ", "stamps.") for text in found]
    assert len(mistakes) == len(found)
    assert all(text.startswith(start) for text, start in zip(found, mistakes, strict=True)), found


def test_an_actions_own_validator_refuses_before_anything_is_asked(post: Post) -> None:
    with pytest.raises(ConfigError, match=r"^roof\.send: text: a pigeon carries 20 letters, not"):
        post.act("send", text="x" * 21)
    assert ([], "unknown") == (post.loft.asked, post.status())


def test_parameters_that_mean_the_same_are_the_same_deed(post: Post) -> None:
    first = post.act("pack", count=1, weight=Decimal("1.5E+1"), wait="24h", fragile=False)

    assert first == post.act("pack", count=1, weight=15, wait="1d", tags=[])
    assert first == post.act("pack", count=1, weight="15", stamps={})
    assert [repr(Pack(count=1, weight=Decimal(15)))] == post.sent


def test_an_unknown_action_is_told_with_the_nearest_and_all_others(post: Post) -> None:
    listed = "there is roof.pack, roof.send, roof.send_found, roof.send_known"
    with pytest.raises(
        ConfigError, match=f"no action 'roof.pakc'; did you mean 'roof.pack'.; {listed}"
    ):
        post.act("pakc")
    assert {"roof.pack", "roof.send", "roof.send_found", "roof.send_known"} == set(
        offered(post.project)
    )
