"""The site is built from the pages, without a broken link, and without asking anybody."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.blocks import ROOT
from tests.docs.site import kinds_of_members

FETCHED = re.compile(r'<(?:script|img|iframe)[^>]* src="(?:https?:)?//|<link[^>]* href="https?://')


def test_the_site_builds_strictly_and_fetches_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert (0, "") == (built.returncode, built.stderr)
    sites = {page: page.read_text(encoding="utf-8") for page in tmp_path.rglob("*.html")}
    assert [] == [page.name for page, text in sites.items() if FETCHED.search(text)]
    assert 'data-md-component="search"' in sites[tmp_path / "index.html"]
    assert "register_sources" in sites[tmp_path / "reference" / "hooks.html"]
    assert "SourceConformance" in sites[tmp_path / "reference" / "testing.html"]
    assert "No test claims" in sites[tmp_path / "reference" / "features.html"]


def test_every_plugin_that_brings_systems_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    wanted = [f"reference/{member}.md" for member in kinds_of_members()]
    assert [] == [page for page in wanted if f": {page}\n" not in text]
