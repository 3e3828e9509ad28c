"""The automations of a config: each checked against the systems, plugins and events it names."""

from datetime import timedelta
from typing import Literal

import attrs

from crosstie.steps import Step
from crosstie.templates import Template


@attrs.frozen
class AutomationConfig:
    """One automation, ready to run: every name in it exists.

    It begins when the event `event` of `system` comes and `when` is true; `system` is ``crosstie``
    for events that automations emit. `every` is how often a polled system is looked at, `after`
    how long a cart has to rest to be abandoned. `entry` bounds who may enter: each event, each
    customer once, or again after so long; `per` says who that is, where it is not the event's
    person. `stop` is (system, event) that ends journeys under way of the same person, where
    `stop_when` is true or None.
    `definition` is the text from which `steps` are compiled again, for journeys under way.
    """

    name: str
    system: str
    event: str
    steps: tuple[Step, ...]
    definition: str
    when: Template | None = None
    every: timedelta = timedelta(minutes=1)
    after: timedelta | None = None
    entry: Literal["event", "customer"] | timedelta = "event"
    per: Template | None = None
    stop: tuple[str, str] | None = None
    stop_when: Template | None = None
    from_beginning: bool = False
