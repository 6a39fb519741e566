"""Every kind of document comes out fresh: its structure and its words, and nobody in it."""

import io
import re
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from functools import cache

import docx
import openpyxl
import pytest
from fpdf import FPDF
from pypdf import PdfReader

from broker.domain.people import Person
from redaction.documents.document import Block, Document, Shape, decode, encode
from redaction.documents.files import RedactedFile, redact_file, write
from redaction.documents.kinds import FRESH, kind_of
from redaction.documents.read import read
from redaction.findings import Finding
from redaction.labels import Label
from redaction.notes import chosen_profile
from redaction.service import RedactionService
from tests.unit.redaction.originals import SENTENCE, people, redacted, residue

_Redact = Callable[[str], tuple[bytes, RedactedFile]]
_HEADING = "Chronology for Marabelle Ellwood"


def _text() -> bytes:
    return f"{_HEADING}\n\n{SENTENCE}\n\nNothing more was said.\f\nAfter the break.".encode()


def _page() -> bytes:
    return (
        f"<html><head><title>{SENTENCE}</title></head><body><h2>{_HEADING}</h2><p>{SENTENCE}</p>"
        "<ul><li>First point<li>Second point</ul><table><tr><td>Name<td>Perpetua Quillan</table>"
        "<p>Nothing more was said.</p></body></html>"
    ).encode()


def _word() -> bytes:
    made = docx.Document()
    made.add_heading(_HEADING, level=2)
    made.add_paragraph(SENTENCE)
    made.add_paragraph("First point", style="List Bullet")
    made.add_paragraph("Second point", style="List Number")
    table = made.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Name", "Perpetua Quillan"
    made.sections[0].header.paragraphs[0].text = "Confidential: Ellwood"
    made.add_page_break()  # type: ignore[no-untyped-call]  # python-docx leaves it untyped
    made.add_paragraph("Nothing more was said.")
    made.core_properties.author = "Perpetua Quillan"
    made.core_properties.title = "Marabelle Ellwood"
    return _saved(made.save)


def _excel() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Marabelle Ellwood"
    sheet.append(["Name", "Phone", "Amount", "Summary"])
    sheet.append(["Perpetua Quillan", "07700 900461", 12.5, SENTENCE])
    sheet.append(["Perpetua Quillan", 7700900461, 3, "Nothing more was said."])
    book.properties.creator = "Perpetua Quillan"
    return _saved(book.save)


def _pdf() -> bytes:
    made = FPDF()
    made.set_title("Marabelle Ellwood")
    made.set_font("helvetica", size=12)
    made.add_page()
    made.multi_cell(0, 8, f"{_HEADING}\n{SENTENCE}")
    made.add_page()
    made.multi_cell(0, 8, "Nothing more was said.")
    return bytes(made.output())


def _mail() -> bytes:
    made = EmailMessage()
    made["From"] = "Perpetua Quillan <perpetua.quillan@example.org>"
    made["To"] = "Marabelle Ellwood <mara@example.org>, team@example.org"
    made["Subject"] = _HEADING
    made["Date"] = "Fri, 01 May 2026 10:00:00 +0100"
    made["X-Originating-IP"] = "198.51.100.7"
    made["Message-ID"] = "<mara.ellwood@example.org>"
    made.set_content(f"{SENTENCE}\n\nNothing more was said.")
    made.add_alternative(f"<p>{SENTENCE}</p>", subtype="html")
    made.add_attachment(
        _word(), maintype="application", subtype="octet-stream", filename="Marabelle Ellwood.docx"
    )
    return made.as_bytes()


def _saved(save: Callable[[io.BytesIO], None]) -> bytes:
    written = io.BytesIO()
    save(written)
    return written.getvalue()


MAKERS = {
    ".txt": _text, ".html": _page, ".docx": _word, ".xlsx": _excel, ".pdf": _pdf, ".eml": _mail,
}  # fmt: skip


@pytest.fixture(scope="module")
def redact(service: RedactionService) -> _Redact:
    """The original of a kind and what became of it, made once for all tests."""

    @cache
    def made(suffix: str) -> tuple[bytes, RedactedFile]:
        original = MAKERS[suffix]()
        return original, redacted("case of Marabelle Ellwood" + suffix, original, service)

    return made


@pytest.mark.parametrize("suffix", sorted(MAKERS))
def test_nothing_of_the_people_is_left_in_any_layer(suffix: str, redact: _Redact) -> None:
    """Raw bytes, packed parts, streams and encoded parts of the fresh file name nobody."""
    original, done = redact(suffix)

    assert residue(original)
    assert done.rewritten.flags == ()
    assert residue(done.content) == []
    assert [one.reason for one in done.rewritten.removals].count("informant-identity") > 0


@pytest.mark.parametrize("suffix", sorted(MAKERS))
def test_what_a_reader_needs_is_still_there(suffix: str, redact: _Redact) -> None:
    """The fresh file is of the same kind and has the same blocks in the same order."""
    original, done = redact(suffix)
    before, fresh = read("a" + suffix, original), done.content
    after = read("b" + suffix, fresh)

    assert kind_of("b" + suffix, fresh) is before.kind
    assert "Nothing more was said." in _words(after)
    assert [one.shape for one in after.blocks] == _kept_shapes(before)


def _words(document: Document) -> list[str]:
    return [line for cell in document.cells() for line in cell.text.split("\n")]


