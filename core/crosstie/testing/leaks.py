"""Whether a secret shows where it must not: in the log, in errors, in the state's files."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from crosstie.testing.rig import Bench

CARRIERS = ("authorization", "cookie", "x-api-key", "x-auth-token")
"""Headers whose values are secrets, however a connector has come by them."""


def leaks(bench: Bench, **texts: str) -> list[str]:
    """Where a secret of the system shows: in one of these texts, by name, or in a kept file.

    Secrets are the rig's, and whatever the connector has sent to sign its requests.
    """
    secrets = {*bench.secrets(), *_sent(bench)}
    kept = {str(path.relative_to(bench.folder)): path for path in _files(bench.folder)}
    return [
        *(f"{name}: {_around(text, secret)}" for name, text, secret in _in(texts, secrets)),
        *(
            f"the file {name}"
            for name, path in kept.items()
            if any(secret.encode() in path.read_bytes() for secret in secrets)
        ),
    ]


def _sent(bench: Bench) -> Iterator[str]:
    for request in bench.server.log or ():
        for name in CARRIERS:
            value = request.headers.get(name, "").split(" ")[-1]
            if len(value) >= 8:  # a shorter one is found everywhere
                yield value


def _in(texts: Mapping[str, str], secrets: set[str]) -> Iterator[tuple[str, str, str]]:
    for name, text in texts.items():
        for secret in sorted(secrets):
            if secret in text:
                yield name, text, secret


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _around(text: str, secret: str) -> str:
    """The line in which the secret stands, without it."""
    line = next(line for line in text.splitlines() if secret in line)
    return line.replace(secret, "***").strip()
