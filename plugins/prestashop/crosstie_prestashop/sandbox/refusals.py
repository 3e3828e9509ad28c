"""What the webservice says when it refuses, and how it breaks."""


class RefusedError(Exception):
    """A proper error answer: a status and errors, each a code and a sentence."""

    def __init__(self, status: int, *errors: tuple[int, str]) -> None:
        super().__init__(errors)
        self.status = status
        self.errors = errors


class MissingError(Exception):
    """A record that is not there: 404 without a body or a type."""


class BrokenError(Exception):
    """PHP died: 500 with a bare text (or nothing) as text/html."""


def did_you_mean(label: str, given: str, available: list[str]) -> str:
    """The sentence that offers the nearest available name and lists all of them."""
    nearest = ""
    shortest = -1
    for word in available:
        distance = _distance(given, word)
        if shortest < 0 or distance <= shortest:
            nearest, shortest = word, distance
        if distance == 0:
            break
    listed = '", "'.join(available)
    more = f' The full list is: "{listed}"' if len(available) > 1 else ""
    return f'{label}. Did you mean: "{nearest}"?{more}'


def _distance(left: str, right: str) -> int:
    """The Levenshtein distance."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]
