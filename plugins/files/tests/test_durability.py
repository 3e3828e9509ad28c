"""What is written survives: SIGKILL at any time, two writers at once, a full disk."""

import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from openpyxl import load_workbook

from crosstie import Live, UnavailableError, Write, Written

WRITER = """
import resource, sys, time
from pathlib import Path
from types import SimpleNamespace
from crosstie import CrosstieError, Write
from crosstie_files import Files

folder, form, prefix, count, each, largest = sys.argv[1:]
if int(largest):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), int(largest)))
done = 0
try:
    while done < int(count):
        live = Files(folder=Path(folder), format=form).connect(SimpleNamespace(system="out"))
        while done < int(count):
            keys = [f"{prefix}{number}" for number in range(done, done + 10)]
            rows = [{"key": key, "text": "x" * 200, "twin": key} for key in keys]
            live.tables()["rows"].write([Write(None, row, row["key"], "once") for row in rows])
            done += 10
            print(done, flush=True)
            if done % int(each) == 0:
                break
        live.close()
except CrosstieError as error:
    print(f"{type(error).__name__}: {error}", flush=True)
print("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
"""
Connect = Callable[..., Live]


@contextmanager
def writer(
    folder: Path,
    form: str = "csv",
    *,
    prefix: str = "",
    count: int = 10**9,
    each: int = 100,
    largest: int = 0,
) -> Iterator[subprocess.Popen[str]]:
    """A process that writes `count` rows, ten at a time, and closes after `each` of them."""
    settings = [str(folder), form, prefix, str(count), str(each), str(largest)]
    command = [sys.executable, "-c", WRITER, *settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


READER = """
import resource, sys
from pathlib import Path
from types import SimpleNamespace
from crosstie import Selection
from crosstie_files import Files

live = Files(folder=Path(sys.argv[1]), format=sys.argv[2]).connect(SimpleNamespace(system="out"))
print(sum(1 for _ in live.streams()["rows"].read(Selection())) - 1)
print("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a CSV or a workbook, each of them whole."""
    if path.suffix == ".xlsx":
        header, *cells = cast(Any, load_workbook(path).worksheets[0].values)
        rows = [dict(zip(header, row, strict=True)) for row in cells]
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    assert [
        row for row in rows if set(row) != {"key", "text", "twin"} or row["key"] != row["twin"]
    ] == []
    return rows


def killed_midway(process: subprocess.Popen[str], seconds: float) -> int:
    """Kill the writer some time after its first row; returns how many rows it was told are safe."""
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    told = process.stdout.read().split()
    return int(told[-1]) if told else 10


@pytest.mark.parametrize("form", ["csv", "xlsx", "sqlite"])
@pytest.mark.parametrize(
    "attempt", [0, *(pytest.param(number, marks=pytest.mark.full) for number in range(1, 6))]
)
def test_a_killed_writer_loses_nothing(
    folder: Path, connect: Connect, form: str, attempt: int
) -> None:
    with writer(folder, form, each=random.choice([10, 50, 1000])) as process:
        safe = killed_midway(process, random.uniform(0, 0.3))
    live = connect(format=form)
    table: Any = live.tables()["rows"]
    keys = [str(number) for number in range(safe)]
    assert [row["twin"] for row in table.show(keys)] == keys
    if form != "sqlite":
        assert [row["key"] for row in rows_of(folder / f"rows.{form}")][:safe] == keys


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_next_run_finishes_the_file_of_a_killed_one(
    folder: Path, connect: Connect, form: str, write: Callable[..., Write]
) -> None:
    live = connect(format=form)
    live.tables()["rows"].write([write(key="old", text="", twin="old")])
    live.close()
    with writer(folder, form, each=10**9) as process:
        safe = killed_midway(process, 0.1)
    assert ["old"] == [row["key"] for row in rows_of(folder / f"rows.{form}")]
    connect(format=form).close()
    keys = [row["key"] for row in rows_of(folder / f"rows.{form}")]
    assert ["old", *map(str, range(safe))] == keys[: safe + 1]
    assert [".crosstie", f"rows.{form}"] == sorted(path.name for path in folder.iterdir())


def test_nobody_ever_reads_half_a_file(folder: Path) -> None:
    sizes: list[int] = []
    with writer(folder, each=10) as process:
        while len(set(sizes)) < 6 and process.poll() is None:
            if (folder / "rows.csv").exists():
                sizes.append(len(rows_of(folder / "rows.csv")))
            time.sleep(0.01)
    assert len(set(sizes)) > 5
    assert sizes == sorted(sizes)
    assert [size for size in sizes if size % 10] == []


@pytest.mark.parametrize("form", ["csv", "sqlite"])
def test_two_processes_write_one_table(folder: Path, connect: Connect, form: str) -> None:
    with (
        writer(folder, form, prefix="a", count=300, each=50) as one,
        writer(folder, form, prefix="b", count=300, each=70) as other,
    ):
        answers = [process.communicate(timeout=60)[0] for process in (one, other)]
    assert ["Error" in answer for answer in answers] == [False, False]
    keys = {f"{prefix}{number}" for prefix in "ab" for number in range(300)}
    table: Any = connect(format=form).tables()["rows"]
    assert None not in [*table.show(sorted(keys)[:300]), *table.show(sorted(keys)[300:])]
    if form == "csv":
        assert {row["key"] for row in rows_of(folder / "rows.csv")} == keys


def test_two_connections_in_one_process_write_one_table(folder: Path, connect: Connect) -> None:
    lives = [connect(), connect()]

    def fill(live: Live, prefix: str) -> None:
        for number in range(20):
            key = f"{prefix}{number}"
            row = {"key": key, "text": "x", "twin": key}
            assert live.tables()["rows"].write([Write(None, row, key, "once")]) == [Written(key)]

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(fill, lives, "ab"))
    lives[0].close()
    assert len(rows_of(folder / "rows.csv")) == 40
    lives[1].close()
    assert len(rows_of(folder / "rows.csv")) == 40


