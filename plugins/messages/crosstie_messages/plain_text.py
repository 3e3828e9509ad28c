"""HTML as plain text, for mail programs that show no HTML."""

import re
from html.parser import HTMLParser

UNSEEN = frozenset({"head", "script", "style", "template", "title"})
PARAGRAPHS = frozenset(
    {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "table", "ul"}
)
LINES = frozenset({"address", "article", "br", "dd", "div", "dt", "footer", "header", "li", "main",
                   "section", "tr"})  # fmt: skip


def plain_text(html: str) -> str:
    """What the HTML says: paragraphs, lists, and addresses of links behind their texts."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Reader(HTMLParser):
    """Collects what can be read."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        given = dict(attrs)
        self._unseen += tag in UNSEEN
        self._break(tag)
        if tag == "li":
            self._say("- ")
        elif tag == "img":
            self._say(given.get("alt") or "")
        elif tag == "a":
            self._links.append((given.get("href") or "", len(self.parts)))
        elif tag in {"td", "th"}:
            self._say(" ")

    def handle_endtag(self, tag: str) -> None:
        """See `HTMLParser`."""
        if tag in UNSEEN and self._unseen:
            self._unseen -= 1
        if tag == "a" and self._links:
            address, begun = self._links.pop()
            shown = "".join(self.parts[begun:]).strip()
            if address.startswith(("http://", "https://")) and shown != address:
                self._say(f" ({address})" if shown else address)
        if tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        """See `HTMLParser`."""
        self._say(" ".join(data.split()) if data.strip() else " ", around=data)

    def _say(self, text: str, around: str = "") -> None:
        if not self._unseen:
            before = " " if around[:1].isspace() else ""
            after = " " if around[-1:].isspace() else ""
            self.parts.append(f"{before}{text}{after}")

    def _break(self, tag: str) -> None:
        if tag in PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag in LINES:
            self.parts.append("\n")
