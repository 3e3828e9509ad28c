"""Templates: the texts with ``{{ … }}`` by which a config says what a field becomes.

::

    template = compile_template("{{ customer.lastname | upper }}")
    template.render({"customer": Customer(lastname="Lovelace")})  # "LOVELACE"

Jinja2, sandboxed, and strict about undefined names. A text that is exactly one ``{{ expression }}``
gives that expression's value with its type; any other gives text, in which None is nothing.
Filters on texts leave None alone, so that ``{{ None | upper }}`` is None and not "NONE".
The filter `decimal` makes a Decimal of a text or whole number, and `plus` moves a time or date.
What a template may cost is bounded: ranges, repetitions, powers, widths and what comes out.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any

import attrs
import jinja2
from jinja2 import meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from crosstie.mistakes import suggestion
from crosstie.row_values import check_size, decimal, plus, row_value, text_value

LARGEST_POWER = 10_000
"""Bits of a whole number that ``**`` may make."""

TEXT_FILTERS = (
    "capitalize", "center", "e", "escape", "forceescape", "format", "indent", "lower", "replace",
    "striptags", "title", "trim", "truncate", "upper", "urlencode", "urlize", "wordwrap",
)  # fmt: skip
UNREPEATABLE = ("random",)
UNREPEATABLE_GLOBALS = ("lipsum",)
ELSEWHERE = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
UNKNOWN = re.compile(r"'(\w+)' is not known here")
RAISED_BY_TEMPLATES = (
    jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip


@attrs.frozen
class Template:
    """A compiled template; two are equal when they were written alike.

    `is_expression` tells that it is exactly one ``{{ expression }}``, so that its value may be
    something else than a text.
    """

    source: str
    _evaluate: Callable[[Mapping[str, Any]], Any] = attrs.field(eq=False, repr=False)
    _lookups: Mapping[str, frozenset[str]] = attrs.field(eq=False, repr=False)
    is_expression: bool = attrs.field(default=False, eq=False, repr=False)

    @property
    def variables(self) -> frozenset[str]:
        """The names that the template wants from outside."""
        return frozenset(self._lookups)

    def render(self, context: Mapping[str, Any]) -> Any:
        """The value for these variables: something that a `Row` may hold.

        Raises ValueError with a sentence that does not name the template: the caller does.
        """
        try:
            return self._evaluate(context)
        except RAISED_BY_TEMPLATES as error:
            text = str(error) or type(error).__name__
            if match := UNKNOWN.fullmatch(text):
                text += suggestion(match[1], context)
            raise ValueError(text) from error

    def attributes(self, name: str) -> frozenset[str]:
        """The attributes that the template looks up on the variable of this name."""
        return self._lookups.get(name, frozenset())


def constant(value: Any) -> Template:
    """A template that always gives this value."""
    return Template(str(value), lambda _: value, {})


def compile_template(text: str) -> Template:
    """Compile a template; raises ValueError with a sentence on what is wrong with it."""
    if not any(mark in text for mark in ("{{", "{%", "{#")):
        return constant(text)
    try:
        tree = ENVIRONMENT.parse(text)
        for kind in ELSEWHERE:
            if tree.find(kind) is not None:
                raise ValueError(f"{kind.__name__.lower()} is not possible here")
        _, kinds, values = zip(*ENVIRONMENT.lex(text), strict=True)
        lone = kinds[0] == "variable_begin" and kinds.index("variable_end") == len(kinds) - 1
        evaluate = _expression("".join(values[1:-1])) if lone else _text(text)
    except jinja2.TemplateSyntaxError as error:
        line = f"line {error.lineno}: " if "\n" in text else ""
        raise ValueError(f"{line}{_explained(error.message or 'not a template')}") from error
    return Template(text, evaluate, _lookups(tree), lone)


def _expression(text: str) -> Callable[[Mapping[str, Any]], Any]:
    expression = ENVIRONMENT.compile_expression(text, undefined_to_none=False)
    return lambda context: row_value(expression(context))


def _text(text: str) -> Callable[[Mapping[str, Any]], str]:
    template = ENVIRONMENT.from_string(text)

    def evaluate(context: Mapping[str, Any]) -> str:
        parts = []
        size = 0
        for part in template.generate(context):
            parts.append(part)
            check_size(size := size + len(part))
        return "".join(parts)

    return evaluate


def _explained(message: str) -> str:
    """Jinja's message, with the nearest filter or test where the one named is unknown."""
    message = message.rstrip(".")
    if match := re.fullmatch(r"No (filter|test) named '(\w+)'", message):
        known = ENVIRONMENT.filters if match[1] == "filter" else ENVIRONMENT.tests
        hint = suggestion(match[2], [name for name in known if name.isidentifier()])
        return f"unknown {match[1]} {match[2]!r}{hint}"
    return message


