"""A config is read as a whole: every mistake in it is told at once, and nothing is coerced."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crosstie import ConfigError, PluginError, Secret
from crosstie.config import Config, load_config
from crosstie.plugins import Plugins

SHOP = """
[systems.shop]
use = "acme"
url = "https://shop.example"
token = { env = "TOKEN" }
"""
CRM = SHOP.replace("shop", "crm")
FLOW = """
[flows.customers]
read = "shop.customers"
write = "crm.customers"
"""
GOOD = SHOP + CRM + FLOW
ENVIRON = {
    "TOKEN": "t0k3n",
    "EMPTY": "",
    "PAGES": "5",
    "URL": "https://env.example",
    "HARD": 'aż"/+ b',
}

Load = Callable[[str], Config]
Tell = Callable[[str], list[str]]


@pytest.fixture
def load(tmp_path: Path, acme: Plugins, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load a config from its text, as `crosstie.toml` in the current folder."""
    monkeypatch.chdir(tmp_path)

    def load(text: str) -> Config:
        path = Path("crosstie.toml")
        path.write_text(text, encoding="utf-8")
        return load_config(path, acme, ENVIRON)

    return load


@pytest.fixture
def mistakes(load: Load) -> Tell:
    """Every mistake in a config, without the file's name and the plugins that are to blame."""

    def mistakes(text: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(text)
        told = [line for line in caught.value.mistakes if not line.startswith("plugin ")]
        assert all(line.startswith("crosstie.toml: ") for line in told)
        return [line.removeprefix("crosstie.toml: ") for line in told]

    return mistakes


def test_a_small_config_is_complete(load: Load) -> None:
    config = load(GOOD)
    flow = config.flows["customers"]
    assert (flow.source, flow.stream, flow.sink, flow.table) == (
        "shop",
        "customers",
        "crm",
        "customers",
    )
    assert (flow.every, flow.reconcile, flow.on_delete) == (None, timedelta(hours=24), "keep")
    assert (flow.match, flow.set, flow.mapping, flow.filters) == ((), {}, None, {})
    assert config.state == Path("crosstie.db")
    assert config.keep_outcomes == timedelta(days=90)
    assert config.secrets == ("t0k3n",)
    shop = config.systems["shop"]
    assert (shop.name, shop.kind, shop.identity) == ("shop", "acme", "shop")
    assert shop.connector == attrs_of(shop.connector, url="https://shop.example")


def attrs_of(connector: Any, **given: Any) -> Any:
    return type(connector)(token=Secret("t0k3n"), **given)


def test_every_kind_of_setting_is_read(load: Load, tmp_path: Path) -> None:
    connector = load(
        SHOP
        + """
        pages = 5
        strict = true
        rate = "10.50"
        timeout = "2m"
        settle = "0s"
        workers = 4
        identity = "acme-shops"
        zone = "Europe/Paris"
        folder = "out"
        mode = "fast"
        tags = ["a", "b"]
        headers = { X-One = "1", X-Url = { env = "URL" } }
        """
    ).systems["shop"]
    assert connector.identity == "acme-shops"
    assert connector.connector == attrs_of(
        connector.connector,
        url="https://shop.example",
        pages=5,
        strict=True,
        rate=Decimal("10.50"),
        timeout=timedelta(minutes=2),
        settle=timedelta(0),
        workers=4,
        identity="acme-shops",
        zone=ZoneInfo("Europe/Paris"),
        folder=Path("out"),
        mode="fast",
        tags=("a", "b"),
        headers={"X-One": "1", "X-Url": "https://env.example"},
    )


def test_every_key_of_a_flow_is_read(load: Load) -> None:
    flow = load(
        SHOP
        + CRM
        + """
        [flows.customers]
        read = "shop.customers"
        write = "crm.customers"
        every = "30m"
        mapping = "shout"
        match = ["email", "shop"]
        reconcile = "7d"
        on_delete = "mark"
        set.name = "{{ customer.lastname }}"
        set.count = 5
        set.on = true
        set.day = 2026-11-21
        set.at = 2026-11-21T10:00:00Z
        mark.gone = "yes"
        filters.status = ["shipped", "delivered"]
        """
    ).flows["customers"]
    assert (flow.every, flow.reconcile) == (timedelta(minutes=30), timedelta(days=7))
    assert flow.mapping is not None
    assert flow.mapping.__name__ == "shout"
    assert flow.match == ("email", "shop")
    assert flow.filters == {"status": ("shipped", "delivered")}
    assert {name: template.source for name, template in flow.mark.items()} == {"gone": "yes"}
    assert {name: template.render({}) for name, template in flow.set.items() if name != "name"} == {
        "count": 5,
        "on": True,
        "day": date(2026, 11, 21),
        "at": datetime(2026, 11, 21, 10, tzinfo=UTC),
    }
    assert flow.set["name"].source == "{{ customer.lastname }}"


def test_reconciling_can_be_switched_off(load: Load) -> None:
    assert load(GOOD + "reconcile = false").flows["customers"].reconcile is None


def test_the_top_of_the_file_is_read(load: Load) -> None:
    config = load('state = "var/state.db"\nkeep_outcomes = "7d"\n' + GOOD)
    assert config.state == Path("var/state.db")
    assert config.keep_outcomes == timedelta(days=7)


def test_paths_and_secret_files_are_beside_the_config(tmp_path: Path, acme: Plugins) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "token").write_text("from a file\n")
    text = SHOP.replace('{ env = "TOKEN" }', '{ file = "token" }') + 'folder = "out"'
    (folder / "crosstie.toml").write_text(text)
    config = load_config(folder / "crosstie.toml", acme, {})
    connector: Any = config.systems["shop"].connector
    assert connector.token.reveal() == "from a file"
    assert connector.folder == folder / "out"
    assert config.state == folder / "crosstie.db"
    assert "from a file" in config.secrets


