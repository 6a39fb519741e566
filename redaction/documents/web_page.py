"""HTML: what a reader sees of a page, and a fresh page with its headings, lists and tables.

Scripts, styles, comments, links' targets, pictures and forms' machinery stay behind. What the page
hides from its reader stays behind too: whoever sent it did not see it.
"""

import re
from collections.abc import Container, Iterator
from html import escape
from html.parser import HTMLParser
from itertools import groupby

from broker.domain.errors import RedactionError
from redaction.documents.document import Block, Document, Kind, Shape
from redaction.documents.draft import HIDDEN_TEXT, Draft
from redaction.documents.plain_text import decoded

MAX_DEPTH = 200
"""Elements within each other; pages that people write stay below 40."""
_SILENT = frozenset({
    "script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math",
    "canvas", "audio", "video", "head", "select", "option", "textarea", "applet", "frameset",
    "noframes",
})  # fmt: skip
_VOID = frozenset({
    "br", "hr", "img", "input", "meta", "link", "area", "base", "col", "source", "track", "wbr",
    "param",
})  # fmt: skip
_BREAKS = frozenset({
    "p", "div", "section", "article", "header", "footer", "main", "aside", "nav", "address",
    "blockquote", "pre", "figure", "figcaption", "ul", "ol", "li", "dl", "dt", "dd", "table",
    "tr", "form", "fieldset", "legend", "caption", "body", "html", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "center", "details", "summary",
})  # fmt: skip
_HIDING = re.compile(
    r"display:none|visibility:hidden|font-size:0(?:[^.\d]|$)|opacity:0(?:[^.\d]|$)|mso-hide:all"
)
_WHITE = re.compile(r"(?:^|;)color:(?:white|#fff(?:fff)?|transparent)\b(?!.*background)")
LONGEST_SHEET = 200_000
"""Characters of a style sheet that are looked at."""
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]{0,5000})\}")
_LEFT_OUT = {
    "script": "script", "img": "image", "iframe": "embedded object", "object": "embedded object",
    "embed": "embedded object", "svg": "image", "video": "embedded object", "audio":
    "embedded object", "form": "form", "a": "link",
}  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?\s*([a-zA-Z0-9_-]{2,30})", re.IGNORECASE)


def read_page(content: bytes) -> Document:
    """Return what a reader sees of a page."""
    draft = Draft(Kind.HTML)
    add_page(draft, _page_text(content))
    return draft.done()


def add_page(draft: Draft, page: str) -> None:
    """Add the blocks of a page."""
    reader = _Reader(draft)
    reader.feed(page)
    reader.close()
    reader.flush()


