"""The text of a Word paragraph as its reader sees it: insertions in, deletions out.

Tracked insertions count as text, tracked deletions and moves away do not. What is written in the
colour of its own background was blacked out or whitened by somebody; it stays behind, so that a
fresh document never uncovers it.
"""

import re
from collections.abc import Callable, Container, Iterator

from lxml import etree

from redaction.documents.draft import HIDDEN_TEXT

MAIN = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_NO_TEXT = frozenset({"txbxContent", "pPr", "rPr"})
_LEFT_OUT = {
    "del": "tracked deletion", "moveFrom": "tracked deletion", "commentReference": "comment",
    "object": "embedded object", "drawing": "image", "pict": "image", "altChunk": "embedded file",
    "instrText": "field code", "rt": "ruby text",
    "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath": "formula",
}  # fmt: skip
_SAME = {"white": "ffffff", "black": "000000", "auto": ""}
_ON = frozenset({None, "1", "true", "on"})

PAGE_BREAK = "\f"
LeaveOut = Callable[[str], None]


def name_of(element: etree._Element) -> str:
    """Return a tag of WordprocessingML without its namespace, and any other with it."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    return tag.removeprefix(MAIN).removeprefix(f"{{{_STRICT}}}")


def attribute(element: etree._Element | None, name: str) -> str | None:
    """Return an attribute of either edition of the format."""
    if element is None:
        return None
    return element.get(MAIN + name, element.get(f"{{{_STRICT}}}{name}"))


def child(element: etree._Element | None, *names: str) -> etree._Element | None:
    """Return the element at the end of a path of names."""
    for name in names:
        if element is None:
            return None
        element = next((one for one in element if name_of(one) == name), None)
    return element


def paragraph_text(
    paragraph: etree._Element, leave_out: LeaveOut, hiding: Container[str] = ()
) -> str:
    """Return what a reader reads in a paragraph, without the text boxes anchored in it.

    Args:
        paragraph: a `w:p`.
        leave_out: told of everything that is not read.
        hiding: ids of styles whose text is not shown.

    """
    if _styled(child(paragraph, "pPr"), "pStyle", hiding):
        leave_out(HIDDEN_TEXT)
        return ""
    return "".join(_pieces(paragraph, leave_out, hiding))


def _styled(settings: etree._Element | None, kind: str, hiding: Container[str]) -> bool:
    return (attribute(child(settings, kind), "val") or "") in hiding


def text_boxes(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Yield the contents of text boxes, once each: Word stores a second copy for old programs."""
    for element in paragraph.iter(f"{MAIN}txbxContent", f"{{{_STRICT}}}txbxContent"):
        if not any(one.tag == _FALLBACK for one in element.iterancestors()):
            yield element


def _pieces(element: etree._Element, leave_out: LeaveOut, hiding: Container[str]) -> Iterator[str]:
    for one in element:
        name = name_of(one)
        if name in _LEFT_OUT:
            if next(text_boxes(one), None) is None:
                leave_out(_LEFT_OUT[name])
        elif name == "r" and _hidden(child(one, "rPr"), hiding):
            if any(name_of(inner) == "t" for inner in one):
                leave_out(HIDDEN_TEXT)
        elif name in _LEAVES:
            yield _LEAVES[name](one)
        elif name not in _NO_TEXT and one.tag != _FALLBACK:
            yield from _pieces(one, leave_out, hiding)


def _break(element: etree._Element) -> str:
    return PAGE_BREAK if attribute(element, "type") == "page" else "\n"


def _note_mark(reference: etree._Element) -> str:
    """Return the mark that stands before the note, too (see word_fresh)."""
    number = attribute(reference, "id") or ""
    return f"[note {number if re.fullmatch('[0-9]{1,4}', number) else '?'}]"


def _hidden(settings: etree._Element | None, hiding: Container[str]) -> bool:
    if settings is None:
        return False
    return vanishes(settings) or _styled(settings, "rStyle", hiding) or _same_colour(settings)


def vanishes(settings: etree._Element | None) -> bool:
    """Say whether settings of a run or style hide its text."""
    found = [child(settings, one) for one in ("vanish", "webHidden", "specVanish")]
    return any(one is not None and attribute(one, "val") in _ON for one in found)


def _same_colour(settings: etree._Element) -> bool:
    letters = _colour(attribute(child(settings, "color"), "val"))
    marked = _colour(attribute(child(settings, "highlight"), "val"))
    shaded = _colour(attribute(child(settings, "shd"), "fill"))
    ground = marked or shaded
    if ground == _SAME["black"] and not letters:
        return True
    return letters == (ground or _SAME["white"])


def _colour(value: str | None) -> str:
    plain = (value or "").lower()
    return _SAME.get(plain, plain)


_LEAVES: dict[str, Callable[[etree._Element], str]] = {
    "t": lambda one: one.text or "",
    "br": _break,
    "tab": lambda _: "\t",
    "ptab": lambda _: "\t",
    "cr": lambda _: "\n",
    "noBreakHyphen": lambda _: "-",
    "sym": lambda _: "\N{WHITE SQUARE}",
    "footnoteReference": _note_mark,
    "endnoteReference": _note_mark,
}
"""What each element without inner elements says."""