@pytest.mark.parametrize(
    ("content", "secret"),
    [(b"a b \n", "a b "), (b"a\r\n", "a"), (b"a\n\n", "a\n"), ("ключ".encode(), "ключ")],
)
def test_a_secret_file_loses_one_line_end_and_nothing_else(
    load: Load, tmp_path: Path, content: bytes, secret: str
) -> None:
    (tmp_path / "token").write_bytes(content)
    config = load(SHOP.replace('{ env = "TOKEN" }', '{ file = "token" }'))
    connector: Any = config.systems["shop"].connector
    assert connector.token == Secret(secret)


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("TOKEN", ("t0k3n",)),
        ("HARD", (r"a\u017c\"/+ b", "a%C5%BC%22%2F%2B%20b", "a%C5%BC%22%2F%2B+b", 'aż"/+ b')),
    ],
)
def test_a_secret_is_known_in_every_form_in_which_it_could_show(
    load: Load, name: str, forms: tuple[str, ...]
) -> None:
    secrets = load(SHOP.replace("TOKEN", name)).secrets
    assert sorted(secrets) == sorted(forms)
    assert list(map(len, secrets)) == sorted(map(len, forms), reverse=True)


def test_a_secret_shows_nowhere(load: Load) -> None:
    assert "t0k3n" not in repr(load(GOOD))


def test_a_windows_file_is_read(tmp_path: Path, acme: Plugins) -> None:
    path = tmp_path / "crosstie.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert "customers" in load_config(path, acme, ENVIRON).flows


def test_the_file_is_left_as_it_is(load: Load, tmp_path: Path) -> None:
    load(GOOD)
    assert (tmp_path / "crosstie.toml").read_text() == GOOD
    assert [path.name for path in tmp_path.iterdir()] == ["crosstie.toml"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a = [", "not TOML: Invalid value (at line 1, column 6, where the text ends)"),
        (b"\na = 'x\n'", "not TOML: Found invalid character '\\n' (at line 2, column 7)"),
        (b"a = 1\na = 2\n", "not TOML: Cannot overwrite a value (at line 2, column 6)"),
        (b"a = 1\nb = '\xff'", "line 2 is not UTF-8 text: save it as UTF-8"),
        (b"#" * 2_000_000, "larger than 1048576 bytes, so it is hardly a config"),
    ],
)
def test_a_file_that_is_not_toml_is_told_with_its_place(
    tmp_path: Path, acme: Plugins, content: bytes, sentence: str
) -> None:
    path = tmp_path / "crosstie.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(path, acme, {})
    assert caught.value.mistakes == (f"{path}: {sentence}",)


