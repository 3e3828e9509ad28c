"""The feature list is counted honestly: what a test claims exists, what it does not is told."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def features(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.features", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_claimed_row_exists() -> None:
    told = features()
    assert (told.stderr, told.returncode) == ("", 0)


def test_unclaimed_rows_are_listed_by_product(tmp_path: Path) -> None:
    module = tmp_path / "plugins" / "x" / "tests" / "test_x.py"
    module.parent.mkdir(parents=True)
    rows = ", ".join(f'"V{number:02}"' for number in range(1, 96))
    module.write_text(f'import pytest\n@pytest.mark.feature({rows}, "F01")\ndef test_x(): ...\n')
    lines = features(str(tmp_path)).stdout.splitlines()
    assert lines[0] == "96 of 233 rows are claimed by tests, 0 settled in pages; these are neither:"
    assert [line[:3] for line in lines[1:]] == ["F02", "T01", "Z01", "N01", "V96"]


def test_a_row_that_a_page_settles_with_a_reason_is_listed_no_more(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "page.md"
    page.write_text("# Rows\n\n- **V01, V02**: nothing is installed.\n- **V03**: \n- V04: no.\n")
    lines = features(str(tmp_path)).stdout.splitlines()
    assert lines[0] == "0 of 233 rows are claimed by tests, 2 settled in pages; these are neither:"
    assert lines[-1].startswith("V03 V04 ")


def test_what_a_page_settles_must_be_a_row_that_no_test_claims(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("- **V01**: no.\n- **V97**: no.\n")
    (tmp_path / "test_x.py").write_text('import pytest\npytestmark = pytest.mark.feature("V01")\n')
    told = features(str(tmp_path))
    assert 2 == told.returncode
    assert ["page.md: there is no row 'V97'", "page.md: a test claims V01"] == (
        told.stderr.splitlines()
    )


def test_a_claim_of_a_row_that_is_not_there_fails(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text('import pytest\npytestmark = pytest.mark.feature("V97")\n')
    told = features(str(tmp_path))
    assert (told.returncode, told.stderr) == (2, "test_x.py: there is no row 'V97'\n")
