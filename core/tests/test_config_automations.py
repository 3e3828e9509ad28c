"""Automations are checked whole: events, names, actions and what these are given."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from crosstie import ConfigError
from crosstie.config import Config, load_config
from crosstie.plugins import Plugins, load_plugins
from crosstie.steps import compile_steps

SYSTEMS = """
[systems.shop]
use = "stand"
[systems.post]
use = "post"
[systems.bell]
use = "bell"
[systems.web]
use = "letterbox"
[systems.files]
use = "archive"
"""
WAIT = 'steps = [{ wait = "1h" }]\n'
SEND = '{ do = "post.send", with = { to = "a", text = "b" } }'

Load = Callable[[str], Config]
Tell = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def fair() -> Plugins:
    """The plugins there are, with the ones of `fair/crosstie_plugins.py`."""
    return load_plugins(Path(__file__).parent / "fair")


@pytest.fixture
def load(tmp_path: Path, fair: Plugins) -> Load:
    """Load a config with the systems and these automations."""

    def load(text: str) -> Config:
        path = tmp_path / "crosstie.toml"
        path.write_text(SYSTEMS + text, encoding="utf-8")
        return load_config(path, fair, {"SECRET": "s3cr3t"})

    return load


@pytest.fixture
def mistakes(load: Load, tmp_path: Path) -> Tell:
    """Every mistake in some automations, without the file's name."""

    def mistakes(text: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(text)
        told = [line for line in caught.value.mistakes if not line.startswith("plugin ")]
        return [line.removeprefix(f"{tmp_path / 'crosstie.toml'}: ") for line in told]

    return mistakes


def automation(lines: str, name: str = "a", on: str = "shop.customer_registered") -> str:
    return f'[automations.{name}]\non = "{on}"\n{lines}\n'


CART = """
[automations.cart]
on = "shop.cart_abandoned"
after = "2h"
when = "{{ customer.newsletter }}"
every = "5m"
from = "beginning"
entry = "7d"
per = "{{ cart.customer.embedded.email }}"
stop = "shop.order_placed"
stop_when = "{{ stop.order.cart.key == key }}"

[[automations.cart.steps]]
do = "shop.create_coupon"
with = { name = "Come back", percent = "10", expires_on = 2026-12-31, tags = ["a", "{{ key }}"] }
save = "coupon"

[[automations.cart.steps]]
when = "{{ customer.mobile }}"
do = "post.send"
with = { to = "{{ customer.mobile }}", text = "{{ coupon.code }}" }
otherwise = [ { do = "post.send", with = { to = "{{ customer.email }}", text = "Hello" } } ]

[[automations.cart.steps]]
wait = "24h"

[[automations.cart.steps]]
wait_until = "{{ coupon.expires | plus('-2h') }}"

[[automations.cart.steps]]
emit = "reminded"
with = { email = "{{ customer.email }}", times = 1, on = 2026-12-31 }
"""


def test_everything_in_an_automation_is_read(load: Load) -> None:
    cart = load(CART).automations["cart"]

    assert (cart.name, cart.system, cart.event) == ("cart", "shop", "cart_abandoned")
    assert (cart.after, cart.every) == (timedelta(hours=2), timedelta(minutes=5))
    assert (cart.from_beginning, cart.entry) == (True, timedelta(days=7))
    assert cart.stop == ("shop", "order_placed")
    told = [template and template.source for template in (cart.when, cart.per, cart.stop_when)]
    assert told == [
        "{{ customer.newsletter }}",
        "{{ cart.customer.embedded.email }}",
        "{{ stop.order.cart.key == key }}",
    ]
    assert [(step.label, step.kind, step.what) for step in cart.steps] == [
        ("1", "do", "shop.create_coupon"),
        ("2", "do", "post.send"),
        ("2.otherwise.1", "do", "post.send"),
        ("3", "wait", "24h"),
        ("4", "until", ""),
        ("5", "emit", "reminded"),
    ]
    assert cart.events == (("shop", "cart_abandoned"), ("shop", "order_placed"))
    assert cart.actions == (("shop", "create_coupon"), ("post", "send"))
    assert len(cart.templates) == 3 + 5 + 1 + 2 + 2 + 1 + 3


def test_what_is_left_out_has_its_default(load: Load) -> None:
    welcome = load(automation(WAIT)).automations["a"]

    assert (welcome.every, welcome.after) == (timedelta(minutes=1), None)
    assert (welcome.entry, welcome.from_beginning) == ("event", False)
    assert (welcome.when, welcome.per, welcome.stop, welcome.stop_when) == (None,) * 4


def test_a_definition_gives_the_same_program_again(load: Load) -> None:
    cart = load(CART).automations["cart"]

    assert compile_steps(json.loads(cart.definition)) == cart.steps
    assert load(CART.replace('every = "5m"', "")).automations["cart"].definition == cart.definition


@pytest.mark.parametrize(
    "on",
    [
        "shop.customer_updated",
        "shop.order_status_changed",
        "bell.rung",
        "bell.order_placed",
        "web.survey.filled",
        "web.customer_registered",
        "files.order_refunded",
    ],
)
def test_an_automation_begins_with_what_is_noticed_or_received(load: Load, on: str) -> None:
    one = load(automation(WAIT, on=on)).automations["a"]

    assert f"{one.system}.{one.event}" == on


@pytest.mark.parametrize(
    ("line", "on"),
    [
        ("{{ customer.email and data.email and key and event.at }}", "shop.customer_registered"),
        ("{{ order.total and customer.email }}", "shop.order_placed"),
        ("{{ new.paid and not old.paid }}", "shop.order_status_changed"),
        ("{{ data.anything.at_all }}", "web.survey"),
        ("{{ data.anything and customer.email }}", "bell.rung"),
        ("{{ order.total }}", "bell.order_placed"),
    ],
)
def test_templates_know_what_the_event_tells(load: Load, line: str, on: str) -> None:
    assert load(automation(f'when = "{line}"\n{WAIT}', on=on)).automations["a"].when is not None


def test_templates_know_what_an_emitted_event_tells(load: Load, mistakes: Tell) -> None:
    first = automation('steps = [{ emit = "won", with = { email = "x" } }]', "first")
    good = automation('when = "{{ data.email and data.get(key) }}"\n' + WAIT, "b", "crosstie.won")
    wrong = automation('when = "{{ data.emial }}"\n' + WAIT, "b", "crosstie.won")

    assert load(first + good).automations["b"].event == "won"
    assert mistakes(first + wrong) == [
        "[automations.b] when: data has no 'emial'; did you mean 'email'?"
    ]


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        ("shap.order_placed", "unknown system 'shap'; did you mean 'shop'?"),
        ("shop.order_plced", "stand has no event 'order_plced'; did you mean 'order_placed'?"),
        (
            "shop.order_refunded",
            "stand has no event 'order_refunded'; did you mean 'order_placed'?",
        ),
        ("bell.rang", "bell has no event 'rang'; did you mean 'rung'?"),
        ("post.sent", "'post' is a post, which has no events"),
        ("crosstie.won", "no automation emits 'won'"),
    ],
)
@pytest.mark.parametrize("field", ["on", "stop"])
def test_an_event_that_does_not_exist_is_told(
    mistakes: Tell, field: str, on: str, sentence: str
) -> None:
    text = automation(WAIT, on=on) if field == "on" else automation(f'stop = "{on}"\n{WAIT}')

    assert mistakes(text) == [f"[automations.a] {field}: {sentence}"]


