"""How rows are laid out in CSV and in JSON Lines."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

DANGEROUS = "=+-@\t\r\n＝＋－＠"
"""A cell that begins with one of these may be run as a formula by a spreadsheet."""

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


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
    """A value as the text of one cell; what a spreadsheet might run gets an apostrophe before it.

    A plain number, such as -5.00 or +48600100200, is harmless and stays as it is.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    if text[:1] in DANGEROUS and text and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text
