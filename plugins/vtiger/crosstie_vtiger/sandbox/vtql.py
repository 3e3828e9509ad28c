"""VTQL, vtiger's query language: text in, `Query` out.

What it cannot say is refused as the real one refuses it: no parentheses, no joins, no empty text.
"""

import re
from typing import Literal

import attrs

from crosstie_vtiger.sandbox.refusals import RefusalError, internal

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "like", "in"]
MOST_ROWS = 100
END = ""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')+')|(?P<word>[A-Za-z_][\w&]*)|(?P<number>[+-]?\d+(?:\.\d+)?)"
    r"|(?P<sign><=|>=|!=|<>|[=<>,;()*]))"
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


@attrs.frozen(slots=True)
class Condition:
    """One comparison; `values` has one text, or several for ``in``."""

    column: str
    operator: Operator
    values: tuple[str, ...]


@attrs.frozen(slots=True)
class Query:
    """A parsed query; `where` is an ``or`` of ``and``s, `columns` is empty for ``*``."""

    module: str
    columns: tuple[str, ...]
    counts: bool
    where: tuple[tuple[Condition, ...], ...]
    order: tuple[str, ...]
    descending: bool
    offset: int
    limit: int


def parse(text: str) -> Query:
    """Read a query; raises the refusals of the real one."""
    return _Parser(text).query()


class _Parser:
    """Takes the text token by token, so that the first fault is the one that is told."""

    def __init__(self, text: str) -> None:
        self._text = text.rstrip()
        self._read = 0
        self._tokens: list[str] = []
        self._at = 0

    def query(self) -> Query:
        self._word("select")
        columns, counts = self._columns()
        self._word("from")
        module = self._name()
        where = self._where() if self._skip("where") else ()
        order, descending = self._order() if self._skip("order") else ((), False)
        offset, limit = self._limit() if self._skip("limit") else (0, MOST_ROWS)
        self._word(";")
        if self._peek() != END:
            raise self._wrong()
        return Query(
            module=module,
            columns=columns,
            counts=counts,
            where=where,
            order=order,
            descending=descending,
            offset=offset,
            limit=min(limit, MOST_ROWS),
        )

    def _columns(self) -> tuple[tuple[str, ...], bool]:
        if self._skip("*"):
            return (), False
        names = self._names()
        if names == ("count",) and self._skip("("):
            self._word("*")
            self._word(")")
            return (), True
        return names, False

    def _names(self) -> tuple[str, ...]:
        names = [self._name()]
        while self._skip(","):
            names.append(self._name())
        return tuple(names)

    def _where(self) -> tuple[tuple[Condition, ...], ...]:
        alternatives = [[self._condition()]]
        while self._peek().lower() in {"and", "or"}:
            if self._next().lower() == "or":
                alternatives.append([])
            alternatives[-1].append(self._condition())
        return tuple(tuple(conditions) for conditions in alternatives)

    def _condition(self) -> Condition:
        column = self._name()
        operator = self._next().lower()
        if operator == "in":
            self._word("(")
            values = [self._value()]
            while self._skip(","):
                values.append(self._value())
            self._word(")")
            return Condition(column, "in", tuple(values))
        for known in ("=", "!=", "<", "<=", ">", ">=", "like"):
            if operator == known:
                return Condition(column, known, (self._value(like=known == "like"),))
        self._at -= 1
        raise self._wrong()

    def _value(self, *, like: bool = False) -> str:
        token = self._next()
        if token[0] != "'":
            if token[0] in "+-" or token[0].isdigit():
                return token
            self._at -= 1
            raise self._wrong()
        text = token[1:-1].replace("''", "'")
        return _ESCAPE.sub(lambda found: _unescaped(found[1], like=like), text)

    def _order(self) -> tuple[tuple[str, ...], bool]:
        self._word("by")
        names = self._names()
        if self._skip("desc"):
            return names, True
        self._skip("asc")
        return names, False

    def _limit(self) -> tuple[int, int]:
        first = self._number()
        return (first, self._number()) if self._skip(",") else (0, first)

    def _number(self) -> int:
        token = self._next()
        if not token.isdigit():
            self._at -= 1
            raise self._wrong()
        return int(token)

    def _name(self) -> str:
        token = self._next()
        if not (token[0].isalpha() or token[0] == "_"):
            self._at -= 1
            raise self._wrong()
        return token

    def _peek(self) -> str:
        if self._at == len(self._tokens):
            if self._read == len(self._text):
                return END
            found = _TOKEN.match(self._text, self._read)
            if found is None:  # a dotted name, an empty text, a quote that never ends
                raise internal()
            self._tokens.append(found[0].strip())
            self._read = found.end()
        return self._tokens[self._at]

    def _next(self) -> str:
        token = self._peek()
        if token == END:
            raise self._wrong()
        self._at += 1
        return token

    def _skip(self, word: str) -> bool:
        if self._peek().lower() == word:
            self._at += 1
            return True
        return False

    def _word(self, word: str) -> None:
        if not self._skip(word):
            raise self._wrong()

    def _wrong(self) -> RefusalError:
        return RefusalError("QUERY_SYNTAX_ERROR", f"Syntax Error on line 1: token {self._peek()}")


def _unescaped(letter: str, *, like: bool) -> str:
    """What MySQL reads for a backslash and a letter in a text; ``\\%`` stays for `like`."""
    if letter in "%_" and like:
        return "\\" + letter
    return _ESCAPES.get(letter, letter)
