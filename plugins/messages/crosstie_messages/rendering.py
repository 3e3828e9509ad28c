"""Mail templates: files of a folder, filled in by Jinja2, sandboxed and strict."""

import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crosstie import RejectedError

KINDS = (".txt", ".html")
RAISED_BY_TEMPLATES = (
    jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, OSError, RecursionError,
    TypeError, ValueError,
)  # fmt: skip


def _new_environment(folder: Path) -> jinja2.Environment:
    return ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        finalize=lambda value: "" if value is None else value,
        keep_trailing_newline=True,
    )


@attrs.frozen
class Templates:
    """The templates of a folder; each is ``NAME.txt``, ``NAME.html`` or both."""

    folder: Path
    _environment: jinja2.Environment = attrs.field(
        default=attrs.Factory(lambda self: _new_environment(self.folder), takes_self=True),
        repr=False,
        eq=False,
    )

    def render(self, name: str, values: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """The text and the HTML of a template, at least one of them.

        Raises `RejectedError` with file, line and the name that is wrong or missing.
        """
        texts = [self._rendered(f"{name}{kind}", values) for kind in KINDS]
        if texts == [None, None]:
            names = {Path(one).with_suffix("").as_posix() for one in self.files()}
            raise RejectedError(
                f"there is no template {name!r}: neither {name}.txt nor {name}.html is in"
                f" {self.folder}; there is {', '.join(sorted(names)) or 'none at all'}"
            )
        return texts[0], texts[1]

    def files(self) -> Iterator[str]:
        """The files with templates, relative to the folder."""
        found = (path for path in sorted(self.folder.rglob("*")) if path.suffix in KINDS)
        return (path.relative_to(self.folder).as_posix() for path in found)

    def mistakes(self) -> Iterator[str]:
        """What is wrong with templates, as far as can be seen without values."""
        if not self.folder.is_dir():
            yield f"templates: there is no folder {self.folder}"
        for file in self.files():
            try:
                self._environment.get_template(file)
            except RAISED_BY_TEMPLATES as error:
                yield self._told(file, error)

    def _rendered(self, file: str, values: Mapping[str, Any]) -> str | None:
        if not (self.folder / file).is_file():
            return None
        try:
            return self._environment.get_template(file).render(values)
        except RAISED_BY_TEMPLATES as error:
            raise RejectedError(self._told(file, error)) from error

    def _told(self, file: str, error: Exception) -> str:
        """What is wrong, with the file and line where it is."""
        if isinstance(error, jinja2.TemplateSyntaxError):
            return f"{self.folder / (error.name or file)}, line {error.lineno}: {error.message}"
        if isinstance(error, jinja2.TemplateNotFound):
            return f"{self.folder / file}: there is no template {error.name!r} to include"
        if isinstance(error, UnicodeDecodeError):
            return f"{self.folder / file} is not UTF-8 text"
        frames = traceback.extract_tb(error.__traceback__)
        inside = [one for one in frames if Path(one.filename).is_relative_to(self.folder)]
        place = f"{inside[-1].filename}, line {inside[-1].lineno}" if inside else self.folder / file
        return f"{place}: {error}"
