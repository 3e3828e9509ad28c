"""What an action is, and what it may be able to do besides: small protocols, as in `abilities`."""

from typing import Any, ClassVar, Protocol, runtime_checkable

from crosstie.records import Row


class Action(Protocol):
    """One deed: an attrs class whose fields are its parameters, declared with `setting`.

    `on` is the kind of system it is done on; a config says ``system.name``.
    """

    name: ClassVar[str]
    on: ClassVar[str]

    def run(self, system: Any, once: str) -> Row:
        """Do it on a connected system and tell what came of it, as plain values.

        `once` is the same text each time the same deed is tried, and another for another deed.
        Raises `RejectedError` when the system refuses, `UncertainError` when it may have been
        done, and a `FlowError` when it certainly was not.
        """


@runtime_checkable
class Repeats(Protocol):
    """An action that may be asked for again with the same `once`: the system does it only once.

    True where `run` sends `once` as the system's own idempotency key.
    """

    repeats: ClassVar[bool]


@runtime_checkable
class Recalls(Protocol):
    """An action that can tell whether it was done, after an answer that got lost."""

    def recall(self, system: Any, once: str) -> Row | None:
        """What came of the deed with this `once`, or None where the system knows of none.

        Raises `UncertainError` where this system cannot be asked, as it is configured.
        """


@runtime_checkable
class Previews(Protocol):
    """An action that can show what it would do."""

    def preview(self, system: Any) -> str:
        """What `run` would do, for people to read: a whole message, say. Changes nothing, and
        raises what `run` would raise for the same parameters before anything is sent.
        """