def test_a_file_that_is_not_there_is_told_with_what_to_do(tmp_path: Path, acme: Plugins) -> None:
    with pytest.raises(ConfigError, match="there is no such file; `crosstie init` writes one"):
        load_config(tmp_path / "crosstie.toml", acme, {})
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path, acme, {})


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", ['there are no systems: each one is a table [systems.NAME] with use = "KIND"']),
        ("stat = 'x'\n" + GOOD, ["stat: unknown setting; did you mean 'state'?"]),
        (GOOD + "[flow.x]", ["[flow]: unknown table; did you mean 'flows'?"]),
        (
            GOOD + "[automations]\nx = 'y'",
            ['[automations] x: expected a table, found the text "y"'],
        ),
        (
            SHOP.replace("shop", "crosstie", 1),
            [
                "[systems.crosstie]: a system cannot be called that:"
                " crosstie.NAME is an event that automations emit"
            ],
        ),
        (
            "keep_outcomes = 90\n" + GOOD,
            [
                'keep_outcomes: expected a duration such as "30s", "5m", "24h" or "2d",'
                " found the number 90"
            ],
        ),
        (
            "systems = 1",
            [
                "systems: expected tables [systems.NAME], found the number 1",
                'there are no systems: each one is a table [systems.NAME] with use = "KIND"',
            ],
        ),
        ("flows = []\n" + SHOP, ["flows: expected tables [flows.NAME], found a list"]),
        ("systems.shop = 1", ["[systems] shop: expected a table, found the number 1"]),
        (SHOP + "[flows]\nx = 'y'", ['[flows] x: expected a table, found the text "y"']),
    ],
)
def test_a_mistake_in_the_outline_is_told(mistakes: Tell, text: str, sentences: list[str]) -> None:
    assert mistakes(text) == sentences


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('tiemout = "30s"', "tiemout: unknown setting; did you mean 'timeout'?"),
        ("pages = 5.9", "pages: expected a whole number, found the number 5.9"),
        ("pages = 5.0", "pages: expected a whole number, found the number 5.0"),
        ('pages = "5"', 'pages: expected a whole number, found the text "5"'),
        ("pages = true", "pages: expected a whole number, found true"),
        ('pages = { env = "PAGES" }', "pages: expected a whole number, found a table"),
        ("strict = 1", "strict: expected true or false, found the number 1"),
        ('strict = "true"', 'strict: expected true or false, found the text "true"'),
        (
            "rate = 10.5",
            'rate: expected a decimal number in quotes, such as "10.5", or a whole number,'
            " found the number 10.5",
        ),
        (
            'rate = "10,5"',
            'rate: expected a decimal number in quotes, such as "10.5", or a whole number,'
            ' found the text "10,5"',
        ),
        (
            "timeout = 30",
            'timeout: expected a duration such as "30s", "5m", "24h" or "2d", found the number 30',
        ),
        (
            'timeout = "1h30m"',
            'timeout: expected a duration such as "30s", "5m", "24h" or "2d",'
            ' found the text "1h30m"',
        ),
        ('timeout = "999999999d"', 'timeout: expected at most 3650d, found the text "999999999d"'),
        ('timeout = "0s"', "timeout: expected more than no time at all"),
        ("workers = 0", "workers: expected 1 to 64, found the number 0"),
        ('identity = ""', "identity: expected a name, found an empty text"),
        (
            'zone = "Europe/Pari"',
            'zone: expected a time zone such as "Europe/Paris", found the text "Europe/Pari";'
            " did you mean 'Europe/Paris'?",
        ),
        (
            'zone = "../../etc/passwd"',
            'zone: expected a time zone such as "Europe/Paris", found the text "../../etc/passwd"',
        ),
        ('folder = ""', 'folder: expected a path, as text, found the text ""'),
        ('mode = "quick"', "mode: expected one of 'fast', 'careful', found the text \"quick\""),
        ("mode = false", "mode: expected one of 'fast', 'careful', found false"),
        ('tags = "a"', 'tags: expected a list of texts, found the text "a"'),
        ('tags = ["a", 5]', "tags: expected a list of texts, found the number 5 in it"),
        ("headers = 5", "headers: expected a table of texts, found the number 5"),
        (
            "identity = 2026-11-21T10:00:00",
            "identity: expected text, found the time 2026-11-21 10:00:00, which has no zone",
        ),
        ("identity = 10:00:00", "identity: expected text, found the time 10:00:00"),
        ("identity = 2026-11-21", "identity: expected text, found the date 2026-11-21"),
        (
            'identity = { evn = "URL" }',
            'identity: expected { env = "NAME" } or { file = "path" }; did you mean \'env\'?',
        ),
        (
            'identity = { env = "URL", file = "x" }',
            'identity: expected { env = "NAME" } or { file = "path" }',
        ),
        ("identity = { env = 5 }", "identity: env: expected text, found the number 5"),
        ('identity = { env = "NOPE" }', "identity: the environment variable 'NOPE' is not set"),
        (
            'identity = { env = "TOKN" }',
            "identity: the environment variable 'TOKN' is not set; did you mean 'TOKEN'?",
        ),
        ('identity = { env = "EMPTY" }', "identity: the environment variable 'EMPTY' is empty"),
        (
            'identity = { file = "nope" }',
            "identity: the file nope cannot be read: No such file or directory",
        ),
        ('identity = { file = "." }', "identity: the file . cannot be read: Is a directory"),
        ('identity = { file = "" }', 'identity: expected a path, as text, found the text ""'),
        (
            'identity = { file = "a\\u0000" }',
            'identity: expected a path, as text, found the text "a�"',
        ),
        (
            'folder = "~nobody-of-that-name/x"',
            'folder: Could not determine home directory., for the text "~nobody-of-that-name/x"',
        ),
    ],
)
def test_a_wrong_setting_is_told_with_what_was_expected_and_found(
    mistakes: Tell, line: str, sentence: str
) -> None:
    assert mistakes(SHOP + line) == [f"[systems.shop] {sentence}"]


