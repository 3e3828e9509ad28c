"""Somebody begins a connector: from nothing but the core's wheel to a flow that runs."""

from pathlib import Path

from tests.docs.blocks import Command
from tests.docs.shell import Shell
from tests.docs.story import story
from tests.wheels import build_wheels, outside


def begin(place: Path, shell: Shell) -> Path:
    """Install the core and make a connector; returns its folder."""
    for text in (
        "python3 -m venv .venv",
        ". .venv/bin/activate",
        "pip install crosstie",
        "crosstie new acme",
    ):
        shell.run(Command(0, text, ()))
    return place / "crosstie-acme"


def test_a_new_connector_does_what_its_readme_says(tmp_path: Path) -> None:
    """Its readme installs it, runs its tests, plays its system, and runs the flow of its config."""
    place = tmp_path / "empty"
    place.mkdir()
    environ = outside(build_wheels(tmp_path / "wheels", ["core"]))
    made = begin(place, Shell(place, tmp_path / "beginning", environ))

    with story(made / "README.md", tmp_path / "readme", environ) as told:
        config = made / "crosstie.toml"
        text = config.read_text(encoding="utf-8")
        for said, real in told.exchanged.items():
            assert said in text
            text = text.replace(said, real)
        config.write_text(text, encoding="utf-8")
        told.shell.run(Command(0, f". {place}/.venv/bin/activate; cd {made}", ()))
        told.tell()
