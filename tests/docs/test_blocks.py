"""Every block of every page runs, or says why it does not."""

from pathlib import Path

import pytest
from tests.docs.blocks import ROOT, name_of, pages
from tests.docs.story import story

ELSEWHERE = {ROOT / "docs" / "tutorial.md", ROOT / "plugin-template" / "README.md"}
"""They are followed in environments of their own, see `test_tutorial.py` and `test_new.py`."""


@pytest.mark.parametrize("page", [page for page in pages() if page not in ELSEWHERE], ids=name_of)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    with story(page, tmp_path) as told:
        told.tell()