def test_an_emitted_event_is_told_with_the_nearest(mistakes: Tell) -> None:
    emits = automation('steps = [{ emit = "won" }]', "first")

    assert mistakes(emits + automation(WAIT, on="crosstie.wno")) == [
        "[automations.a] on: no automation emits 'wno'; did you mean 'won'?"
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (automation(""), "steps: missing: expected a list of steps, each one a table"),
        (automation("steps = []"), "steps: expected at least one step"),
        (automation('steps = "x"'), "steps: expected a list of steps, each one a table, found the"),
        ('[automations.a]\nsteps = [{ wait = "1h" }]', 'on: missing: expected "system.name"'),
        (automation(WAIT + 'stpo = "x"'), "stpo: unknown setting; did you mean 'stop'?"),
        (automation(WAIT + 'every = "0s"'), "every: expected more than no time at all"),
        (
            automation(WAIT + 'every = "5m"', on="web.survey"),
            "every: has no effect: web.survey is not noticed by looking",
        ),
        (
            automation(WAIT + 'from = "now"', on="bell.rung"),
            "from: has no effect: bell.rung is not noticed by looking",
        ),
        (
            automation(WAIT + 'from = "start"'),
            "from: expected one of 'now', 'beginning', found the text \"start\"",
        ),
        (automation(WAIT + 'entry = "once"'), 'entry: expected "event", "customer" or a duration'),
        (automation(WAIT + 'entry = "0d"'), "entry: expected more than no time at all"),
        (
            automation(WAIT, on="shop.cart_abandoned"),
            'after: missing: expected how long a cart has to rest to be abandoned, such as "2h"',
        ),
        (
            automation(WAIT + 'after = "2h"'),
            "after: has no effect: it goes with cart_abandoned, where that is noticed by looking",
        ),
        (
            automation(WAIT + 'after = "2h"', on="web.cart_abandoned"),
            "after: has no effect: it goes with cart_abandoned, where that is noticed by looking",
        ),
        (
            automation(WAIT + 'after = "0h"', on="shop.cart_abandoned"),
            "after: expected more than no time at all",
        ),
        (
            automation(WAIT + 'stop = "shop.cart_abandoned"'),
            "stop: cart_abandoned can begin automations, and not stop them",
        ),
        (
            automation(WAIT + 'stop_when = "{{ key }}"'),
            "stop_when: has no effect without stop",
        ),
        (
            automation(WAIT + 'stop = "shop.order_placed"\nstop_when = "{{ stop.cart }}"'),
            "stop_when: stop has no 'cart'; ",
        ),
        (
            automation(WAIT + 'when = "customer.newsletter"'),
            "when: expected an expression, {{ … }}, and nothing else,"
            ' found the text "customer.newsletter"',
        ),
        (
            automation(WAIT + 'when = "not {{ customer.newsletter }}"'),
            "when: expected an expression, {{ … }}, and nothing else,",
        ),
        (automation(WAIT + "when = true"), "when: expected an expression, {{ … }}, and nothing"),
        (
            automation(WAIT + 'when = "{{ custmer.email }}"'),
            "when: 'custmer' is not known here; did you mean 'customer'?",
        ),
        (
            automation(WAIT + 'when = "{{ customer.emial }}"'),
            "when: customer has no 'emial'; did you mean 'email'?",
        ),
        (
            automation(WAIT + 'when = "{{ customer.email }}"', on="web.survey"),
            "when: 'customer' is not known here; there is 'data', 'event', 'key'",
        ),
        (
            automation(WAIT + 'when = "{{ event.kee }}"'),
            "when: event has no 'kee'; did you mean 'key'?",
        ),
        (automation(WAIT + 'per = "{{ cart.key }}"'), "per: 'cart' is not known here; there is"),
    ],
)
def test_a_mistake_in_an_automation_is_told(mistakes: Tell, text: str, sentence: str) -> None:
    (told,) = mistakes(text)

    assert told.startswith(f"[automations.a] {sentence}")


