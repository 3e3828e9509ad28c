"""Whether what is told of a deed is true, and whether there is one in the end."""

from crosstie.errors import CrosstieError, FlowError, RecordError, UncertainError
from crosstie.testing.action.case import ActionCase, Outcome, Scene
from crosstie.testing.faults import Ill

DOUBLED = (
    "does the action, or a client of its own, send it again by itself? Leave UncertainError to the"
    " core. Does it say `repeats` although the system does not look at `once`, or does `recall`"
    " overlook what was done?"
)
NOT_LOST = (
    "an answer that may stand for something done (none, an empty or half one, a 500) has to be an"
    " UncertainError: RejectedError and FlowErrors say that nothing was done"
)
LIE = (
    "are status and body of the answer looked at before it counts as done? An error that is caught"
    " and logged is lost."
)
LEFT = "does the same `once` find its way when it is tried again, all being well?"


class Honesty(ActionCase):
    """What is shared by the promises about systems that fail."""

    def survives(self, scene: Scene, ill: Ill, place: int) -> None:
        """Spoil one answer; what is told is honest, and in the end there is one deed."""
        __tracebackhide__ = True
        where = f"{ill.name} at request {place + 1}"
        ill.strike(scene.bench.server, skip=place, seconds=scene.settles / 2)
        ended = scene.attempt()
        scene.calm()
        self._honest(scene, ended, f"{where}: {ended}")
        finally_ended = scene.finish()
        if scene.deeds > 1:
            self.broken(f"{where}: {ended}; in the end {scene.deeds} deeds are there", DOUBLED)
        if finally_ended.result is None or not scene.deeds:
            self.broken(
                f"{where}: {ended}; afterwards, all being well: {finally_ended}, and"
                f" {scene.deeds} deeds are there",
                LEFT,
            )
        if ended.result is not None and ended.result != finally_ended.result:
            self.broken(f"{where}: {ended}; asked again: {finally_ended}", LEFT)

    def _honest(self, scene: Scene, ended: Outcome, seen: str) -> None:
        """What was told is what is there."""
        __tracebackhide__ = True
        deeds = scene.deeds
        if deeds > 1:
            self.broken(f"{seen}; {deeds} deeds are there", DOUBLED)
        if ended.error is not None and not isinstance(ended.error, CrosstieError):
            self.broken(
                seen,
                "is every answer checked before it is used? Raise an UncertainError where it may"
                " have been done, a FlowError where it was not.",
            )
        if ended.result is not None and not deeds:
            self.broken(f"{seen}; nothing was done", LIE)
        refused = isinstance(ended.error, RecordError) and not isinstance(
            ended.error, UncertainError
        )
        unused = isinstance(ended.error, FlowError) and scene.status() == "open"
        if deeds and (refused or unused):
            self.broken(f"{seen}; and yet it was done", NOT_LOST)