def _page_text(content: bytes) -> str:
    named = _CHARSET.search(content[:2048])
    if named:
        try:
            return content.decode(named[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decoded(content)


class _Reader(HTMLParser):
    """Collects text by block. An element that is not closed ends with the one around it."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(convert_charrefs=True)
        self._draft = draft
        self._open: list[tuple[str, bool]] = []
        self._text: list[str] = []
        self._rows: list[list[str]] | None = None
        self._tables = 0
        self._hiding: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._draft.leave_out(_LEFT_OUT.get(tag, ""), int(tag in _LEFT_OUT))
        if tag == "br":
            self._text.append("\n")
        if tag in _BREAKS:
            self.flush()
        if tag in _VOID:
            return
        if len(self._open) >= MAX_DEPTH:
            raise RedactionError("Save the page as plain text: it nests deeper than a page does.")
        if tag == "table":
            self._tables += 1
            self._rows = self._rows if self._rows is not None else []
        elif self._rows is not None:
            self._enter_cell(tag)
        self._open.append((tag, self._hidden or _hides(tag, dict(attrs), self._hiding)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in {name for name, _ in self._open}:
            return
        if tag in _BREAKS:
            self.flush()
        while self._open.pop()[0] != tag:
            pass
        if tag == "table":
            self._tables -= 1
            if self._tables <= 0 and self._rows is not None:
                rows, self._rows, self._tables = self._rows, None, 0
                self._draft.add_table(rows)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            kept = any(name == "pre" for name, _ in self._open)
            self._text.append(data if kept else re.sub(r"[ \t\n\r\f]+", " ", data))
        elif self._open[-1][0] == "style":
            self._hiding |= set(_hiding_selectors(data))
        elif data.strip() and not any(name in _SILENT for name, _ in self._open):
            self._draft.leave_out(HIDDEN_TEXT)

    def handle_comment(self, _: str) -> None:
        self._draft.leave_out("comment")

    def close(self) -> None:
        """End the page; a table that was left open is closed."""
        super().close()
        self.flush()
        if self._rows is not None:
            self._draft.add_table(self._rows)
            self._rows = None

    def flush(self) -> None:
        """Hand over the text since the last break, to the cell or as a block."""
        text = re.sub(r" *\n *", "\n", "".join(self._text)).replace("\f", "\n").strip()
        self._text.clear()
        if not text:
            return
        if self._rows is not None:
            self._fill_cell(text)
            return
        shape, level = self._shape()
        self._draft.add(shape, text, level=level)

    @property
    def _hidden(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def _enter_cell(self, tag: str) -> None:
        if self._rows is not None and self._tables == 1 and tag in {"tr", "td", "th"}:
            self.flush()
            if tag == "tr" or not self._rows:
                self._rows.append([])
            if tag != "tr":
                self._rows[-1].append("")

    def _fill_cell(self, text: str) -> None:
        rows = self._rows if self._rows is not None else []
        if not rows:
            rows.append([])
        if not rows[-1]:
            rows[-1].append("")
        rows[-1][-1] = f"{rows[-1][-1]}\n{text}".strip()

    def _shape(self) -> tuple[Shape, int]:
        names = [name for name, _ in self._open]
        for name in reversed(names):
            if re.fullmatch(r"h[1-6]", name):
                return Shape.HEADING, int(name[1])
            if name in {"ul", "ol"}:
                level = sum(one in {"ul", "ol"} for one in names) - 1
                return (Shape.BULLET if name == "ul" else Shape.NUMBER), level
        return Shape.PARAGRAPH, 0


def _hiding_selectors(sheet: str) -> Iterator[str]:
    """Yield the plain selectors of rules that hide: `.gone`, `#gone`, `p.gone`."""
    for rule in _RULE.finditer(re.sub(r"/\*.*?\*/", "", sheet[:LONGEST_SHEET], flags=re.DOTALL)):
        if _HIDING.search(re.sub(r"\s+", "", rule[2]).lower()):
            yield from (one.strip() for one in rule[1].split(","))


def _named(tag: str, attributes: dict[str, str | None]) -> Iterator[str]:
    """Yield the plain selectors that an element answers to."""
    marks = [f".{one}" for one in (attributes.get("class") or "").split()]
    marks += [f"#{attributes['id']}"] if attributes.get("id") else []
    yield tag
    for mark in marks:
        yield from (mark, tag + mark)


def _hides(tag: str, attributes: dict[str, str | None], hiding: Container[str]) -> bool:
    style = re.sub(r"\s+|/\*.*?\*/", "", attributes.get("style") or "").lower()
    if any(one in hiding for one in _named(tag, attributes)):
        return True
    hidden = "hidden" in attributes or attributes.get("aria-hidden") == "true"
    return tag in _SILENT or hidden or bool(_HIDING.search(style) or _WHITE.search(style))


def write_page(document: Document) -> bytes:
    """Return a page without anything that acts or calls out."""
    body = "\n".join(page_blocks(document.blocks))
    head = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    return f"{head}<title>Redacted</title>\n</head>\n<body>\n{body}\n</body>\n</html>\n".encode()


def page_blocks(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Yield each block as HTML; list items next to each other become one list."""
    lists = {Shape.BULLET: "ul", Shape.NUMBER: "ol"}
    for name, group in groupby(blocks, key=lambda one: lists.get(one.shape)):
        if name is None:
            yield from map(_element, group)
        else:
            items = "\n".join(f"<li>{_lines(one.text)}</li>" for one in group)
            yield f"<{name}>\n{items}\n</{name}>"


def _element(block: Block) -> str:
    if block.shape is Shape.HEADING:
        level = min(max(block.level, 1), 6)
        return f"<h{level}>{_lines(block.text)}</h{level}>"
    if block.shape is Shape.PAGE_BREAK:
        return "<hr>"
    if block.shape in {Shape.TABLE, Shape.SHEET}:
        rows = ("".join(f"<td>{_lines(cell.text)}</td>" for cell in row) for row in block.rows)
        return '<table border="1">\n' + "\n".join(f"<tr>{row}</tr>" for row in rows) + "\n</table>"
    return f"<p>{_lines(' '.join(cell.text for row in block.rows for cell in row))}</p>"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")
