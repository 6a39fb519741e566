"""PDF: the words that a reader sees on each page, and what is filled in on its forms.

Scripts, attachments, notes, links, pictures, earlier versions and the document's own properties are
not text, and stay behind. A page that is only a picture is a scan, and is refused by name.
"""

import io
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError, RedactionError
from redaction.documents.archive import BROKEN
from redaction.documents.document import Document, Kind
from redaction.documents.draft import HIDDEN_TEXT, Draft
from redaction.documents.pdf_marks import COVERED, Marks
from redaction.documents.plain_text import add_paragraphs
from redaction.documents.scan import read_pictures

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_PAGES = 300
MAX_UNREAD = 0.05
"""Of a page's letters; a font without a table of its letters makes them nearly all unreadable."""
_UNREAD = "\N{REPLACEMENT CHARACTER}"
_DAMAGED = "Print the PDF to a new PDF and send that: this one is damaged."
_NEW_PDF = "Print the PDF to a new PDF and send that: this one {}."
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LIGATURES = re.compile("[\ufb00-\ufb06]")
_COVERING = frozenset({"/Square", "/Circle", "/Polygon", "/Redact", "/Stamp", "/Ink", "/FreeText"})
"""Annotations that can lie over words like a box."""
_HIDDEN_FIELD = 2 | 32
"""Flags of an annotation that is not shown (ISO 32000-1, table 165)."""
_DEEPEST_FIELD = 20
MAX_FORMS = 500
"""Forms of a page whose fonts are looked at."""


def read_pdf(content: bytes) -> Document:
    """Return the text of a PDF, page by page."""
    from pypdf import PdfReader  # noqa: PLC0415  # only who reads PDF needs it
    from pypdf.errors import PyPdfError  # noqa: PLC0415  # as above

    draft = Draft(Kind.PDF)
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise DocumentRefusedError(
                "Save the PDF without a password and send that.", WhyLeftOut.LOCKED
            )
        _check(reader, draft)
        for number, page in enumerate(reader.pages, 1):
            if number > 1:
                draft.break_page()
            _add_page(draft, page, number)
    except (PyPdfError, *BROKEN):
        raise DocumentRefusedError(_DAMAGED, WhyLeftOut.DAMAGED) from None
    return draft.done()


def _check(reader: "PdfReader", draft: Draft) -> None:
    """Refuse what is no plain document, and count what acts or is attached."""
    root: Any = reader.root_object
    form = _held(root.get("/AcroForm"))
    if "/Collection" in root:
        raise RedactionError("Send each document of this PDF portfolio by itself.")
    if "/XFA" in form:
        raise RedactionError(_NEW_PDF.format("is a form that only its own program shows"))
    layers = _held(_held(root.get("/OCProperties")).get("/D"))
    if layers.get("/OFF") or layers.get("/BaseState") == "/OFF":
        raise RedactionError(_NEW_PDF.format("has layers that are switched off"))
    if len(reader.pages) > MAX_PAGES:
        raise DocumentRefusedError(
            f"Split the PDF: it has over {MAX_PAGES} pages.", WhyLeftOut.TOO_LARGE
        )
    names = _held(root.get("/Names"))
    opening = _held(root.get("/OpenAction")).get("/S", "/GoTo")
    acts = opening != "/GoTo" or "/AA" in root or "/JavaScript" in names
    draft.leave_out("script or action", int(acts))
    draft.leave_out("embedded file", int("/EmbeddedFiles" in names or "/AF" in root))


def _add_page(draft: Draft, page: "PageObject", number: int) -> None:
    pictures = frozenset(_pictures(page))
    text = _text(draft, page, number, pictures)
    fields = _fields(draft, page, number)
    if not text.strip() and not fields and pictures:
        text = read_pictures([one.data for one in page.images], f"page {number}")
    draft.leave_out("image", len(pictures))
    add_paragraphs(draft, text)
    if fields:
        draft.add_table(fields)


def _text(draft: Draft, page: "PageObject", number: int, pictures: frozenset[str]) -> str:
    """Return what is seen: once to learn what is drawn where, once without the unseen."""
    box = page.cropbox
    edges = (float(box.left), float(box.bottom), float(box.right), float(box.top))
    marks = Marks(edges, pictures, _wide_fonts(page))
    page.extract_text(visitor_operand_before=marks.before, visitor_operand_after=marks.after)
    hidden = marks.hidden(number)
    draft.leave_out(HIDDEN_TEXT, len(hidden))
    count = iter(range(1 << 62))

    def blank(_: bytes, operands: Any, *__: object) -> None:  # noqa: ANN401  # as pypdf calls it
        if next(count) in hidden:
            operands.clear()

    shown = page.extract_text(visitor_operand_before=blank)
    text = _LIGATURES.sub(_taken_apart, _CONTROLS.sub(_UNREAD, shown))
    if text.count(_UNREAD) > MAX_UNREAD * len(text):
        raise RedactionError(_NEW_PDF.format(f"has letters on page {number} that are only drawn"))
    return text


def _taken_apart(ligature: re.Match[str]) -> str:
    """Return two letters that a font draws as one, such as fi."""
    return unicodedata.normalize("NFKC", ligature.group())


def _pictures(page: "PageObject") -> Iterator[str]:
    """Yield the names of a page's pictures."""
    objects = _held(_held(page.get("/Resources")).get("/XObject"))
    for name, one in objects.items():
        if _held(one).get("/Subtype") == "/Image":
            yield str(name)


def _wide_fonts(page: "PageObject") -> frozenset[str]:
    """Return the names of fonts that take two bytes a letter, on the page and in its forms."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [_held(page.get("/Resources"))]
    while waiting and len(seen) < MAX_FORMS:
        resources = waiting.pop()
        fonts = _held(resources.get("/Font")).items()
        found |= {str(name) for name, one in fonts if _held(one).get("/Subtype") == "/Type0"}
        for one in _held(resources.get("/XObject")).values():
            form = _held(one)
            if id(form) not in seen:
                seen.add(id(form))
                waiting.append(_held(form.get("/Resources")))
    return frozenset(found)


def _fields(draft: Draft, page: "PageObject", number: int) -> list[list[str]]:
    """Return the filled-in fields of a form on this page as name and value."""
    found = []
    for one in page.get("/Annots") or []:
        annotation = _held(one)
        kind = annotation.get("/Subtype")
        shown = not int(annotation.get("/F") or 0) & _HIDDEN_FIELD
        if kind in _COVERING and shown:
            raise RedactionError(COVERED.format(number))
        if kind == "/Widget" and shown:
            name, value = (str(_inherited(annotation, key) or "") for key in ("/T", "/V"))
            found += [[name, value.removeprefix("/")]] if value else []
        else:
            draft.leave_out("link" if kind == "/Link" else "note on the page")
    return [[_CONTROLS.sub(" ", text) for text in row] for row in found]


def _inherited(field: Any, key: str) -> object:  # noqa: ANN401  # an object of pypdf's
    for _ in range(_DEEPEST_FIELD):
        if key in field:
            value = field[key]
            return None if hasattr(value, "get_data") else value
        field = _held(field.get("/Parent"))
    return None


def _held(reference: Any) -> Any:  # noqa: ANN401  # an object of pypdf's
    """Return the dictionary that is meant, or an empty one."""
    meant = reference.get_object() if hasattr(reference, "get_object") else reference
    return meant if isinstance(meant, dict) else {}