@pytest.mark.parametrize(
    ("steps", "place", "sentence"),
    [
        ('["x"]', "1]", 'expected a table, found the text "x"'),
        ("[{ }]", "1]", "expected one of do, wait, wait_until, emit, found none of them"),
        (
            '[{ wait = "1h", emit = "x" }]',
            "1]",
            "expected one of do, wait, wait_until, emit, found wait and emit",
        ),
        (
            '[{ wait_untl = "x", wait = "1h" }]',
            "1] wait_untl",
            "unknown setting; did you mean 'wait_until'?",
        ),
        ('[{ wait = "1h" }, { wait = "0h" }]', "2] wait", "expected more than no time at all"),
        ('[{ wait = { env = "X" } }]', "1] wait", "expected a duration such as"),
        ('[{ wait = "1h", with = { a = 1 } }]', "1] with", "has no effect on wait: do and emit"),
        ('[{ emit = "x", save = "y" }]', "1] save", "has no effect on emit: nothing comes of it"),
        (f"[{{ wait = '1h', otherwise = [{SEND}] }}]", "1] otherwise", "has no effect without"),
        (
            '[{ wait = "1h", when = "{{ key }}", otherwise = [] }]',
            "1] otherwise",
            "expected at least one step",
        ),
        ('[{ wait_until = "tomorrow" }]', "1] wait_until", "expected an expression, {{ … }}"),
        (
            '[{ wait = "1h", when = "{{ key", otherwise = [{ wait = "1h" }] }]',
            "1] when",
            "unexpected end of template",
        ),
        ('[{ emit = "a b" }]', "1] emit", "an event cannot be called that: a name is 1 to 63"),
        (
            '[{ emit = "x", with = { a = "{{ customer.emial }}" } }]',
            "1.with] a",
            "customer has no 'emial'; did you mean 'email'?",
        ),
        ('[{ emit = "x", with = { a = 1.5 } }]', "1.with] a", "expected whatever JSON can say"),
        (
            '[{ emit = "x", with = { a = { env = "SECRET" } } }]',
            "1.with] a",
            "{ env = … } is not possible in steps, which are kept with each journey and hold no",
        ),
        ('[{ do = "send" }]', "1] do", 'expected "system.name", such as'),
        ('[{ do = "psot.send" }]', "1] do", "unknown system 'psot'; did you mean 'post'?"),
        ('[{ do = "post.sned" }]', "1] do", "post has no action 'sned'; did you mean 'send'?"),
        ('[{ do = "web.send" }]', "1] do", "'web' is a letterbox, which has no actions"),
        (
            f'[{{ wait = "1h", when = "{{{{ key }}}}", otherwise = [{SEND}, {{ emit = "" }}] }}]',
            "1.otherwise.2] emit",
            "an event cannot be called that",
        ),
    ],
)
def test_a_mistake_in_a_step_is_told_with_its_place(
    mistakes: Tell, steps: str, place: str, sentence: str
) -> None:
    (told,) = mistakes(automation(f"steps = {steps}"))

    assert told.startswith(f"[automations.a.steps.{place}: {sentence}")


