"""``python -m crosstie.cli`` is the same as ``crosstie``."""

from crosstie.cli import main

main()
