"""Strings that a file of a stranger may hold, and what a browser would make of HTML."""

from __future__ import annotations

from html.parser import HTMLParser

HOSTILE = (
    "![tracked](http://evil.example/x.png)",
    "<img src=http://evil.example/x.png onerror=alert(1)>",
    "</bdi></span><script>alert(1)</script>",
    '"><a href="http://evil.example">',
    "[link](http://evil.example) www.evil.example me@evil.example",
    "**bold** _it_ `code` $x^2$ :red[x] :material/home: # head",
    '=HYPERLINK("http://evil.example")',
    "🛒 שלום עולם \u202eabc",
    "a" * 10_000,
    "   \n\t ",
)


class Page(HTMLParser):
    """The tags and attributes a browser would find, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str | None]:
        """The values of one attribute, in order."""
        return [value for attribute, value in self.attributes if attribute == name]
