"""Run the benchmarks, print them as one table and keep them as ``benchmarks/results.json``."""

import argparse
import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import attrs

from benchmarks.reacting import WAITING, Reaction, reacting
from benchmarks.subjects import Result, reading, writing

RESULTS = Path(__file__).with_name("results.json")
LATENCIES = (0.0, 0.05, 0.2)
READ = 5_005
WRITE = {0.0: 300, 0.05: 200, 0.2: 30}
WHOLE = {0.0: 2_002, 0.05: 2_002, 0.2: 500}
"""How many customers, and as many orders, are written at which latency."""
HEAD = ("latency", "subject", "records", "records/s", "requests", "CPU s", "peak MB", "seconds")
REACTIONS = ("waiting", "subject", "events", "median ms", "p95 ms", "burst", "lost", "seconds")
WIDTHS = (9, 9, 8, 10, 9, 7, 8, 8)


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="write thousands; takes an hour")
    whole = parser.parse_args().full
    started, load = time.monotonic(), os.getloadavg()[0]
    if load > 1:
        print(f"Something else is at work here (load {load:.1f}): the times will not mean much.")
    results: list[Result] = []
    print("Reading: orders with customers and addresses, PrestaShop to JSON Lines.")
    line(HEAD)
    for latency in LATENCIES:
        results += show(reading(latency, READ))
    print("\nWriting: customers and orders, PrestaShop to vtiger, with accounts and products.")
    line(HEAD)
    for latency in LATENCIES:
        results += show(writing(latency, (WHOLE if whole else WRITE)[latency]))
    print(f"\nReacting: from a posted event to its action, while {WAITING:,} journeys wait.")
    line(REACTIONS)
    reactions = compare(reacting())
    keep(results, reactions, load)
    print(f"\n{time.monotonic() - started:.0f} s in all; kept in {RESULTS}")


def show(results: Sequence[Result]) -> Sequence[Result]:
    """Print the subjects of one job at one latency, and how they compare."""
    for result in results:
        line(cells(result))
    plain, crosstie = results
    print(f"{'':11}{crosstie.rate / plain.rate:.1f} times as fast")
    if plain.made != crosstie.made:
        print(f"{'':11}they made different things: {dict(plain.made)} and {dict(crosstie.made)}")
    return results


def compare(reactions: Iterable[Reaction]) -> Sequence[Reaction]:
    """Print how each subject reacts, and how Crosstie does beside the others."""
    told = {}
    for one in reactions:
        told[one.subject] = one
        times = (f"{seconds * 1000:,.1f}" for seconds in (one.median, one.p95))
        counts = (f"{one.burst:,}", f"{one.lost:,}", f"{one.seconds:.1f}")
        line([f"{one.waiting:,}", one.subject, f"{one.events:,}", *times, *counts])
    sooner = told["polling"].median / told["crosstie"].median
    longer = told["crosstie"].median / told["script"].median
    print(f"{'':11}{sooner:.0f} times as soon as by polling every second,", end=" ")
    print(f"{longer:.1f} times as long as by a script that keeps nothing")
    return list(told.values())


def cells(result: Result) -> Iterator[str]:
    """One line of the table."""
    yield f"{result.latency * 1000:.0f} ms"
    yield result.subject
    yield f"{result.records:,}"
    yield f"{result.rate:,.0f}"
    yield f"{result.requests:,}"
    yield f"{result.cost.cpu:.2f}"
    yield f"{result.cost.memory:.0f}"
    yield f"{result.cost.seconds:.1f}"


def line(texts: Sequence[str] | Iterator[str]) -> None:
    """Print one line at once, so that the run can be watched."""
    print(
        "  ".join(text.rjust(width) for text, width in zip(texts, WIDTHS, strict=True)), flush=True
    )


def keep(results: Sequence[Result], reactions: Sequence[Reaction], load: float) -> None:
    """Write the results for machines."""
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load before": load,
    }
    told = [{**attrs.asdict(result), "records/s": round(result.rate, 1)} for result in results]
    reacted = [attrs.asdict(one) for one in reactions]
    kept = {**machine, "results": told, "reactions": reacted}
    RESULTS.write_text(json.dumps(kept, indent=2) + "\n")


if __name__ == "__main__":
    main()
