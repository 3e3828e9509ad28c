"""The tutorial is followed to the letter by somebody who has nothing but Python."""

from pathlib import Path

from tests.docs.blocks import ROOT
from tests.docs.story import story
from tests.wheels import build_wheels, outside


def test_the_tutorial_works_from_nothing(tmp_path: Path) -> None:
    used = ("core", "plugins/prestashop", "plugins/vtiger")
    constraints = build_wheels(tmp_path / "wheels", used)
    with story(ROOT / "docs" / "tutorial.md", tmp_path, outside(constraints)) as told:
        told.tell()
