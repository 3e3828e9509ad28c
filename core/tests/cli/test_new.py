import tomllib
from pathlib import Path
from typing import Any

import pytest

from crosstie.new import renamed
from crosstie.skeleton import IN_REPOSITORY, template_files


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which somebody is."""
    folder = tmp_path / "place"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in files}


def test_the_template_is_there_as_a_whole_and_renamed(desk: Any, place: Path) -> None:
    result = desk.call("new", "acme")

    assert (result.exit_code, result.stderr) == (0, "")
    expected = {
        renamed(str(path), "acme"): renamed((IN_REPOSITORY / path).read_text("utf-8"), "acme")
        for path in template_files(IN_REPOSITORY)
    }
    assert expected == contents(place / "crosstie-acme")
    assert {"crosstie_acme/py.typed", "tests/test_acme.py", ".gitignore"} <= set(expected)


def test_no_trace_of_the_templates_name_is_left(desk: Any, place: Path) -> None:
    desk.call("new", "acme")

    for path, text in contents(place / "crosstie-acme").items():
        assert "quill" not in f"{path}\n{text}".lower()


def test_all_three_spellings_are_renamed(desk: Any, place: Path) -> None:
    desk.call("new", "acme")

    made = place / "crosstie-acme"
    project = tomllib.loads((made / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["crosstie"] == {"acme": "crosstie_acme.plugin"}
    assert "class AcmeConnector:" in (made / "crosstie_acme" / "connector.py").read_text("utf-8")
    assert 'env = "ACME_TOKEN"' in (made / "crosstie.toml").read_text("utf-8")


def test_a_name_that_holds_the_templates_name_is_not_renamed_twice() -> None:
    assert "squills Squills SQUILLS" == renamed("quill Quill QUILL", "squills")


def test_it_says_what_to_do_next(desk: Any, place: Path) -> None:
    result = desk.call("new", "acme", "--to", "my connectors/acme")

    assert result.stdout.splitlines()[1:] == [
        "  cd 'my connectors/acme'",
        '  pip install -e ".[test]"',
        "  pytest",
    ]
    assert (place / "my connectors" / "acme" / "README.md").exists()


@pytest.mark.parametrize(
    "name", ["Acme", "acme-crm", "acme_crm", "8ball", "żaba", "a/b", "", "a\n"]
)
def test_a_name_that_python_cannot_use_is_refused(desk: Any, place: Path, name: str) -> None:
    result = desk.call("new", name)

    assert (result.exit_code, "one word of small letters" in result.stderr) == (2, True)
    assert list(place.iterdir()) == []


def test_a_word_of_python_is_refused(desk: Any, place: Path) -> None:
    result = desk.call("new", "class")

    assert (result.exit_code, "a word of Python's own" in result.stderr) == (2, True)
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "offering"), [("quill", "crosstie-quill"), ("drawer", "crosstie_plugins")]
)
def test_a_name_that_a_plugin_has_is_refused_with_the_plugins_name(
    desk: Any, place: Path, name: str, offering: str
) -> None:
    result = desk.call("new", name)

    assert (result.exit_code, offering in result.stderr) == (2, True)
    assert list(place.iterdir()) == []


def test_an_empty_folder_is_filled(desk: Any, place: Path) -> None:
    (place / "crosstie-acme").mkdir()

    assert desk.call("new", "acme").exit_code == 0

    assert (place / "crosstie-acme" / "README.md").exists()


@pytest.mark.parametrize("there", ["file", "folder", "here"])
def test_nothing_that_is_there_is_overwritten(desk: Any, place: Path, there: str) -> None:
    target = place / "crosstie-acme"
    if there == "file":
        target.write_text("mine", "utf-8")
    elif there == "folder":
        target.mkdir()
        (target / "mine").write_text("mine", "utf-8")
    else:
        target = Path()
    before = sorted(place.rglob("*"))

    result = desk.call("new", "acme", "--to", str(target))

    assert (result.exit_code, "overwrites nothing" in result.stderr) == (2, True)
    assert sorted(place.rglob("*")) == before


def test_a_folder_that_cannot_be_written_is_told(desk: Any, place: Path) -> None:
    result = desk.call("new", "acme", "--to", "/proc/nowhere/acme")

    assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)


def test_nothing_half_made_is_left_when_it_fails_in_the_middle(desk: Any, place: Path) -> None:
    name = "a" * 247  # the package's folder gets a name too long for a file system

    result = desk.call("new", name, "--to", "acme")

    assert (result.exit_code, "cannot be written" in result.stderr) == (2, True)
    assert list(place.iterdir()) == []


def test_what_was_made_beside_the_template_is_left_out(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes((IN_REPOSITORY / ".gitignore").read_bytes())
    kept = ["README.md", "crosstie_quill/py.typed", "tests/test_quill.py", "crosstie.toml"]
    made = [
        "crosstie_quill/__pycache__/plugin.cpython-311.pyc",
        "crosstie_quill.egg-info/PKG-INFO",
        ".pytest_cache/README.md",
        ".mypy_cache/3.11/x.json",
        ".ruff_cache/x",
        ".venv/lib/site.py",
        "dist/crosstie_quill-0.1.0-py3-none-any.whl",
        "crosstie.db",
        "crosstie.db-wal",
    ]
    for name in [*kept, *made]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    found = [path.as_posix() for path in template_files(tmp_path)]
    assert sorted([".gitignore", *kept]) == sorted(found)
