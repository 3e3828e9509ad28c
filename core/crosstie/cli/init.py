"""`crosstie init`."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from crosstie.cli.arguments import complete_kinds, from_text
from crosstie.cli.asking import asked, on_terminal
from crosstie.cli.printing import clean
from crosstie.cli.session import CONFIG, Session, pass_session
from crosstie.config import STATE
from crosstie.config_values import Values
from crosstie.errors import ConfigError
from crosstie.first_config import first_config
from crosstie.introducing import Introduction, drafted, introduced
from crosstie.mistakes import suggestion
from crosstie.new_files import NewFiles, all_or_nothing
from crosstie.new_systems import NewSystem, new_systems
from crosstie.settings import Secret
from crosstie.vault import Vault, new_key

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NOT_LOOKED_AT = 1
"""The exit code when a system could not be looked at."""


@click.command
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write it; made if it is not there.",
)
@click.option("--from", "source", shell_complete=complete_kinds, help="The kind that is read.")
@click.option("--to", "sink", shell_complete=complete_kinds, help="The kind that is written.")
@click.option(
    "--set",
    "texts",
    metavar="SYSTEM.SETTING=VALUE",
    multiple=True,
    help="A setting, such as shop.url=https://shop.example; may be repeated.",
)
@click.option(
    "--secret",
    "secrets",
    metavar="SYSTEM.SETTING=WHERE",
    multiple=True,
    help="Where a secret is: the name of an environment variable, or a file's path with a / in it,"
    " from the config's folder; may be repeated.",
)
@pass_session
def init(
    session: Session,
    /,
    *,
    folder: Path | None,
    source: str | None,
    sink: str | None,
    texts: tuple[str, ...],
    secrets: tuple[str, ...],
) -> int:
    """Write a first config, with comments.

    With --from and --to it asks on a terminal for every setting that these kinds need, looks at
    both systems, and writes a config that works. Without a terminal, --set and --secret say what
    is needed; what is missing is left to be filled in.

    Secrets that are typed in go into files of their own, beside the config in `secrets`.
    The project's own key is made beside the config too: keep it secret, and keep a copy.
    Exit code 1: written, but a system could not be looked at.
    """
    path = session.path if folder is None else folder / CONFIG
    if path.exists():
        raise ConfigError([f"{path}: is there already, and init overwrites nothing"])
    kinds = [kind for kind in (source, sink) if kind is not None]
    systems = _with_options(new_systems(session.plugins, kinds), texts, secrets, path.parent)
    asking = bool(systems) and on_terminal()
    if asking:
        systems = _asked(systems, path.parent)
    with all_or_nothing() as new:
        new.folder(path.parent)
        systems, told = _introduced(session, path, systems, asking=asking)
        files = _write_secrets(new, systems, path.parent)
        key = _write_key(new, path.parent)
        new.file(path, first_config(session.plugins, systems, told.advice, told.order))
    for file in files:
        click.echo(f"{file}: written, for nobody else to read")
    if key is not None:
        kept = "coupon codes and kept tokens depend on it"
        click.echo(f"{key}: keep it secret and keep a copy; {kept}")
    filled = systems and not any(system.lacking for system in systems)
    click.echo(f"{path}: written; {'next' if filled else 'fill it in, then'}: crosstie check")
    return NOT_LOOKED_AT if told.failures else 0


def _with_options(
    systems: Sequence[NewSystem], texts: Iterable[str], secrets: Iterable[str], folder: Path
) -> list[NewSystem]:
    """The systems with what the options say; raises `ConfigError` with every mistake in them."""
    by_name = {system.name: system for system in systems}
    values, mistakes = Values(folder, os.environ), []
    for option, given in (*(("--set", one) for one in texts), *(("--secret", s) for s in secrets)):
        place, equals, text = given.partition("=")
        name, dot, setting = place.partition(".")
        if not (equals and dot and text):
            raise click.UsageError(f"{option} {place!r}: expected SYSTEM.SETTING=…")
        if name not in by_name:
            unknown = f"{option} {place}: there will be no system {name!r}"
            mistakes.append(f"{unknown}{suggestion(name, by_name)}")
        elif setting not in by_name[name].settings:
            unknown = f"{option} {place}: unknown setting"
            mistakes.append(f"{unknown}{suggestion(setting, by_name[name].settings)}")
        else:
            system = by_name[name]
            value = _value(option, text, system.settings[setting].type)
            mistakes += system.mistakes_in(setting, value, values)
            by_name[name] = system.with_settings({setting: value})
    if mistakes:
        raise ConfigError(mistakes)
    return list(by_name.values())


def _value(option: str, text: str, declared: Any) -> Any:
    if option == "--set":
        return from_text(declared, text)
    return {"env" if VARIABLE.fullmatch(text) else "file": text}


def _asked(systems: Sequence[NewSystem], folder: Path) -> list[NewSystem]:
    """The systems with what is answered for all that they lack."""
    lacking = [(system, one) for system in systems for one in system.lacking]
    kept = [folder / system.file_of(one.name) for system, one in lacking if one.type is Secret]
    if present := [file for file in kept if file.exists()]:
        raise ConfigError(
            [
                f"{file}: is there already, and init overwrites nothing: remove it"
                for file in present
            ]
        )
    return [asked(one, one.lacking, folder) if one.lacking else one for one in systems]


def _introduced(
    session: Session, path: Path, systems: list[NewSystem], *, asking: bool
) -> tuple[list[NewSystem], Introduction]:
    """What the systems tell, once all is known that they need; asked for again if they refuse."""
    if not systems or any(system.lacking for system in systems):
        return systems, Introduction()
    while True:
        project = drafted(path, systems, session.plugins, os.environ, session.stop)
        session.work_on(project)
        if asking:
            click.echo(f"\nlooking at {' and '.join(system.name for system in systems)} …")
        told = introduced(project)
        for name, reason in told.failures.items():
            click.secho(f"{name}: {clean(reason)}", fg="red", err=True)
        if not (told.failures and asking and click.confirm("Answer again?", default=True)):
            return systems, told
        systems = [
            asked(one, one.required, path.parent) if one.name in told.failures else one
            for one in systems
        ]


def _write_secrets(new: NewFiles, systems: Iterable[NewSystem], folder: Path) -> list[Path]:
    """Write what was typed in and must not be seen; returns the files."""
    files = {
        folder / system.file_of(name): secret
        for system in systems
        for name, secret in system.typed.items()
    }
    for file, secret in files.items():
        if new.folder(file.parent, 0o700):
            new.file(file.parent / ".gitignore", "*\n")
        new.file(file, f"{secret.reveal()}\n", 0o600)
    return list(files)


def _write_key(new: NewFiles, folder: Path) -> Path | None:
    """Make the project's key, and keep it and the state out of git; returns the file if it is new,
    for both are left alone where they are there.
    """
    state = folder / STATE
    key, ignored = Vault.beside(state).key, folder / ".gitignore"
    if not ignored.exists():
        new.file(ignored, f"{state.name}*\n{key.name}\n")
    if key.exists():
        return None
    new.file(key, new_key(), 0o600)
    return key
