"""A journey tried dry: what an automation would do about an event, step by step.

Nothing is done, begun or kept. What only a step that is done can tell is shown as a gap,
``<coupon.code>``.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import attrs

from crosstie.acting import preview
from crosstie.actions import Previews
from crosstie.commerce import vocabulary_name
from crosstie.config_automations import AutomationConfig
from crosstie.dispatching import decided
from crosstie.errors import ConfigError, RecordError
from crosstie.event_kinds import POLLED
from crosstie.happening import context_of_parts, told
from crosstie.pools import Pools
from crosstie.preparing import prepare
from crosstie.project import Project
from crosstie.state import EventRow
from crosstie.steps import Step, render_tree, templates_in


class Gap(str):
    """Stands for a result that is not there yet; whatever is looked up on it is a gap too."""

    __slots__ = ()

    def __new__(cls, name: str) -> "Gap":
        return super().__new__(cls, f"<{name}>")

    def __getattr__(self, name: str) -> "Gap":
        if name.startswith("_"):
            raise AttributeError(name)
        return Gap(f"{self[1:-1]}.{name}")


class Known(dict[str, Any]):
    """An object of the vocabulary as a file tells it: what it does not tell is None."""

    def __init__(self, kind: type, told: Mapping[str, Any]) -> None:
        super().__init__(told)
        self._fields = attrs.fields_dict(kind)

    def __missing__(self, name: str) -> None:
        if name not in self._fields:
            raise KeyError(name)


@attrs.frozen
class Rehearsed:
    """One step as it would be done: `text` is one or more lines for people.

    `error` says why it would fail.
    """

    label: str
    what: str
    text: str = ""
    error: str | None = None


def rehearse(project: Project, name: str, given: Mapping[str, Any]) -> Iterator[Rehearsed]:
    """Tell what each step would do about an event.

    `given` holds the event's object under its name or as `data`, and further variables:
    ``{"cart": {…}, "customer": {"email": "ada@example.com"}, "key": "17"}``.
    Raises `ConfigError` for an unknown automation, or where the event's object is missing.
    """
    automation = project.config.automations.get(name)
    if automation is None:
        raise ConfigError([f"there is no automation {name!r}"])
    context = _context(project, automation, given)
    try:
        if not decided(automation.when, context):
            yield Rehearsed("", "when", "is not true: no journey would begin")
            return
    except ValueError as error:
        yield Rehearsed("", "when", error=str(error))
        return
    with closing(project.scratch()) as state, closing(Pools(project, state)) as pools:
        place = 0
        while place < len(automation.steps):
            step = automation.steps[place]
            try:
                wanted = decided(step.when, context)
            except ValueError as error:
                yield Rehearsed(step.label, step.what or step.kind, error=f"when = {error}")
                return
            place = step.next if wanted else step.skip
            if wanted:
                yield _step(pools, step, context)
                if step.save is not None:
                    context[step.save] = Gap(step.save)


def _context(
    project: Project, automation: AutomationConfig, given: Mapping[str, Any]
) -> dict[str, Any]:
    kind = POLLED.get(automation.event)
    object_name = vocabulary_name(kind.thing) if kind else "data"
    data = given.get(object_name, given.get("data"))
    if not isinstance(data, Mapping):
        raise ConfigError([f"the event has no {object_name!r}: expected a JSON object under it"])
    if kind is not None:
        data = Known(kind.thing, data)
    now = project.clock.now()
    event = EventRow(
        id="",
        system=automation.system,
        kind=automation.event,
        key=str(given.get("key", "")),
        version="",
        at=None,
        received=now,
        data=told({}, {}),
    )
    more = {name: value for name, value in given.items() if name not in {"data", "key"}}
    return {**context_of_parts(data, more, event), object_name: data}


def _step(pools: Pools, step: Step, context: Mapping[str, Any]) -> Rehearsed:
    gaps = {name for name, value in context.items() if isinstance(value, Gap)}
    vague = any(template.variables & gaps for template in templates_in(step.tree))
    what = {"wait": "wait", "until": "wait until"}.get(step.kind, step.what)
    if step.kind == "wait" or (step.kind == "until" and vague):
        return Rehearsed(step.label, what, step.what or step.tree.source)
    try:
        rendered = render_tree(step.tree, context)
    except ValueError as error:
        return Rehearsed(step.label, what, error=str(error))
    if not isinstance(rendered, Mapping):
        return Rehearsed(step.label, what, str(rendered))
    shown = "\n".join(f"{name} = {value!s}" for name, value in rendered.items())
    if step.kind == "emit":
        return Rehearsed(step.label, f"emit {what}", shown)
    try:
        return Rehearsed(step.label, what, _preview(pools, step.what, rendered) or shown)
    except (ConfigError, RecordError) as error:
        return Rehearsed(step.label, what, shown, None if vague else str(error))


def _preview(pools: Pools, place: str, parameters: Mapping[str, Any]) -> str:
    """What the action would do, empty where it cannot tell; raises what it would raise."""
    if isinstance(prepare(pools.project, place, parameters).action, Previews):
        return preview(pools, place, parameters)
    return ""