def _kept_shapes(document: Document) -> list[Shape]:
    """Text and PDF know no headings, and a fresh mail says in its text who wrote to whom."""
    fields = {Shape.FIELD: Shape.PARAGRAPH}
    shapes = [fields.get(one.shape, one.shape) for one in document.blocks]
    return [*shapes[:1], Shape.FIELD, *shapes[1:]] if Shape.SUBJECT in shapes else shapes


def test_the_same_words_in_the_same_cells_are_the_same_file() -> None:
    """Writing twice gives the same bytes: no time, no user, no random name is in a fresh file."""
    for suffix, make in MAKERS.items():
        document = read("a" + suffix, make())
        once, again = (write(document)[2] for _ in range(2))

        assert once == again, suffix


def test_the_properties_of_a_fresh_file_say_nothing(redact: _Redact) -> None:
    """No author, title, company or date but the beginning of time."""
    known = docx.Document(io.BytesIO(redact(".docx")[1].content)).core_properties
    book = openpyxl.load_workbook(io.BytesIO(redact(".xlsx")[1].content))
    paper = PdfReader(io.BytesIO(redact(".pdf")[1].content)).metadata

    assert {known.author, known.title, known.last_modified_by, known.comments} == {""}
    assert {known.created and known.created.year, book.properties.created.year} == {1980}
    assert book.properties.creator in {"", None}
    assert paper is not None
    assert (paper.title, paper.author, paper.producer or "") == (None, None, "")
    assert paper.creation_date is not None
    assert paper.creation_date.year == 1980


def test_a_document_survives_the_way_from_the_reading_process() -> None:
    """What is encoded for the pipe is decoded to the same document, values of cells included."""
    for suffix, make in MAKERS.items():
        document = read("a" + suffix, make())

        assert decode(encode(document)) == document, suffix
    with pytest.raises(ValueError, match="another version"):
        decode(b"[99, []]")


def test_every_kind_that_is_read_can_be_written() -> None:
    """No kind is read and then has no fresh form."""
    assert {read("a" + suffix, make()).kind for suffix, make in MAKERS.items()} == set(FRESH)


class _Blind:
    """A detector that finds nothing, so that the verifier stands alone."""

    def detect(self, texts: Sequence[str], _: Sequence[Person]) -> list[tuple[Finding, ...]]:
        """Find nothing."""
        return [() for _ in texts]


class _Once:
    """A detector that finds a stranger's name where a cue gives it away, and nowhere else."""

    def detect(self, texts: Sequence[str], _: Sequence[Person]) -> list[tuple[Finding, ...]]:
        """Find the name after `aunt`."""
        return [tuple(self._found(text)) for text in texts]

    def _found(self, text: str) -> list[Finding]:
        return [
            Finding(start=one.start(1), end=one.end(1), label=Label.PERSON, recogniser="cue")
            for one in re.finditer("aunt ([A-Z][a-z]+)", text)
        ]


def test_a_name_given_away_once_goes_from_every_part() -> None:
    """All texts of a document are siblings, its attachments included."""
    inner = EmailMessage()
    inner.set_content("Throssell rang.")
    inner.add_attachment("Her aunt Throssell rang.", filename="a.txt")
    done = redact_file("a.eml", inner.as_bytes(), (), chosen_profile(None, None), _Once())

    assert done.rewritten.flags == ()
    assert residue(done.content, ("Throssell",)) == []


def test_a_heading_alone_says_what_a_cell_holds() -> None:
    """Where nothing in a value gives it away, the head of its column or its label does."""
    book = openpyxl.Workbook()
    for row in (["Tenant", "Passport number", "Status"], ["zyxwv", "zyx", "open"]):
        book.worksheets[0].append(row)
    form = b"<table><tr><td>Tenant<td>zyxwv<tr><td>Status<td>open</table>"
    texts = [
        [cell.text for cell in redact_file(
            name, content, (), chosen_profile(None, None), _Blind()
        ).rewritten.document.cells()][-4:]
        for name, content in (("a.xlsx", _saved(book.save)), ("a.html", form))
    ]  # fmt: skip

    assert [[text[:1] for text in some] for some in texts] == [
        ["S", "[", "[", "o"],
        ["T", "[", "S", "o"],
    ]


def test_a_held_document_is_not_there_at_all() -> None:
    """Where the verifier finds somebody, no byte of a fresh document exists."""
    done = redact_file("a.txt", _text(), people(), chosen_profile(None, None), _Blind())

    assert done.content == b""
    assert "party-name paragraph 1" in done.rewritten.flags
    assert not [flag for flag in done.rewritten.flags if "Ellwood" in flag]


def test_what_is_really_in_the_fresh_file_has_the_last_word(
    service: RedactionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that lets a name slip in is caught: the file is read again before it leaves."""
    fresh = SENTENCE.encode()
    monkeypatch.setattr(
        "redaction.documents.files.write_document", lambda _: (fresh, read("a.txt", fresh))
    )
    done = redacted("a.txt", b"Nothing new.", service)

    assert done.content == b""
    assert "party-name fresh paragraph 1" in done.rewritten.flags


def test_a_name_that_is_split_over_cells_is_held() -> None:
    """No cell names anybody, but side by side they do: the verifier reads neighbours together."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Mara", "belle Ell", "wood"])
    content = _saved(book.save)
    done = redact_file("a.xlsx", content, people(), chosen_profile(None, None), _Blind())

    assert "party-name document" in done.rewritten.flags


def test_a_block_without_rows_has_no_text() -> None:
    """A page break says nothing."""
    assert Block(shape=Shape.PAGE_BREAK).text == ""
