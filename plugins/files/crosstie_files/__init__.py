"""Write rows into CSV, JSON Lines and SQLite files.

::

    [systems.out]
    use = "files"
    folder = "export"

    [flows.orders]
    read  = "shop.orders"
    write = "out.orders"        # export/orders.csv

`connector` is what a config speaks to, `flattening` turns a record into a flat row, `tables`
takes rows, `kept` and `database` hold them safely, and `export` makes the file from what is held.
"""

from crosstie_files.connector import Files

__all__ = ["Files"]
