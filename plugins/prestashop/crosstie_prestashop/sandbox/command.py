"""``crosstie sandbox prestashop``: a PrestaShop on this machine, until it is stopped."""

import re
from pathlib import Path

import click
from click.core import ParameterSource

from crosstie.sandbox import Sandbox, Server, play
from crosstie_prestashop.sandbox.control import Control
from crosstie_prestashop.sandbox.generate import generate
from crosstie_prestashop.sandbox.keys import DEFAULT_KEY
from crosstie_prestashop.sandbox.shop import Shop
from crosstie_prestashop.sandbox.webservice import PrestaShopSandbox

VERSIONS = ("8.2.1", "1.7.8.11", "9.0.3")


def _seconds(ctx: click.Context, param: click.Parameter, value: str) -> float:
    parts = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|)", value)
    if parts is None:
        raise click.BadParameter(f"{value!r} is not a duration like 50ms or 0.2s")
    return float(parts[1]) / (1000 if parts[2] == "ms" else 1)


def _key(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if len(value) != 32:
        raise click.BadParameter(f"a key has 32 characters, this one {len(value)}")
    return value


@click.command()
@click.option("--port", type=int, default=0, help="Port to listen on; 0 takes a free one.")
@click.option("--customers", type=int, default=200, show_default=True, help="How many to make up.")
@click.option("--orders", type=int, default=500, show_default=True, help="How many to make up.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another shop.")
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Fill the shop from <resource>.json.gz files instead.",
)
@click.option(
    "--version",
    type=click.Choice(VERSIONS),
    default=VERSIONS[0],
    show_default=True,
    help="Which PrestaShop to play.",
)
@click.option("--latency", callback=_seconds, default="0", help="Added to each answer: 50ms.")
@click.option("--row-cost", callback=_seconds, default="0", help="Added for each record read.")
@click.option("--key", callback=_key, default=DEFAULT_KEY, help="The key, of 32 characters.")
@click.option("--control", is_flag=True, help="Open a back door at /_sandbox/.")
@click.pass_context
def prestashop(
    ctx: click.Context,
    *,
    port: int,
    customers: int,
    orders: int,
    seed: int,
    folder: Path | None,
    version: str,
    latency: float,
    row_cost: float,
    key: str,
    control: bool,
) -> None:
    """Play a PrestaShop on 127.0.0.1 until stopped.

    Prints one line with its URL and key as soon as it answers.
    """
    given = [name for name in ("customers", "orders", "seed") if _given(ctx, name)]
    if folder and given:
        raise click.UsageError(f"--from fills the shop, so --{given[0]} has no meaning with it.")
    shop = Shop.load(folder) if folder else generate(customers=customers, orders=orders, seed=seed)
    sandbox = PrestaShopSandbox(shop, version=version, key=key, row_seconds=row_cost)
    _play(sandbox, Control(sandbox) if control else sandbox, port, latency)


def _given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is not ParameterSource.DEFAULT


def _play(sandbox: PrestaShopSandbox, served: Sandbox, port: int, latency: float) -> None:
    def begin(server: Server) -> None:
        sandbox.domain = server.host
        if isinstance(served, Control):
            served.server = server
        click.echo(f"PrestaShop {sandbox.version} sandbox: {server.url} key {sandbox.key.text}")

    play(served, begin, port=port, latency=latency)