@pytest.mark.parametrize("form", ["csv", "xlsx", "sqlite"])
def test_a_full_disk_is_told_and_loses_nothing(folder: Path, connect: Connect, form: str) -> None:
    with writer(folder, form, each=500, largest=300_000) as process:
        told = process.communicate(timeout=60)[0].splitlines()
    (trouble,) = [line for line in told if "Error" in line]
    assert trouble.startswith(f"UnavailableError: {folder}")
    safe = max(int(line) for line in told if line.isdigit())
    table: Any = connect(format=form).tables()["rows"]
    keys = [str(number) for number in range(safe)]
    assert [row["twin"] for row in table.show(keys)] == keys


@pytest.mark.parametrize("form", ["csv", "jsonl", "sqlite"])
def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, connect: Connect, form: str, write: Callable[..., Write]
) -> None:
    (tmp_path / "file").write_text("in the way")
    table = connect(folder=tmp_path / "file" / "export", format=form).tables()["rows"]
    with pytest.raises(UnavailableError, match=r"file/export.* cannot be written: Not a directory"):
        table.write([write(key="1")])


def test_a_file_that_cannot_be_replaced_is_told_and_its_rows_are_safe(
    folder: Path, connect: Connect, write: Callable[..., Write]
) -> None:
    (folder / "rows.csv").mkdir(parents=True)
    live = connect()
    assert live.tables()["rows"].write([write(key="1", text="", twin="1")]) == [Written("1")]
    with pytest.raises(UnavailableError, match=r"rows\.csv cannot be written: Is a directory"):
        live.close()
    (folder / "rows.csv").rmdir()
    connect().close()
    assert [row["key"] for row in rows_of(folder / "rows.csv")] == ["1"]


@pytest.mark.parametrize("form", ["csv", "sqlite"])
def test_a_damaged_database_is_told(
    folder: Path, connect: Connect, form: str, write: Callable[..., Write]
) -> None:
    live = connect(format=form)
    live.tables()["rows"].write([write(key="1")])
    live.close()
    database = folder / "out.db" if form == "sqlite" else folder / ".crosstie" / "rows.db"
    database.write_bytes(b"this is no database at all, whatever its name says" * 100)
    with pytest.raises(UnavailableError, match="is damaged"):
        connect(format=form).tables()["rows"].write([write(key="2")])


def peak(folder: Path, form: str, count: int) -> tuple[int, int]:
    """Kilobytes at the most, while that many rows are written, and while they are read."""
    with writer(folder, form, count=count, each=count) as process:
        told = process.communicate(timeout=600)[0]
    command = [sys.executable, "-c", READER, str(folder), form]
    read = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    assert str(count) == read.stdout.split()[0]
    return int(told.split()[-1]), int(read.stdout.split()[-1])


def is_flat(few: tuple[int, int], many: tuple[int, int]) -> bool:
    return all(most < least * 1.1 for least, most in zip(few, many, strict=True))


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    assert is_flat(*(peak(tmp_path / str(count), "xlsx", count) for count in (500, 4_000)))


@pytest.mark.full
@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "sqlite"])
def test_memory_does_not_grow_with_very_many_rows(tmp_path: Path, form: str) -> None:
    assert is_flat(*(peak(tmp_path / str(count), form, count) for count in (2_000, 100_000)))


@pytest.mark.full
@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "sqlite"])
def test_twenty_thousand_rows_take_seconds(folder: Path, connect: Connect, form: str) -> None:
    live = connect(format=form)
    table = live.tables()["rows"]
    started = time.monotonic()
    for start in range(0, 20_000, 500):
        rows = [
            {"key": str(n), "name": f"Name {n}", "total": "12.30"}
            for n in range(start, start + 500)
        ]
        table.write([Write(None, row, row["key"], "once") for row in rows])
    live.close()
    assert time.monotonic() - started < 15