def test_a_wrong_value_in_a_table_is_told_with_its_own_field(mistakes: Tell) -> None:
    assert mistakes(SHOP + 'headers = { a = 1, b = true, "c d" = 2.5 }') == [
        "[systems.shop.headers] a: expected text, found the number 1",
        "[systems.shop.headers] b: expected text, found true",
        '[systems.shop.headers] "c d": expected text, found the number 2.5',
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"a" * 70_000, "is larger than 65536 bytes"),
    ],
)
def test_a_secret_file_that_holds_no_secret_is_told(
    mistakes: Tell, tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "token").write_bytes(content)
    text = SHOP.replace('{ env = "TOKEN" }', '{ file = "token" }')
    assert mistakes(text) == [f"[systems.shop] token: the file token {reason}"]


def test_a_secret_in_the_config_is_refused_and_not_repeated(mistakes: Tell) -> None:
    (sentence,) = mistakes(SHOP.replace('{ env = "TOKEN" }', '"t0k3n"'))
    assert sentence == (
        "[systems.shop] token: a secret does not stand in the config: put it into an environment"
        ' variable and write { env = "NAME" }, or into a file and write { file = "path" }'
    )


def test_what_comes_from_elsewhere_is_not_repeated(mistakes: Tell) -> None:
    assert mistakes(SHOP + 'timeout = { env = "TOKEN" }') == [
        '[systems.shop] timeout: expected a duration such as "30s", "5m", "24h" or "2d",'
        " found what stands in the environment variable 'TOKEN'"
    ]


def test_a_missing_setting_is_told_with_its_documentation(mistakes: Tell) -> None:
    assert mistakes('[systems.shop]\nuse = "acme"') == [
        "[systems.shop] url: missing: expected text (Address of the service, with https://)",
        '[systems.shop] token: missing: expected a secret, as { env = "NAME" } or'
        ' { file = "path" } (API token, from Settings > API)',
    ]


def test_a_connectors_own_check_is_told(mistakes: Tell) -> None:
    assert mistakes(SHOP + "pages = 0") == ["[systems.shop]: pages must be at least 1, not 0"]


def test_an_unknown_kind_is_told_with_the_nearest(mistakes: Tell) -> None:
    assert mistakes('[systems.shop]\nuse = "acne"') == [
        "[systems.shop] use: no plugin offers 'acne'; did you mean 'acme'?"
    ]


@pytest.mark.parametrize(
    ("line", "found"), [("", "nothing"), ("use = 5", "the number 5"), ("use = []", "a list")]
)
def test_a_system_without_a_kind_is_told_which_there_are(
    mistakes: Tell, line: str, found: str
) -> None:
    (sentence,) = mistakes(f"[systems.shop]\n{line}")
    assert sentence.startswith("[systems.shop] use: expected the kind of system (acme, ")
    assert sentence.endswith(f"), found {found}")


