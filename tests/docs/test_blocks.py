"""Every block of every page runs, or says why it does not."""

from pathlib import Path

import pytest
from tests.docs.blocks import ROOT, name_of, pages
from tests.docs.story import story

TUTORIAL = ROOT / "docs" / "tutorial.md"
"""It is followed in an environment of its own, see `test_tutorial.py`."""


@pytest.mark.parametrize("page", [page for page in pages() if page != TUTORIAL], ids=name_of)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    with story(page, tmp_path) as told:
        told.tell()
