"""The stage: tells what happens, and shows real commands with what they really print."""

import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import click

from crosstie import CrosstieError


class StoryError(CrosstieError):
    """Something went otherwise than the story says; the text holds what was printed."""

    exit_code = 1


@attrs.frozen
class Stage:
    """Shows things on the terminal.

    Commands run in `folder` with `environ`; `pause` is how many seconds one may read in between.
    """

    folder: Path
    environ: Mapping[str, str]
    pause: float

    def tell(self, text: str) -> None:
        """Say what comes next."""
        time.sleep(self.pause)
        click.secho(f"\n{text}", bold=True)
        time.sleep(self.pause)

    def show(self, text: str, *, head: int = 40, tail: int = 0) -> None:
        """Show lines; of many, only the first and the last ones."""
        lines = text.splitlines()
        left = len(lines) - head - tail
        if left > 1:
            lines[head : head + left] = [f"   … {left} more lines …"]
        for line in lines:
            click.echo(f"  {line}")

    def crosstie(
        self,
        *arguments: str,
        code: int = 0,
        expect: Sequence[str] = (),
        head: int = 40,
        tail: int = 0,
    ) -> str:
        """Run one command and show it; returns what it printed.

        Raises `StoryError` when it ends with another code than `code`, or prints nothing that
        one of the regular expressions `expect` matches.
        """
        command = f"crosstie {' '.join(arguments)}"
        click.secho(f"$ {command}", fg="cyan")
        done = self._run(arguments)
        missing = [text for text in expect if not re.search(text, done.stdout, re.MULTILINE)]
        if done.returncode != code or missing:
            wanted = "".join(f"\nIt should have printed: {text}" for text in missing)
            raise StoryError(
                f"`{command}` ended with {done.returncode}, the story says {code}.{wanted}\n"
                f"It printed:\n{done.stdout}"
            )
        self.show(done.stdout, head=head, tail=tail)
        return done.stdout

    def _run(self, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 (our own program)
            [*PROGRAM, *arguments],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


PROGRAM = (sys.executable, "-m", "crosstie.cli")
