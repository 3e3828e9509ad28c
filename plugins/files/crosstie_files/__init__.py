"""Rows in CSV, JSON Lines, Excel and SQLite files, written and read.

::

    [systems.out]
    use = "files"
    folder = "export"

    [flows.orders]
    read  = "shop.orders"
    write = "out.orders"        # export/orders.csv

`connector` is what a config speaks to.

To write: `flattening` turns a record into a flat row, `tables` takes rows, `kept` and `database`
hold them safely, and `layouts` and `workbooks` make the file from what is held.

To read: `reading`, `workbooks` and `snapshots` tell the rows of a file, `streams` makes records of
them, and `unflattening` turns a flat row into an object of the vocabulary again.
"""

from crosstie_files.connector import Files

__all__ = ["Files"]
