"""Every block of every page runs, or says why it does not."""

from pathlib import Path
from typing import Any

import pytest
from tests.docs.blocks import ROOT, name_of, pages
from tests.docs.story import story

ELSEWHERE = {ROOT / "docs" / "tutorial.md", ROOT / "plugin-template" / "README.md"}
"""They are followed in environments of their own, see `test_tutorial.py` and `test_new.py`."""

LONG = {
    ROOT / "docs" / "guides" / "export-to-files.md",
    ROOT / "docs" / "guides" / "send-past-purchases.md",
    ROOT / "docs" / "guides" / "write-a-connector.md",
    ROOT / "docs" / "guides" / "test-a-connector.md",
    ROOT / "docs" / "guides" / "publish-a-connector.md",
    ROOT / "examples" / "pelican" / "README.md",
}
"""They run the whole conformance kit, or whole flows, as other tests do: `make test-all` only."""


def followed() -> list[Any]:
    """The pages, the long ones marked."""
    return [
        pytest.param(page, id=name_of(page), marks=[pytest.mark.full] if page in LONG else [])
        for page in pages()
        if page not in ELSEWHERE
    ]


@pytest.mark.parametrize("page", followed())
def test_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    with story(page, tmp_path) as told:
        told.tell()
