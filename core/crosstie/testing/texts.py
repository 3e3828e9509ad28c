"""Texts that shops really hold, and that break connectors which touch them on the way."""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "emoji": "Café 🎁 👩‍👩‍👧 1️⃣",
    "quotes": """O'Neil said "it's 5″ – «tiny»" `so`""",
    "ampersands": "Salt & Pepper &amp; Co &#233; %26 %s {{ name }} ${HOME}",
    "end of CDATA": "a ]]> b <![CDATA[ c",
    "markup": "<b>bold</b> <!-- no --> 1 < 2 > 0",
    "leading zeros": "0012345",
    "a long number": "12345678901234567890.10",
    "looks like nothing": "null",
    "looks like no number": "NaN",
    "looks like a truth": "NO",
    "looks like an exponent": "1E5",
    "right to left": "שלום עולם \u200f(12)\u200f مرحبا",
    "combining accents": "e\u0301 and \u00e9, A\u030angstro\u0308m",
    "lines and tabs": "one\ntwo\tthree\r\nfour",
    "blanks at both ends": "  between blanks \u00a0",
    "backslashes": "C:\\new\\table \\u00e9 \\\\ end\\",
    "separators": "a,b;c|d[e]f=g/h?i#j",
    "control characters": "bell \x07 and escape \x1b",
    "long": "a long story " * 400 + "with an end",
}
"""Name to text. Leave out by name what the system itself refuses or changes::

    texts = {name: text for name, text in TEXTS.items() if name != "control characters"}
"""
