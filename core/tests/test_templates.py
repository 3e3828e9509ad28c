"""Templates keep types, tell what is wrong, and cannot reach out of the sandbox."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosstie import Ref
from crosstie.commerce import Address, Customer, Order, Payment
from crosstie.row_values import LONGEST
from crosstie.templates import compile_template, constant

ADA = Customer(
    email="ada@example.com",
    lastname="Lovelace",
    groups=("friends", "press"),
    newsletter=True,
    birthday=date(1815, 12, 10),
    address=Address(city="London"),
)
ORDER = Order(
    number="0012345",
    total=Decimal("10.50"),
    customer=Ref("customers", "7"),
    payments=(Payment(key="1", amount=Decimal("10.50")),),
    created=datetime(2026, 11, 21, 10, tzinfo=UTC),
)
CONTEXT = {"key": "7", "customer": ADA, "order": ORDER, "count": 3, "naive": datetime(2026, 1, 1)}  # noqa: DTZ001 (a time without a zone is what is refused)


def rendered(text: str) -> Any:
    return compile_template(text).render(CONTEXT)


def refusal(text: str) -> str:
    template = compile_template(text)
    with pytest.raises(ValueError, match=r".") as caught:
        template.render(CONTEXT)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ customer.lastname }}", "Lovelace"),
        ("{{- customer.lastname -}}", "Lovelace"),
        ("{{ customer.lastname | upper }}", "LOVELACE"),
        ("{{ customer.newsletter }}", True),
        ("{{ customer.birthday }}", date(1815, 12, 10)),
        ("{{ customer.groups }}", ["friends", "press"]),
        ("{{ customer.groups | map('upper') }}", ["FRIENDS", "PRESS"]),
        ("{{ customer.firstname }}", None),
        ("{{ customer.address.city }}", "London"),
        ("{{ count + 1 }}", 4),
        ("{{ order.number }}", "0012345"),
        ("{{ order.total * 2 }}", Decimal("21.00")),
        ("{{ order.total * ('1.1' | decimal) }}", Decimal("11.550")),
        ("{{ order.created }}", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("{{ order.created | plus('2d') }}", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("{{ order.created | plus('-90m') }}", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
        ("{{ customer.birthday | plus('-2d') }}", date(1815, 12, 8)),
        ("{{ customer.created | plus('2d') }}", None),
        ("{{ order.customer }}", Ref("customers", "7")),
        ("{{ {'a': [key]} }}", {"a": ["7"]}),
        ("{{ '{{' }}", "{{"),
    ],
)
def test_a_lone_expression_keeps_its_type(text: str, value: object) -> None:
    actual = rendered(text)
    assert actual == value
    assert type(actual) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("", ""),
        (" {{ count }}", " 3"),
        ("{{ count }}{{ count }}", "33"),
        ("{{ count }} pieces\n", "3 pieces\n"),
        ("Dear {{ customer.firstname }}{{ customer.lastname }}", "Dear Lovelace"),
        ("{% if customer.newsletter %}yes{% else %}no{% endif %}", "yes"),
        ("{{ order.total }} EUR", "10.50 EUR"),
        ("{{ '%.1f' | format(order.total) }} EUR", "10.5 EUR"),
        ("{# only a remark #}", ""),
    ],
)
def test_anything_else_is_text(text: str, value: str) -> None:
    assert rendered(text) == value


@given(st.text().filter(lambda text: "{{" not in text and "{%" not in text and "{#" not in text))
def test_a_text_without_a_mark_is_given_back_as_it_is(text: str) -> None:
    assert compile_template(text).render({}) == text


@given(st.text())
def test_what_a_record_holds_is_never_taken_for_a_template(text: str) -> None:
    context = {"customer": Customer(lastname=text)}
    assert compile_template("{{ customer.lastname }}").render(context) == text
    assert compile_template("<{{ customer.lastname }}>").render(context) == f"<{text}>"


def test_a_day_more_is_24_hours_more_whatever_the_clocks_do() -> None:
    evening = datetime(2026, 10, 24, 20, tzinfo=ZoneInfo("Europe/Paris"))
    moved = compile_template("{{ at | plus('1d') }}").render({"at": evening})

    assert moved.isoformat() == "2026-10-25T19:00:00+01:00"


@pytest.mark.parametrize(
    ("text", "is_expression"),
    [("{{ key }}", True), ("{{- key -}}", True), ("not {{ key }}", False), ("key", False)],
)
def test_a_lone_expression_is_told_from_a_text(text: str, *, is_expression: bool) -> None:
    assert compile_template(text).is_expression == is_expression


@pytest.mark.parametrize(
    "name", ["capitalize", "lower", "replace('a', 'b')", "title", "trim", "truncate(3)", "upper"]
)
def test_a_text_filter_leaves_none_alone(name: str) -> None:
    assert rendered(f"{{{{ customer.firstname | {name} }}}}") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{ custmer.email }}", "'custmer' is not known here; did you mean 'customer'?"),
        ("x{{ custmer.email }}", "'custmer' is not known here; did you mean 'customer'?"),
        ("{{ customer.lastnam }}", "Customer has no 'lastnam'; did you mean 'lastname'?"),
        ("{{ [customer.lastnam] }}", "Customer has no 'lastnam'; did you mean 'lastname'?"),
        ("{{ {'a': 1}.b }}", "dict has no 'b'; there is 'a'"),
        ("{{ order.state.paid }}", "'paid' is looked up on something that is None"),
        ("{{ count.real.x }}", "int has no 'x'"),
    ],
)
def test_an_undefined_name_is_an_error_that_names_the_nearest(text: str, sentence: str) -> None:
    assert refusal(text) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{ 10 / 4 }}", "the number 2.5 is not exact: divide and multiply decimals"),
        ("{{ naive }}", "the time 2026-01-01 00:00:00 has no zone"),
        ("{{ customer }}", "a row cannot hold a Customer: take one of its fields"),
        ("x{{ customer }}", "a text cannot hold a Customer: join it, or take a field"),
        ("x{{ customer.groups }}", "a text cannot hold a tuple: join it, or take a field"),
        ("{{ key.encode() }}", "a row cannot hold a bytes"),
        ("{{ 'ten' | decimal }}", "'ten' is not a decimal number"),
        ("{{ 'NaN' | decimal }}", "'NaN' cannot be made a decimal"),
        ("{{ true | decimal }}", "True cannot be made a decimal"),
        ("{{ order.created | plus('2 d') }}", '\'2 d\' is no duration such as "12h", "2d" or'),
        ("{{ order.created | plus(2) }}", "2 is no duration such as"),
        ("{{ order.created | plus('99999999d') }}", "date value out of range"),
        ("{{ customer.birthday | plus('12h') }}", "a date moves by whole days, such as 2d, and"),
        ("{{ naive | plus('2d') }}", "datetime.datetime(2026, 1, 1, 0, 0) is neither a time with"),
        ("{{ key | plus('2d') }}", "'7' is neither a time with a zone nor a date"),
        ("{{ 1 // 0 }}", "integer division or modulo by zero"),
        ("{{ key + 1 }}", "can only concatenate str"),
        ("{{ key.encode('none') }}", "unknown encoding: none"),
    ],
)
def test_a_value_that_a_row_cannot_hold_is_refused(text: str, sentence: str) -> None:
    assert refusal(text).startswith(sentence)


@pytest.mark.parametrize(
    "text",
    [
        "{{ customer.__class__ }}",
        "{{ customer.__class__.__mro__[1].__subclasses__() }}",
        "{{ customer | attr('__class__') }}",
        "{{ customer['__class__'] }}",
        "{{ ''.format.__self__ }}",
        "{{ '{0.__class__}'.format(customer) }}",
        "{{ customer.email.format.__globals__ }}",
        "{{ range.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ {}.update({'a': 1}) }}",
        "{{ [].append(1) }}",
        "{{ cycler.__init__.__globals__ }}",
    ],
)
def test_nothing_outside_the_sandbox_can_be_reached(text: str) -> None:
    refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ range(10**9) | list }}",
        "{{ range(10**9) }}",
        "{{ 'a' * 10**9 }}",
        "{{ 10**9 * 'a' }}",
        "{{ [0] * 10**9 }}",
        "{{ 9 ** 1000000000 }}",
        "{{ key.ljust(10**9) }}",
        "{{ key.center(width=10**9) }}",
        "{{ key | center(10**9) }}",
        "{{ key | indent(10**9) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%*d' % (1000000000, 1) }}",
        "{{ '%1000000000d' | format(1) }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{% for _ in range(90000) %}{{ 'twelve chars' }}{% endfor %}",
    ],
)
def test_a_template_cannot_use_up_the_machine(text: str) -> None:
    refusal(text)


def test_a_long_text_passes_up_to_the_limit() -> None:
    assert len(rendered(f"{{{{ 'a' * {LONGEST} }}}}")) == LONGEST
    assert str(LONGEST) in refusal(f"{{{{ 'a' * {LONGEST} ~ 'b' }}}}")


def test_nothing_in_a_template_gives_another_value_each_time() -> None:
    with pytest.raises(ValueError, match="unknown filter 'random'"):
        compile_template("{{ customer.groups | random }}")
    assert "'lipsum' is not known here" in refusal("{{ lipsum() }}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{ a", "unexpected end of template, expected 'end of print statement'"),
        ("one\n{{ a b }}", "line 2: expected token 'end of print statement', got 'b'"),
        ("{{ }}", "Expected an expression, got 'end of print statement'"),
        ("{% if x %}", "Unexpected end of template."),
        ("{{ a | uper }}", "unknown filter 'uper'; did you mean 'upper'?"),
        ("{{ a is odds }}", "unknown test 'odds'; did you mean 'odd'?"),
        ("{% include 'x' %}", "include is not possible here"),
        ("{% extends 'x' %}", "extends is not possible here"),
        ("{% import 'x' as y %}", "import is not possible here"),
    ],
)
def test_a_template_that_cannot_be_compiled_is_told_at_once(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        compile_template(text)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("plain", set()),
        ("{{ order.payments[0].amount }}", {"payments"}),
        ("{{ order['payments'] }}", {"payments"}),
        ("{{ order | attr('payments') }}", {"payments"}),
        ("{% for x in order.slips %}{{ x.key }}{% endfor %}{{ order.total }}", {"slips", "total"}),
        ("{% if order.discounts %}{{ customer.email }}{% endif %}", {"discounts"}),
        ("{{ order }} {{ order[key] }}", set()),
    ],
)
def test_the_attributes_that_are_looked_up_are_known_beforehand(
    text: str, attributes: set[str]
) -> None:
    assert compile_template(text).attributes("order") == attributes


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("plain", set()),
        ("{{ order.total + row['x'] }} {{ key }}", {"order", "row", "key"}),
        ("{% for order in row.all %}{{ order.nothing }}{% endfor %}", {"row"}),
        ("{% set x = key %}{{ x.y }} {{ range(3) | list | join }}", {"key"}),
    ],
)
def test_the_variables_that_are_wanted_are_known_beforehand(text: str, variables: set[str]) -> None:
    assert compile_template(text).variables == variables


@pytest.mark.parametrize("value", [True, 5, date(2026, 1, 1), "{{ not a template }}"])
def test_a_constant_is_the_same_for_every_record(value: object) -> None:
    assert constant(value).render(CONTEXT) == value


def test_templates_written_alike_are_equal() -> None:
    assert compile_template("{{ key }}") == compile_template("{{ key }}")
    assert compile_template("{{ key }}") != compile_template("{{ count }}")
