"""A folder to write into, and what is needed to write."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crosstie import Env, Live, Write
from crosstie_files import Files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The configured folder; nobody has made it yet."""
    return tmp_path / "export"


@pytest.fixture
def connect(folder: Path) -> Iterator[Callable[..., Live]]:
    """Connect to the folder, as the system ``out``; closed at the end if the test has not."""
    opened: list[Live] = []

    def connect(**settings: Any) -> Live:
        files = Files(**{"folder": folder, **settings})
        opened.append(files.connect(cast(Env, SimpleNamespace(system="out"))))
        return opened[-1]

    yield connect
    for live in opened:
        live.close()


@pytest.fixture
def write() -> Callable[..., Write]:
    """One row to write: its id (None to create it) and its fields."""

    def write(row_id: str | None = None, **row: Any) -> Write:
        return Write(id=row_id, row=row, key=str(row.get("key", row_id)), once="once")

    return write
