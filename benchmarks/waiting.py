"""Fills a project's state with journeys that wait: ``python -m benchmarks.waiting FILE NUMBER``.

They have come as far as the wait of the automation `later`, and are due within the next month.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

from crosstie.canonical import digest
from crosstie.happening import told
from crosstie.packing import packed
from crosstie.project import open_project
from crosstie.state import EventRow, Journey, new_id


def main(file: str, number: str) -> None:
    """Fill it."""
    project = open_project(Path(file), os.environ)
    later = project.config.automations["later"]
    now, hash_ = project.clock.now(), digest(later.definition)
    with project.state() as state, state.transaction(None):
        state.keep_definition(hash_, later.definition)
        for place in range(int(number)):
            who = f"person{place}@example.com"
            event = EventRow(
                id=new_id(now),
                system=later.system,
                kind=later.event,
                key=who,
                version=str(place),
                at=now,
                received=now,
                data=told({"email": who}, {}),
            )
            journey = Journey(
                id=new_id(now),
                automation=later.name,
                definition=hash_,
                event=event.id,
                who=who,
                status="waiting",
                place=1,
                due=now + timedelta(days=1) + timedelta(minutes=4 * place),
                saved=packed({}),
                error=None,
                attempts=0,
                started=now,
                updated=now,
            )
            state.add_events([event])
            state.end_events([event.id])
            state.enter(journey, who)


if __name__ == "__main__":
    main(*sys.argv[1:])
