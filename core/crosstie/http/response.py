"""What a system answered."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs


@attrs.frozen(slots=True)
class Response:
    """An answer as it came. `headers` are looked up in lower case; `url` is without the query."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def text(self) -> str:
        """The body as UTF-8, with replacement characters where it is not."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON, fractions as `Decimal`.

        Raises ValueError when it is none, or nested beyond reason.
        """
        try:
            return json.loads(self.content, parse_float=Decimal)
        except RecursionError as error:
            raise ValueError("JSON nested too deeply") from error