@pytest.mark.parametrize(
    ("given", "sentences"),
    [
        ('name = "x", percent = "150"', ["]: percent must be over 0 and up to 100, not 150"]),
        ('name = "x", percent = 0', ["]: percent must be over 0 and up to 100, not 0"]),
        ('name = "x"', ["]: give either percent or amount"]),
        ('percent = "10"', ["] name: missing: expected text (What it is called)"]),
        (
            'name = "x", prcent = "10"',
            ["] prcent: unknown parameter; did you mean 'percent'?"],
        ),
        (
            'name = "x", prcent = "{{ key }}"',
            ["] prcent: unknown parameter; did you mean 'percent'?"],
        ),
        ('name = 5, percent = "10"', ["] name: expected text, found the number 5"]),
        (
            'name = "x", percent = "10", expires_on = "soon"',
            ['] expires_on: expected a date such as "2026-01-31", found the text "soon"'],
        ),
        (
            'name = "x", percent = "10", tax = "none"',
            ["] tax: expected one of 'included', 'excluded', found the text \"none\""],
        ),
        (
            'name = { env = "SECRET" }, percent = "10"',
            [
                "] name: { env = … } is not possible in steps,"
                " which are kept with each journey and hold no secrets"
            ],
        ),
        (
            'name = "{{ customer.lastnam }}", percent = "150", max_uses = "2"',
            [
                "] name: customer has no 'lastnam'; did you mean 'lastname'?",
                '] max_uses: expected a whole number, found the text "2"',
                "]: percent must be over 0 and up to 100, not 150",
            ],
        ),
        (
            'name = "x {{ 1 / 0 }}", percent = "10"',
            ["] name: division by zero"],
        ),
        (
            'name = "{{ key | uper }}", percent = "10"',
            [
                "] name: unknown filter 'uper'; did you mean 'upper'?,"
                " in the template '{{ key | uper }}'"
            ],
        ),
        (
            'name = "x", percent = "10", uses_each = 5, max_uses = 4',
            ["]: uses_each must be 4 at most, not 5"],
        ),
    ],
)
def test_what_an_action_would_refuse_is_told_before_anything_happens(
    mistakes: Tell, given: str, sentences: list[str]
) -> None:
    step = f'steps = [{{ do = "shop.create_coupon", with = {{ {given} }} }}]'

    assert mistakes(automation(step)) == [
        f"[automations.a.steps.1.with{sentence}" for sentence in sentences
    ]


