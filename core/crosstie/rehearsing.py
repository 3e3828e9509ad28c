"""A journey tried dry: what an automation would do about an event, step by step.

Nothing is done, begun or kept. What only a step that is done can tell is shown as a gap,
``<coupon.code>``. Where a condition depends on one, it is taken as true and shown.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import attrs

from crosstie.acting import preview
from crosstie.actions import Previews
from crosstie.commerce import VOCABULARY, vocabulary_name
from crosstie.config_automations import AutomationConfig
from crosstie.dispatching import decided
from crosstie.errors import ConfigError, RecordError
from crosstie.event_kinds import POLLED
from crosstie.happening import context_of_parts, seconds, told
from crosstie.journeying import until_of
from crosstie.made_up import Known, made_up
from crosstie.pools import Pools
from crosstie.preparing import prepare
from crosstie.project import Project
from crosstie.state import EventRow
from crosstie.steps import Step, render_tree, templates_in
from crosstie.templates import Template


class Gap(str):
    """Stands for a result that is not there yet; whatever is looked up on it is a gap too."""

    __slots__ = ()

    def __new__(cls, name: str) -> "Gap":
        return super().__new__(cls, f"<{name}>")

    def __getattr__(self, name: str) -> "Gap":
        if name.startswith("_"):
            raise AttributeError(name)
        return Gap(f"{self[1:-1]}.{name}")


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
    Raises `ConfigError` for an unknown automation, or where the event's object is missing or has
    what no such object has.
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
            vague = step.when is not None and _is_vague([step.when], context)
            try:
                wanted = vague or decided(step.when, context)
            except ValueError as error:
                yield Rehearsed(step.label, _what(step), error=str(error))
                return
            place = step.next if wanted else step.skip
            if wanted:
                yield _told(step, _step(pools, step, context), vague=vague)
                if step.save is not None:
                    context[step.save] = Gap(step.save)


def _context(
    project: Project, automation: AutomationConfig, given: Mapping[str, Any]
) -> dict[str, Any]:
    """What templates know of the event that is told; raises `ConfigError` for a wrong one."""
    kind = POLLED.get(automation.event)
    object_name = vocabulary_name(kind.thing) if kind else "data"
    data = given.get(object_name, given.get("data"))
    if not isinstance(data, Mapping):
        raise ConfigError([f"the event has no {object_name!r}: expected a JSON object under it"])
    kinds: dict[str, type] = {**VOCABULARY, **(kind.more if kind else {})}
    more = {name: value for name, value in given.items() if name not in {"data", "key"}}
    try:
        if kind is not None:
            data = made_up(kind.thing, data, object_name)
        known = {name: made_up(kinds.get(name), value, name) for name, value in more.items()}
    except ValueError as wrong:
        raise ConfigError([f"the event: {wrong}"]) from wrong
    customer = data.get("customer")
    if isinstance(customer, Known) and customer["embedded"] is not None:
        known.setdefault("customer", customer["embedded"])
    if automation.after is not None:
        known.setdefault("after", seconds(automation.after))
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
    return {**context_of_parts(data, known, event), object_name: data}


def _is_vague(templates: list[Template], context: Mapping[str, Any]) -> bool:
    """Whether they want to know what only a step that is done can tell."""
    gaps = {name for name, value in context.items() if isinstance(value, Gap)}
    return any(template.variables & gaps for template in templates)


def _what(step: Step) -> str:
    words = {"wait": "wait", "until": "wait until", "emit": f"emit {step.what}"}
    return words.get(step.kind, step.what)


def _told(step: Step, rehearsed: Rehearsed, *, vague: bool) -> Rehearsed:
    if step.when is None or not vague:
        return rehearsed
    condition = f"when {step.when.source} is true"
    return attrs.evolve(rehearsed, text=f"{condition}\n{rehearsed.text}".rstrip())


def _step(pools: Pools, step: Step, context: Mapping[str, Any]) -> Rehearsed:
    """What a step would do; one that wants to know a gap is not held to be wrong."""
    try:
        return Rehearsed(step.label, _what(step), _would(pools, step, context))
    except (ValueError, ConfigError, RecordError) as error:
        vague = _is_vague(templates_in(step.tree), context)
        shown = _lines(_as_far_as_known(step.tree, context))
        return Rehearsed(step.label, _what(step), shown, None if vague else str(error))


def _would(pools: Pools, step: Step, context: Mapping[str, Any]) -> str:
    """What a step would do, as lines; raises what it would fail with."""
    if step.kind == "wait":
        return step.what
    if step.kind == "until":
        return until_of(step, context, pools.project.clock.now()).isoformat()
    rendered = render_tree(step.tree, context)
    if step.kind == "emit":
        told(rendered, {})
    elif isinstance(prepare(pools.project, step.what, rendered).action, Previews):
        return preview(pools, step.what, rendered)
    return _lines(rendered)


def _as_far_as_known(tree: Any, context: Mapping[str, Any]) -> Any:
    """A tree with its values, and with the templates that cannot be filled in as they are."""
    if isinstance(tree, Mapping):
        return {name: _as_far_as_known(one, context) for name, one in tree.items()}
    if isinstance(tree, list):
        return [_as_far_as_known(one, context) for one in tree]
    try:
        return tree.render(context)
    except ValueError:
        return tree.source


def _lines(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return "\n".join(f"{name} = {one!s}" for name, one in value.items())
