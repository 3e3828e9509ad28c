"""The steps of an automation as a program, and how their templates are filled in.

Steps are tables of the config; `compile_steps` takes them when they have been checked::

    {"do": "shop.create_coupon", "with": {"percent": "10"}, "save": "coupon"}
    {"wait": "24h"}   {"wait_until": "{{ coupon.expires | plus('-1d') }}"}
    {"emit": "goal_reached", "with": {"email": "{{ customer.email }}"}}

Any step may have ``when``, and then ``otherwise`` with steps that take its place. Nested steps
are laid out flat, so that a place in a journey is a number.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

from crosstie.templates import Template, compile_template, constant


@attrs.frozen
class Step:
    """One instruction. It is done where `when` is true or None, and then comes the one at `next`;
    else the one at `skip`.

    `what` is the ``system.action`` of `do`, the event's name of `emit`, the duration of `wait` as
    text, nothing for `until`. `tree` is what its ``with`` holds, with a `Template` for each text;
    for `until` it is the one template. `save` is the name under which later steps know the result.
    `label` tells people which step it is: ``2``, or ``2.otherwise.1``.
    """

    kind: Literal["do", "emit", "wait", "until"]
    what: str
    tree: Any
    next: int
    skip: int
    label: str
    when: Template | None = None
    save: str | None = None


def compile_steps(tables: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The program of these steps. Its end is the place after the last one."""
    program: list[Step] = []
    _lay_out(program, tables, "")
    return tuple(program)


def _lay_out(program: list[Step], tables: Sequence[Mapping[str, Any]], within: str) -> None:
    for number, table in enumerate(tables, 1):
        place, label = len(program), f"{within}{number}"
        program.append(_step(table, place + 1, label))
        if instead := table.get("otherwise"):
            _lay_out(program, instead, f"{label}.otherwise.")
            program[place] = attrs.evolve(program[place], next=len(program))


def _step(table: Mapping[str, Any], after: int, label: str) -> Step:
    when = compile_template(table["when"]) if "when" in table else None
    kind, what, tree = _deed(table)
    return Step(
        kind=kind,
        what=what,
        tree=tree,
        next=after,
        skip=after,
        label=label,
        when=when,
        save=table.get("save"),
    )


def _deed(table: Mapping[str, Any]) -> tuple[Literal["do", "emit", "wait", "until"], str, Any]:
    if "do" in table:
        return "do", table["do"], compile_tree(table.get("with", {}))
    if "emit" in table:
        return "emit", table["emit"], compile_tree(table.get("with", {}))
    if "wait" in table:
        return "wait", table["wait"], None
    return "until", "", compile_template(table["wait_until"])


def compile_tree(value: Any) -> Any:
    """The value with a `Template` in place of each text; raises ValueError for a wrong one."""
    if isinstance(value, str):
        return compile_template(value)
    if isinstance(value, Mapping):
        return {name: compile_tree(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [compile_tree(one) for one in value]
    return constant(value)


def render_tree(tree: Any, context: Mapping[str, Any]) -> Any:
    """The value that a tree stands for; raises ValueError that names the field."""
    if isinstance(tree, Template):
        return tree.render(context)
    if isinstance(tree, list):
        return [render_tree(one, context) for one in tree]
    rendered = {}
    for name, one in tree.items():
        try:
            rendered[name] = render_tree(one, context)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return rendered


def templates_in(tree: Any) -> list[Template]:
    """Every template of a tree."""
    if isinstance(tree, Template):
        return [tree]
    inner = tree.values() if isinstance(tree, Mapping) else tree or ()
    return [template for one in inner for template in templates_in(one)]
