"""The interlock: a state works for the systems it was made with, at the place where it was made.

A staging clone of a shop has a copy of the state, or its config points at another shop; it would
send customers mails a second time, or write what it knows of one shop into another. So a copied
state, or one whose systems have moved, may be read and planned with, but nothing is sent or
created until `crosstie arm` says that this is meant.
"""

from pathlib import Path

from crosstie.errors import NotArmedError
from crosstie.project import Project
from crosstie.settings import place_of
from crosstie.state import State

OWN = "crosstie"
PLACE = "place of the state"


def check_armed(project: Project, state: State) -> None:
    """Raise `NotArmedError` where the state is not armed; what it never met, it is bound to now."""
    if state.shared() is not state:
        return  # a dry run
    if told := unarmed(project, state):
        raise NotArmedError(told)
    for name, place in _places(project).items():
        if state.recall(OWN, name) is None:
            state.keep(OWN, name, place)


def unarmed(project: Project, state: State) -> str:
    """Why the state is not armed, with what to do about it; empty where it is."""
    told = [
        f"{name} was {bound} and is {place} now"
        for name, place in _places(project).items()
        if (bound := state.recall(OWN, name)) not in {None, place}
    ]
    if not told:
        return ""
    return (
        f"{project.config.state.name} is not armed: {'; '.join(told)}. Is this a copy, or another"
        " shop? `crosstie plan` tells what would be done; if it is meant, run `crosstie arm`"
    )


def arm(project: Project, state: State) -> list[str]:
    """Bind the state to this place and these systems; returns what has changed, in sentences."""
    told = []
    with state.transaction(None):
        for name, place in _places(project).items():
            bound = state.recall(OWN, name)
            if bound != place:
                told.append(f"{name} is {place} now" + (f", it was {bound}" if bound else ""))
                state.keep(OWN, name, place)
    return told


def _places(project: Project) -> dict[str, str]:
    """Where the state lies and where each system is, as texts without secrets."""
    systems = {
        f"system {system.name}": f"{system.kind} {place}"
        for system in project.config.systems.values()
        if (place := place_of(system.connector))
    }
    return {PLACE: _identity(project.config.state), **systems}


def _identity(path: Path) -> str:
    """What a copy of the file does not share: its path, and its number in the file system."""
    return f"{path.absolute()} (file {path.stat().st_ino})"