def test_a_plugin_that_cannot_be_loaded_is_named_where_it_may_be_meant(
    tmp_path: Path, acme: Plugins
) -> None:
    broken = PluginError("plugin 'zinc' (zinc 1.2) cannot be used: OSError: no licence")
    plugins = attrs.evolve(acme, failures=(broken,))
    path = tmp_path / "crosstie.toml"
    path.write_text('[systems.a]\nuse = "zinc"\n[systems.b]\nuse = "zinc"')
    with pytest.raises(ConfigError) as caught:
        load_config(path, plugins, {})
    assert caught.value.mistakes[-1] == str(broken)
    assert caught.value.mistakes.count(str(broken)) == 1
    path.write_text(SHOP)
    assert load_config(path, plugins, ENVIRON).systems["shop"].kind == "acme"


PLACES = '[systems.drop]\nuse = "drop"\n[systems.feed]\nuse = "feed"\n'


@pytest.mark.parametrize(
    ("read", "write", "sentence"),
    [
        (
            "shop.custmers",
            "crm.customers",
            "read: acme has no stream 'custmers'; did you mean 'customers'?",
        ),
        (
            "shop.customers",
            "crm.ordres",
            "write: acme has no table 'ordres'; did you mean 'orders'?",
        ),
        ("shap.customers", "crm.customers", "read: unknown system 'shap'; did you mean 'shop'?"),
        ("shop.customers", "cms.customers", "write: unknown system 'cms'; did you mean 'crm'?"),
        ("drop.x", "crm.customers", "read: 'drop' is a drop, which has no streams to read"),
        ("shop.customers", "feed.news", "write: 'feed' is a feed, which has no tables to write"),
    ],
)
def test_a_flow_between_what_is_not_there_is_told(
    mistakes: Tell, read: str, write: str, sentence: str
) -> None:
    flow = f'[flows.x]\nread = "{read}"\nwrite = "{write}"'
    assert mistakes(SHOP + CRM + PLACES + flow) == [f"[flows.x] {sentence}"]


def test_a_system_may_have_tables_of_any_name(load: Load) -> None:
    config = load(SHOP + PLACES + '[flows.x]\nread = "shop.orders"\nwrite = "drop.My Table.v2"')
    assert config.flows["x"].table == "My Table.v2"


@pytest.mark.parametrize("place", ['"shop"', '"shop."', '".customers"', '""', "5", '["a", "b"]'])
def test_a_place_of_the_wrong_form_is_told(mistakes: Tell, place: str) -> None:
    (sentence,) = mistakes(SHOP + CRM + f'[flows.x]\nread = {place}\nwrite = "crm.customers"')
    expected = '[flows.x] read: expected "system.name", such as "shop.customers", found '
    assert sentence.startswith(expected)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("evry = '5m'", "[flows.customers] evry: unknown setting; did you mean 'every'?"),
        ("every = '0m'", "[flows.customers] every: expected more than no time at all"),
        (
            "every = 300",
            '[flows.customers] every: expected a duration such as "30s", "5m", "24h" or "2d",'
            " found the number 300",
        ),
        ("reconcile = '0h'", "[flows.customers] reconcile: expected more than no time at all"),
        (
            "reconcile = true",
            '[flows.customers] reconcile: expected a duration such as "30s", "5m", "24h" or "2d",'
            " or false, found true",
        ),
        (
            "mapping = 'shuot'",
            "[flows.customers] mapping: unknown mapping 'shuot'; did you mean 'shout'?",
        ),
        (
            "match = []",
            "[flows.customers] match: expected the names of one or more different fields",
        ),
        (
            "match = ['a', 'a']",
            "[flows.customers] match: expected the names of one or more different fields",
        ),
        (
            "on_delete = 'mark'",
            '[flows.customers] mark: missing: on_delete = "mark" needs the fields that mark a row',
        ),
        ("mark.gone = 'x'", '[flows.customers] mark: has no effect unless on_delete = "mark"'),
        (
            "on_delete = 'del'",
            "[flows.customers] on_delete: expected one of 'keep', 'mark', 'delete',"
            ' found the text "del"',
        ),
        (
            "filters.status = 'shipped'",
            '[flows.customers.filters] status: expected a list of texts, found the text "shipped"',
        ),
        ("filters.status = []", "[flows.customers.filters] status: expected at least one value"),
        (
            "set.a = '{{ x | uper }}'",
            "[flows.customers.set] a: unknown filter 'uper'; did you mean 'upper'?,"
            " in the template '{{ x | uper }}'",
        ),
        (
            "set.a = '{{ custmer.email }}'",
            "[flows.customers.set] a: 'custmer' is not known here; did you mean 'customer'?",
        ),
        (
            "set.a = '{{ customer.lastnam }}'",
            "[flows.customers.set] a: Customer has no 'lastnam'; did you mean 'lastname'?",
        ),
        (
            "on_delete = 'mark'\nmark.a = '{{ customer.email }}'",
            "[flows.customers.mark] a: 'customer' is not known here; there is 'key'",
        ),
        (
            "set.a = 1.5",
            "[flows.customers.set] a: expected text, a template, a whole number, true or false,"
            " a date or a time with a zone, found the number 1.5",
        ),
        (
            "set.a = 2026-11-21T10:00:00",
            "[flows.customers.set] a: expected text, a template, a whole number, true or false,"
            " a date or a time with a zone,"
            " found the time 2026-11-21 10:00:00, which has no zone",
        ),
        (
            "set = 'x'",
            '[flows.customers] set: expected a table of texts or templates, found the text "x"',
        ),
    ],
)
def test_a_mistake_in_a_flow_is_told(mistakes: Tell, line: str, sentence: str) -> None:
    assert mistakes(GOOD + line) == [sentence]


