"""A shell that follows a page: each command in a bash of its own, with what the last one left."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs
from tests.docs.blocks import Command

PATIENCE = 180.0
"""Seconds after which a command, or a line that it should print, has not come."""

FOREGROUND = """\
. {state}/environment 2> /dev/null; cd "$(cat {state}/folder)"; (exit {code})
{command}
code=$?; export -p > {state}/environment; pwd > {state}/folder; exit $code
"""
BACKGROUND = """\
. {state}/environment 2> /dev/null; cd "$(cat {state}/folder)"
trap true TERM
{command}
wait; wait  # the first one ends with the signal, the second one with the program
"""


class StoryError(AssertionError):
    """A command did not do what its page says."""


@attrs.define
class Shell:
    """Runs commands in `folder`; the working directory, exports and `$?` pass on to the next.

    What is still running at the end, in the background, is ended by `close`.
    """

    folder: Path
    state: Path
    environ: Mapping[str, str]
    _code: int = 0
    _begun: int = 0
    _serving: list[subprocess.Popen[bytes]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.state.mkdir(parents=True)
        (self.state / "folder").write_text(str(self.folder), encoding="utf-8")

    @property
    def where(self) -> Path:
        """The working directory."""
        return Path((self.state / "folder").read_text(encoding="utf-8").rstrip("\n"))

    def run(self, command: Command) -> str:
        """Run one command and return what it printed; raises `StoryError` where it fails."""
        self._begun += 1
        printed = self.state / f"output-{self._begun}"
        background = command.text.rstrip().endswith("&")
        process = self._start(BACKGROUND if background else FOREGROUND, command, printed)
        if background:
            self._serving.append(process)
            self._await(printed, command.output, command)
            return _text(printed)
        if "^C" in command.output:
            before = command.output[: command.output.index("^C")]
            self._await(printed, before, command)
            os.killpg(process.pid, signal.SIGINT)
        try:
            self._code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise StoryError(_told(command, "it does not end", _text(printed))) from error
        return self._checked(command, _text(printed))

    def close(self) -> None:
        """End what still runs in the background."""
        for process in self._serving:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._serving:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _start(self, script: str, command: Command, printed: Path) -> subprocess.Popen[bytes]:
        text = script.format(state=self.state, code=self._code, command=command.text)
        with printed.open("wb") as file:
            return subprocess.Popen(
                ["bash", "-c", text],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _await(self, printed: Path, lines: Iterable[str], command: Command) -> None:
        """Wait until these lines have been printed."""
        wanted = pattern(lines)
        until = time.monotonic() + PATIENCE
        while not wanted.match(_text(printed)):
            if time.monotonic() > until:
                raise StoryError(_told(command, "it has not printed this yet", _text(printed)))
            time.sleep(0.02)

    def _checked(self, command: Command, text: str) -> str:
        told = "set aside" in text or "there already" in text
        allowed = {0, 1} if command.text.startswith("crosstie ") and told else {0}
        if self._code not in allowed:
            raise StoryError(_told(command, f"it ended with {self._code}", text))
        lines = [line for line in command.output if line != "^C"]
        if lines and not pattern(lines).fullmatch(text):
            raise StoryError(_told(command, "it printed something else", text))
        return text


def pattern(lines: Iterable[str]) -> re.Pattern[str]:
    """What lines of a page match: `…` is anything in a line, and alone in one any lines."""
    return re.compile("".join(map(_line, lines)))


def _line(line: str) -> str:
    if line.strip() == "…":
        return r"(?:[^\n]*\n)*?"
    return r"[^\n]*?".join(map(re.escape, line.rstrip().split("…"))) + r" *\n"


def _text(printed: Path) -> str:
    text = printed.read_text(encoding="utf-8", errors="replace")
    return text if not text or text.endswith("\n") else text + "\n"


def _told(command: Command, trouble: str, text: str) -> str:
    expected = "\n".join(command.output) or "(nothing in particular)"
    return (
        f"line {command.line}: `{command.text}`: {trouble}.\n"
        f"The page says:\n{expected}\nIt printed:\n{text}"
    )