@pytest.mark.parametrize(
    "given",
    [
        'name = "{{ key }}", percent = "{{ key }}"',
        'name = "x", amount = "{{ order }}", uses_each = 5, max_uses = "{{ 7 - 1 }}"',
        'name = "x", percent = "10", uses_each = 5, max_uses = "{{ key | int }}"',
        'name = "x", percent = "10", amount = "{{ none }}"',
        'name = "x", percent = "{{ 5 + 5 }}", texts = { env = "a" }',
    ],
)
def test_what_is_filled_in_later_is_left_to_the_action(load: Load, given: str) -> None:
    step = f'steps = [{{ do = "shop.create_coupon", with = {{ {given} }} }}]'

    assert load(automation(step, on="shop.order_placed")).automations["a"].steps


def saves(name: str, when: str = "", otherwise: str = "") -> str:
    given = 'with = { name = "x", percent = "10" }'
    more = (f', when = "{when}"' if when else "") + (
        f", otherwise = [{otherwise}]" if otherwise else ""
    )
    return f'{{ do = "shop.create_coupon", {given}, save = "{name}"{more} }}'


def uses(name: str) -> str:
    return f'{{ emit = "x", with = {{ a = "{{{{ {name}.code }}}}" }} }}'


@pytest.mark.parametrize(
    "steps",
    [
        [saves("coupon"), uses("coupon")],
        [saves("coupon", "{{ key }}", saves("coupon")), uses("coupon")],
        [saves("a"), saves("b", "{{ a.code }}", f"{uses('a')}, {saves('b')}"), uses("b")],
        [saves("coupon", "{{ key }}"), '{ wait = "1h" }'],
        [saves("coupon"), '{ wait_until = "{{ coupon.expires }}" }'],
    ],
)
def test_what_was_saved_on_every_way_is_known(load: Load, steps: list[str]) -> None:
    assert load(automation(f"steps = [{', '.join(steps)}]")).automations["a"].steps


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (
            [uses("coupon"), saves("coupon")],
            "1.with] a: 'coupon' is not known here: step 2 saves it, and may come later or not",
        ),
        (
            [saves("coupon", "{{ key }}"), uses("coupon")],
            "2.with] a: 'coupon' may be missing here: step 1 saves it on one way only; save it"
            " under the same name on the other way, in `otherwise`",
        ),
        (
            [saves("b", "{{ key }}", saves("coupon")), uses("coupon")],
            "2.with] a: 'coupon' may be missing here: step 1.otherwise.1 saves it on one way only",
        ),
        (
            [saves("b", "{{ key }}", uses("b"))],
            "1.otherwise.1.with] a: 'b' is not known here: step 1 saves it",
        ),
        ([saves("coupon"), uses("cuopon")], "2.with] a: 'cuopon' is not known here; did you mean"),
        ([saves("a"), saves("a")], "2] save: 'a' is taken by step 1"),
        ([saves("a", "{{ key }}"), saves("a")], "2] save: 'a' is taken by step 1"),
        ([saves("customer")], "1] save: 'customer' is taken: the event is known by it"),
        ([saves("my coupon")], "1] save: expected a name of letters, digits and _, as templates"),
        ([saves("true")], "1] save: expected a name of letters, digits and _, as templates have"),
        ([saves("range")], "1] save: expected a name of letters, digits and _, as templates have"),
        ([saves("loop")], "1] save: expected a name of letters, digits and _, as templates have"),
    ],
)
def test_a_name_that_may_be_missing_or_means_something_else_is_told(
    mistakes: Tell, steps: list[str], sentence: str
) -> None:
    (told,) = mistakes(automation(f"steps = [{', '.join(steps)}]"))

    assert told.startswith(f"[automations.a.steps.{sentence}")