def _lookups(tree: nodes.Template) -> Mapping[str, frozenset[str]]:
    """The variables from outside, each with what is looked up on it.

    That is ``a.b``, ``a["b"]`` and ``a | attr("b")``.
    """
    wanted = meta.find_undeclared_variables(tree) - set(ENVIRONMENT.globals)
    found: dict[str, set[str]] = {name: set() for name in wanted}

    def note(on: nodes.Node | None, attribute: Any) -> None:
        if isinstance(on, nodes.Name) and on.name in found and isinstance(attribute, str):
            found[on.name].add(attribute)

    for getattr_ in tree.find_all(nodes.Getattr):
        note(getattr_.node, getattr_.attr)
    for getitem in tree.find_all(nodes.Getitem):
        note(getitem.node, getattr(getitem.arg, "value", None))
    for filter_ in tree.find_all(nodes.Filter):
        if filter_.name == "attr" and filter_.args:
            note(filter_.node, getattr(filter_.args[0], "value", None))
    return {name: frozenset(attributes) for name, attributes in found.items()}


class _Undefined(jinja2.StrictUndefined):
    """Says what is not there, and what may have been meant."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        name, thing = str(self._undefined_name), self._undefined_obj
        if thing is missing:
            return f"{name!r} is not known here"
        if thing is None:
            return f"{name!r} is looked up on something that is None"
        known: Iterable[str] = ()
        if attrs.has(type(thing)):
            known = (field.name for field in attrs.fields(type(thing)))
        elif isinstance(thing, Mapping):
            known = map(str, thing)
        return f"{type(thing).__name__} has no {name!r}{suggestion(name, known)}"


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with bounds on what a single operation or call may make."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "%" and isinstance(left, str):
            _check_format(left)
        elif operator == "**" and isinstance(left, int) and isinstance(right, int):
            if left.bit_length() * right > LARGEST_POWER:
                raise SecurityError("the power is too large")
        elif operator == "*":
            for many, times in ((left, right), (right, left)):
                if isinstance(many, Sequence) and isinstance(times, int):
                    check_size(len(many) * times)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, thing: Any, /, *arguments: Any, **named: Any) -> Any:
        _check_numbers((*arguments, *named.values()))
        if getattr(thing, "__name__", "") in {"format", "format_map"}:
            _check_format(str(getattr(thing, "__self__", "")))
        return super().call(context, thing, *arguments, **named)


def _check_numbers(values: Iterable[Any]) -> None:
    for value in values:
        if isinstance(value, int):
            check_size(abs(value))


def _check_format(text: str) -> None:
    if re.search(r"\d{5}|\*", text):
        raise SecurityError(f"the format {text[:40]!r} is too wide")


def _leaving_none(apply: Callable[..., Any]) -> Callable[..., Any]:
    """A text filter that gives None for None, and that refuses huge widths."""
    place = 1 if hasattr(apply, "jinja_pass_arg") else 0

    @wraps(apply)
    def filtered(*arguments: Any, **named: Any) -> Any:
        value, *others = arguments[place:]
        if value is None:
            return None
        _check_numbers((*others, *named.values()))
        if apply.__name__ == "do_format":
            _check_format(str(value))
        return apply(*arguments, **named)

    return filtered


def _new_environment() -> _Environment:
    environment = _Environment(
        undefined=_Undefined, autoescape=False, finalize=text_value, keep_trailing_newline=True
    )
    for name in TEXT_FILTERS:
        environment.filters[name] = _leaving_none(environment.filters[name])
    for name in UNREPEATABLE:
        del environment.filters[name]
    for name in UNREPEATABLE_GLOBALS:
        del environment.globals[name]
    environment.filters |= {"decimal": decimal, "plus": plus}
    return environment


ENVIRONMENT = _new_environment()
