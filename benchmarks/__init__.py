"""Benchmarks: Crosstie beside a plain sequential script, on the same sandboxes, in one run.

::

    make bench                          # two minutes or three
    python -m benchmarks --full         # the whole shop of 5,005 orders

`plain` is the script that one would write in an afternoon, `subjects` says what is compared,
`systems` runs the sandboxes, `measuring` runs a subject and counts what it took.
"""
