"""A page is a story: its blocks happen in their order, in a folder of its own.

- A block with a ``title`` is written into the file of that name.
- ``toml`` without a title, or for ``crosstie.toml``, is checked; see `tests.docs.configs`.
- ``python`` is executed.
- ``console`` is run, command by command, and must print what stands under each command, where `…`
  stands for anything; see `tests.docs.shell`. ``^C`` is Ctrl-C, and a command that ends in ``&``
  goes on in the background, once it has printed what stands under it.

Pages stay as a reader needs them: what is at ``https://shop.example``, ``https://crm.example`` or
Connectif's own address is played here, and the ports of sandboxes and servers that a page starts
are exchanged for free ones.
"""

import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import attrs
from tests.docs.blocks import ROOT, Block, Command, blocks, commands, name_of
from tests.docs.configs import Configs
from tests.docs.shell import Shell, StoryError
from tests.docs.workshop import workshop

from crosstie.sandbox import Sandbox, serve
from crosstie_connectif.sandbox import KEY_SECRET, ConnectifSandbox
from crosstie_prestashop.sandbox import DEFAULT_KEY, PrestaShopSandbox, generate
from crosstie_vtiger.sandbox import VtigerSandbox

PORT = re.compile(r"(?:--port |^port = )(\d{4,5})", re.MULTILINE)
CACHES = ("__pycache__", ".*_cache", "dist")
QUIET = datetime(2026, 11, 1, 9, tzinfo=UTC)
SECRETS = {
    "SHOP_KEY": DEFAULT_KEY,
    "CRM_KEY": "sandboxAccessKey",
    "CONNECTIF_SECRET": KEY_SECRET,
}
TOOLS = Path(sys.executable).parent
CONFIG = "crosstie.toml"
FILES = frozenset({"toml", "python", "ini", "json", "text"})
SHOWN = frozenset({"text", "layers"})
"""Languages of blocks without a title that are only shown: neither code nor commands."""


def _shop(seed: int) -> Callable[[], Sandbox]:
    return lambda: PrestaShopSandbox(generate(customers=12, orders=9, seed=seed, now=QUIET))


PLAYED: Mapping[str, Callable[[], Sandbox]] = {
    "https://shop.example": _shop(1),
    "https://boutique.example": _shop(2),
    "https://crm.example": lambda: VtigerSandbox(username="sync"),
    "https://api.connectif.cloud": ConnectifSandbox,
}
"""The systems of all pages, each played for a page that runs commands on it."""


@attrs.define
class Story:
    """A page being told. `exchanged` maps what the page says to what is really there."""

    page: Path
    shell: Shell
    exchanged: Mapping[str, str]
    _configs: Configs = attrs.field(factory=Configs)

    def tell(self) -> None:
        """Let every block happen; raises `StoryError` at the first that does not."""
        for block in blocks(self.page):
            if block.not_run is None:
                try:
                    self._happen(block)
                except Exception as error:
                    error.add_note(f"in {name_of(self.page)}, in the block at line {block.line}")
                    raise

    def _happen(self, block: Block) -> None:
        if block.title is not None:
            if block.language not in FILES:
                raise StoryError(f"a {block.language} block cannot be written into a file")
            path = self.shell.where / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._real(block.text), encoding="utf-8")
        if block.language == "toml" and block.title in {None, CONFIG}:
            self._configs.check(block.text, self.shell.where)
        elif block.language == "python" and block.title is None:
            path = self.shell.state / f"line-{block.line}.py"
            path.write_text(self._real(block.text), encoding="utf-8")
            self.shell.run(Command(block.line, f"python {path}", ()))
        elif block.language == "console":
            for command in commands(block):
                self.shell.run(self._exchange(command))
        elif block.title is None and block.language not in SHOWN:
            raise StoryError(f"no block is known to run as {block.language or 'nothing'!r}")

    def _exchange(self, command: Command) -> Command:
        return attrs.evolve(
            command, text=self._real(command.text), output=tuple(map(self._real, command.output))
        )

    def _real(self, text: str) -> str:
        for said, real in self.exchanged.items():
            text = text.replace(said, real)
        return text


@contextmanager
def story(page: Path, folder: Path, environ: Mapping[str, str] | None = None) -> Iterator[Story]:
    """A page to be told below `folder`, by default with the tools that the tests run with.

    The README of a package that installs itself is told in a copy of it.
    """
    place = folder / "place"
    told = [block for block in blocks(page) if block.not_run is None]
    installs = any("pip install" in block.text for block in told)
    if installs and page.parent != ROOT and (page.parent / "pyproject.toml").exists():
        shutil.copytree(page.parent, place, ignore=shutil.ignore_patterns(*CACHES))
    else:
        place.mkdir(parents=True)
    with ExitStack() as stack:
        exchanged = dict(_free_ports(told))
        if any(block.language == "console" for block in told):
            for address, sandbox in PLAYED.items():
                if any(address in block.text for block in told):
                    exchanged[address] = stack.enter_context(serve(sandbox())).url
        if environ is None:
            environ = _environment()
            if installs:
                environ = workshop(folder / "workshop", environ)
        shell = Shell(place, folder / "shell", environ)
        stack.callback(shell.close)
        yield Story(page, shell, exchanged)


def _environment() -> dict[str, str]:
    own = {name: text for name, text in os.environ.items() if not name.startswith("CROSSTIE_")}
    return {**own, **SECRETS, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}


def _free_ports(told: Iterable[Block]) -> Iterator[tuple[str, str]]:
    """A free port for each that a page gives to a sandbox, all of them different."""
    wanted = dict.fromkeys(port for block in told for port in PORT.findall(block.text))
    with ExitStack() as stack:
        for port in wanted:
            probe = stack.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            yield port, str(probe.getsockname()[1])