@pytest.mark.parametrize("name", ['"a b"', '"a.b"', '""', '"ł"', '"1a"', f'"{"a" * 64}"', '"a\\n"'])
def test_a_flow_or_system_with_a_strange_name_is_told(mistakes: Tell, name: str) -> None:
    flow = f'[flows.{name}]\nread = "shop.customers"\nwrite = "crm.customers"'
    (sentence,) = mistakes(SHOP + CRM + flow)
    assert "a flow cannot be called that: a name is 1 to 63 letters, digits, - and _" in sentence
    (sentence,) = mistakes(SHOP.replace("systems.shop", f"systems.{name}"))
    assert "a system cannot be called that: a name is 1 to 63 letters" in sentence


def test_all_mistakes_are_told_at_once_and_none_hides_another(mistakes: Tell) -> None:
    told = mistakes(
        """
        stat = "x"
        [systems.shop]
        use = "acme"
        pages = "many"
        tokn = "x"
        [systems.crm]
        use = "acne"
        [flows.one]
        read = "shop.custmers"
        write = "crm.anything"
        every = 5
        set.a = "{{"
        [flows.two]
        read = "nowhere.customers"
        on_delete = "mark"
        """
    )
    assert [line.rpartition(": ")[0].split(":")[0] for line in told] == [
        "stat",
        "[systems.shop] pages",
        "[systems.shop] tokn",
        "[systems.shop] url",
        "[systems.shop] token",
        "[systems.crm] use",
        "[flows.one] every",
        "[flows.one.set] a",
        "[flows.one] read",
        "[flows.two] write",
        "[flows.two] read",
        "[flows.two] mark",
    ]


def test_a_long_text_is_told_in_short(mistakes: Tell) -> None:
    (sentence,) = mistakes(SHOP + f'timeout = "{"x" * 1000}"')
    assert len(sentence) < 200


RIGHT: Mapping[str, Callable[[Any], bool]] = {
    "pages": lambda value: type(value) is int and value > 0,
    "strict": lambda value: type(value) is bool,
    "identity": lambda value: type(value) is str and value != "",
    "tags": lambda value: type(value) is list and all(type(one) is str for one in value),
}
WRITTEN = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return repr(value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.sampled_from(sorted(RIGHT)), WRITTEN)
@example("pages", True)
@example("pages", 5.0)
def test_a_setting_takes_exactly_its_own_type(load: Load, name: str, value: Any) -> None:
    text = SHOP + f"{name} = {toml(value)}"
    if RIGHT[name](value):
        read = getattr(load(text).systems["shop"].connector, name)
        assert read == (tuple(value) if isinstance(value, list) else value)
    else:
        with pytest.raises(ConfigError) as caught:
            load(text)
        assert f"[systems.shop] {name}" in str(caught.value) or "pages must be" in str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.text(max_size=60))
def test_any_text_that_is_no_config_is_told_as_mistakes(load: Load, text: str) -> None:
    with pytest.raises(ConfigError):
        load(text.encode("utf-8", "replace").decode())
