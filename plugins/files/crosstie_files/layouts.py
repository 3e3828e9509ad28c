"""How rows are laid out in CSV and in JSON Lines."""

import csv
import json
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from crosstie import safe_cell


def write_jsonl(out: TextIO, fields: Sequence[str], rows: Iterable[str]) -> None:
    """One JSON object a line; a field that a row never had is not there."""
    out.writelines(f"{row}\n" for row in rows)


def write_csv(out: TextIO, fields: Sequence[str], rows: Iterable[str], delimiter: str) -> None:
    """A header and a line for each row, as RFC 4180 has it: quoted where needed, ended by CR LF."""
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([cell(field) for field in fields])
    for row in rows:
        values = json.loads(row)
        writer.writerow([cell(values.get(field)) for field in fields])


def cell(value: Any) -> str:
    """A value as the text of one cell; what a spreadsheet might run is neutralised."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return safe_cell(str(value))
