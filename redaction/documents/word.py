"""Word: paragraphs, headings, lists, tables, text boxes, notes, headers and footers of a .docx.

Comments, tracked deletions, hidden text, pictures, embedded files, links' targets, custom data and
the document's own properties are never read into the fresh one.
"""

import re
from functools import cached_property

from lxml import etree

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError, RedactionError
from redaction.documents.archive import Archive
from redaction.documents.document import Document, Kind, Shape
from redaction.documents.draft import Draft
from redaction.documents.word_text import (
    PAGE_BREAK,
    attribute,
    child,
    name_of,
    paragraph_text,
    text_boxes,
    vanishes,
)

MAX_DEPTH = 100
"""Elements within each other in the body: tables in tables, boxes in boxes."""
MAX_HEADING = 6
_DEEP = "Save the document as plain text: its tables or boxes nest deeper than a reader follows."
_ASIDE = {"header": Shape.HEADER, "footer": Shape.FOOTER}
_NOTES = ("footnotes", "endnotes")
_LEFT_BEHIND = {
    "package": "embedded file",
    "oleObject": "embedded object", "aFChunk": "embedded file", "image": "image",
    "customXml": "custom data", "glossaryDocument": "glossary", "thumbnail": "thumbnail",
}  # fmt: skip
_CONTAINERS = frozenset({"sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "body"})


def read_word(content: bytes) -> Document:
    """Return a .docx as its reader sees it."""
    return _Reader(Archive(content)).read()


class _Reader:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._draft = Draft(Kind.WORD)
        roots = [name for kind, name in archive.related("").values() if kind == "officeDocument"]
        self._main = roots[0] if roots else "word/document.xml"
        if self._main not in archive.names:
            raise DocumentRefusedError(
                "Save it as .docx and send that: this is no Word document.", WhyLeftOut.KIND
            )
        self._related = tuple(archive.related(self._main).values())

    def read(self) -> Document:
        self._asides("header")
        body = child(self._archive.xml(self._main), "body")
        if body is not None:
            self._blocks(body, 0)
        for kind in _NOTES:
            for name in self._parts(kind):
                self._notes(name)
        self._asides("footer")
        for kind, _ in self._related:
            self._draft.leave_out(_LEFT_BEHIND.get(kind, ""), int(kind in _LEFT_BEHIND))
        return self._draft.done()

    def _parts(self, kind: str) -> list[str]:
        """Return the parts of a kind, each once: sections may share a header."""
        names = dict.fromkeys(name for one, name in self._related if one == kind)
        return [name for name in names if name in self._archive.names]

    def _asides(self, kind: str) -> None:
        said = set()
        for name in self._parts(kind):
            lines = [
                self._text(one) for one in self._archive.xml(name).iter() if name_of(one) == "p"
            ]
            text = "\n".join(line for line in lines if line.strip())
            if text not in said:
                said.add(text)
                self._draft.add(_ASIDE[kind], text)

    def _notes(self, name: str) -> None:
        for note in self._archive.xml(name):
            if attribute(note, "type") in {None, "normal"}:
                lines = [self._text(one) for one in note.iter() if name_of(one) == "p"]
                mark = attribute(note, "id") or "0"
                level = int(mark) if re.fullmatch("[0-9]{1,4}", mark) else 0
                self._draft.add(Shape.NOTE, "\n".join(lines), level=level)

    def _blocks(self, parent: etree._Element, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise RedactionError(_DEEP)
        for one in parent:
            name = name_of(one)
            if name == "p":
                self._paragraph(one, depth)
            elif name == "tbl":
                self._draft.add_table(self._rows(one, depth))
            elif name == "altChunk":
                self._draft.leave_out("embedded file")
            elif name in {"del", "moveFrom"}:
                self._draft.leave_out("tracked deletion")
            elif name in _CONTAINERS:
                self._blocks(one, depth + 1)

    def _paragraph(self, paragraph: etree._Element, depth: int) -> None:
        settings = child(paragraph, "pPr")
        if child(settings, "pageBreakBefore") is not None:
            self._draft.break_page()
        shape, level = self._shape(settings)
        for number, text in enumerate(self._text(paragraph).split(PAGE_BREAK)):
            if number:
                self._draft.break_page()
            self._draft.add(shape, text, level=level)
        for box in text_boxes(paragraph):
            if not any(name_of(one) == "txbxContent" for one in box.iterancestors()):
                self._blocks(box, depth + 1)

    def _text(self, paragraph: etree._Element) -> str:
        return paragraph_text(paragraph, self._draft.leave_out, self._hiding)

    def _rows(self, table: etree._Element, depth: int) -> list[list[str]]:
        rows = []
        for row in _inside(table, "tr"):
            gone = child(row, "trPr", "del") is not None
            self._draft.leave_out("tracked deletion", int(gone))
            if not gone:
                rows.append([self._cell(cell, depth + 1) for cell in _inside(row, "tc")])
        return rows

    def _cell(self, cell: etree._Element, depth: int) -> str:
        """Return a cell's paragraphs as lines; a table inside it becomes lines with tabs."""
        if depth > MAX_DEPTH:
            raise RedactionError(_DEEP)
        lines = []
        for one in _inside(cell, "p", "tbl"):
            if name_of(one) == "p":
                boxed = [self._cell(box, depth + 1) for box in text_boxes(one)]
                lines += [self._text(one).replace(PAGE_BREAK, "\n"), *boxed]
            else:
                lines += ["\t".join(row) for row in self._rows(one, depth + 1)]
        return "\n".join(line for line in lines if line.strip())

    def _shape(self, settings: etree._Element | None) -> tuple[Shape, int]:
        style = attribute(child(settings, "pStyle"), "val") or ""
        named = re.fullmatch(r"heading ?([1-9])", self._styles.get(style, style).lower())
        if named:
            return Shape.HEADING, min(int(named[1]), MAX_HEADING)
        if self._styles.get(style, style).lower() == "title":
            return Shape.HEADING, 1
        return self._list_shape(settings, self._styles.get(style, style).lower())

    def _list_shape(self, settings: etree._Element | None, style: str) -> tuple[Shape, int]:
        numbered = child(settings, "numPr")
        depth = attribute(child(numbered, "ilvl"), "val") or "0"
        level = int(depth) if re.fullmatch("[0-8]", depth) else 0
        if numbered is not None and attribute(child(numbered, "numId"), "val") != "0":
            form = self._forms.get(attribute(child(numbered, "numId"), "val") or "", "bullet")
            return (Shape.BULLET if form == "bullet" else Shape.NUMBER), level
        if style.startswith(("list bullet", "list number")):
            return (Shape.BULLET if style.startswith("list bullet") else Shape.NUMBER), level
        return Shape.PARAGRAPH, 0

    @cached_property
    def _styles(self) -> dict[str, str]:
        """Return the names that people see of the styles, by id."""
        return {
            attribute(one, "styleId") or "": attribute(child(one, "name"), "val") or ""
            for name in self._parts("styles")
            for one in self._archive.xml(name)
            if name_of(one) == "style"
        }

    @cached_property
    def _hiding(self) -> frozenset[str]:
        """Return the ids of the styles whose text is not shown."""
        return frozenset(
            attribute(one, "styleId") or ""
            for name in self._parts("styles")
            for one in self._archive.xml(name)
            if name_of(one) == "style" and vanishes(child(one, "rPr"))
        )

    @cached_property
    def _forms(self) -> dict[str, str]:
        """Return how the first level of each list is marked, by the list's id."""
        found: dict[str, str] = {}
        for name in self._parts("numbering"):
            root = self._archive.xml(name)
            abstract = {
                attribute(one, "abstractNumId"): attribute(child(one, "lvl", "numFmt"), "val")
                for one in root
                if name_of(one) == "abstractNum"
            }
            for one in root:
                if name_of(one) == "num":
                    form = abstract.get(attribute(child(one, "abstractNumId"), "val"))
                    found[attribute(one, "numId") or ""] = form or "bullet"
        return found


def _inside(element: etree._Element, *names: str) -> list[etree._Element]:
    """Return children of these names, also inside content controls and insertions."""
    found = []
    for one in element:
        if name_of(one) in names:
            found.append(one)
        elif name_of(one) in _CONTAINERS:
            found += _inside(one, *names)
    return found
