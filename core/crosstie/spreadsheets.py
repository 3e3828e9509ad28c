"""Cells that a spreadsheet shows and never runs.

What comes from a shop is hostile, and spreadsheets run a cell that begins with ``=`` as a formula,
also one of a CSV. An apostrophe before it makes it text; `plain_cell` takes it off again::

    safe_cell("=1+1")   # '=1+1
    safe_cell("-5.00")  # -5.00
"""

import re

DANGEROUS = "=+-@\t\r\n＝＋－＠"
"""A cell that begins with one of these may be run as a formula by a spreadsheet."""

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def safe_cell(text: str) -> str:
    """The text for a cell of a CSV; one that a spreadsheet might run gets an apostrophe before it.

    So does one that has apostrophes before a dangerous beginning, so that each text can be read
    back. A plain number, such as -5.00 or +48600100200, is harmless and stays as it is.
    """
    if _begins_dangerously(text) and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def plain_cell(text: str) -> str:
    """The text that `safe_cell` was given, for each that it returned."""
    return text[1:] if text.startswith("'") and _begins_dangerously(text) else text


def _begins_dangerously(text: str) -> bool:
    beginning = text.lstrip("'")[:1]
    return beginning != "" and beginning in DANGEROUS
