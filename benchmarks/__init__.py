"""Benchmarks: Crosstie beside a plain sequential script, on the same sandboxes, in one run.

::

    make bench                          # four minutes or so
    python -m benchmarks --full         # the whole shop of 5,005 orders

`plain` is the script that one would write in an afternoon, `subjects` says what is compared,
`systems` runs the sandboxes, `measuring` runs a subject and counts what it took.
`reacting` posts events to `crosstie serve`, and to what one would write instead (`listening`).
"""