def circle(*steps: str) -> str:
    """Two automations that begin each other: the first with these steps, the second at once."""
    first = automation(f"steps = [{', '.join(steps)}]", "first", "crosstie.back")
    return first + automation('steps = [{ emit = "back" }]', "b", "crosstie.go")


@pytest.mark.parametrize(
    "steps",
    [
        ['{ emit = "go" }'],
        ['{ emit = "go", when = "{{ key }}" }'],
        ['{ wait = "1h", when = "{{ key }}" }', '{ emit = "go" }'],
        ['{ wait = "1h", when = "{{ key }}", otherwise = [{ emit = "go" }] }'],
        ['{ emit = "x", when = "{{ key }}", otherwise = [{ wait = "1h" }] }', '{ emit = "go" }'],
    ],
)
def test_a_circle_without_a_wait_is_told_once(mistakes: Tell, steps: list[str]) -> None:
    assert mistakes(circle(*steps)) == [
        "[automations.first] on: goes round in a circle without a wait: first emits crosstie.go,"
        " b emits crosstie.back; wait before one of them emits"
    ]


def test_an_automation_that_begins_itself_is_told(mistakes: Tell) -> None:
    (told,) = mistakes(automation('steps = [{ emit = "go" }]', on="crosstie.go"))

    assert told.startswith("[automations.a] on: goes round in a circle without a wait: a emits")


@pytest.mark.parametrize(
    "steps",
    [
        ['{ wait = "1h" }', '{ emit = "go" }'],
        ["{ wait_until = \"{{ event.at | plus('1d') }}\" }", '{ emit = "go" }'],
        ['{ wait = "1h", when = "{{ key }}", otherwise = [{ wait = "2h" }] }', '{ emit = "go" }'],
    ],
)
def test_a_circle_that_waits_is_no_mistake(load: Load, steps: list[str]) -> None:
    assert set(load(circle(*steps)).automations) == {"first", "b"}


def test_all_mistakes_are_told_at_once(mistakes: Tell) -> None:
    told = mistakes(
        """
        [automations."a b"]
        on = "shop.nothing"
        when = "{{ customer.email"
        steps = [{ do = "post.send" }, { wait = 5 }]
        [automations.b]
        on = "shop.order_placed"
        stop = "nowhere.x"
        steps = [{ do = "shop.create_coupon", with = { name = "{{ order.nmber }}" }, save = "key" }]
        """
    )

    assert [line.split(":")[0] for line in told] == [
        '[automations."a b"]',
        '[automations."a b"] when',
        '[automations."a b"] on',
        '[automations."a b".steps.1.with] to',
        '[automations."a b".steps.1.with] text',
        '[automations."a b".steps.2] wait',
        "[automations.b] stop",
        "[automations.b.steps.1.with] name",
        "[automations.b.steps.1] save",
    ]


def test_a_system_that_is_wrong_itself_brings_no_mistakes_here(mistakes: Tell) -> None:
    broken = '[systems.broken]\nuse = "stnad"\n'
    step = 'steps = [{ do = "broken.anything", with = { a = "{{ whatever }}" } }]'

    (told,) = mistakes(broken + automation(step, on="broken.anything"))

    assert told.startswith("[systems.broken] use: no plugin offers 'stnad'")


def test_no_secret_can_be_in_a_definition(load: Load) -> None:
    config = load(automation('per = "x"\n' + WAIT))

    assert "s3cr3t" not in config.automations["a"].definition
