"""How many messages a text is on the way: GSM 03.38 where it has all characters, else UCS-2."""

from collections.abc import Iterable
from typing import Literal

import attrs

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
"""These take two places each."""


@attrs.frozen
class Segments:
    """How a text is encoded, and how many segments it takes."""

    encoding: Literal["GSM-7", "UCS-2"]
    number: int


def segments(text: str) -> Segments:
    """Count the segments of a text; a character is never divided between two of them."""
    if GSM.issuperset(set(text) - GSM_EXTENDED):
        places = (2 if one in GSM_EXTENDED else 1 for one in text)
        return Segments("GSM-7", _number(places, alone=160, joined=153))
    places = (2 if ord(one) > 0xFFFF else 1 for one in text)
    return Segments("UCS-2", _number(places, alone=70, joined=67))


def _number(places: Iterable[int], *, alone: int, joined: int) -> int:
    """Segments for characters that take so many places: `alone` fit into one, else `joined`."""
    number, used, total = 1, 0, 0
    for place in places:
        total += place
        used += place
        if used > joined:
            number, used = number + 1, place
    return 1 if total <= alone else number
