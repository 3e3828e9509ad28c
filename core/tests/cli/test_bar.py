"""The progress bar."""

from crosstie.cli.telling import bar
from crosstie.options import Progress


def test_the_bar_grows_with_what_was_read() -> None:
    bars = [bar(Progress(flow="f", counts={"read": n}, total=2000)) for n in (0, 1000, 2000, 2500)]
    assert [
        "[------------------------]   0% of 2,000  ",
        "[############------------]  50% of 2,000  ",
        "[########################] 100% of 2,000  ",
        "[########################] 100% of 2,000  ",
    ] == bars


def test_there_is_no_bar_where_it_is_not_known_how_much_there_is() -> None:
    assert bar(Progress(flow="f", counts={"read": 5})) == ""
