"""PDF: only words that a reader sees are read, and a box over a name never uncovers it."""

import pytest
from fpdf import FPDF

from broker.domain.errors import RedactionError
from broker.typeface import FONT
from redaction.documents.document import Block, Cell, Document, Kind, Shape
from redaction.documents.pdf_fresh import write_pdf
from redaction.documents.read import read
from redaction.service import RedactionService
from tests.unit.redaction.originals import line, pdf, redacted, residue

_SHOWN = line("Seen by all.", at=(72, 780))
_SECRET = line("Under the box.")
_BOX = "70 695 200 20 re f"
_FORM = (
    "<< /Type /XObject /Subtype /Form /BBox [0 0 600 850] /Resources << /Font << /F1 3 0 R >> >> "
    "/Length {} >>\nstream\n{}\nendstream"
)
_IMAGE = (
    "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray "
    "/BitsPerComponent 8 /Length 1 >>\nstream\nx\nendstream"
)


def _texts(content: bytes) -> list[str]:
    return [cell.text for cell in read("a.pdf", content).cells()]


def _form(content: str) -> str:
    return _FORM.format(len(content), content)


@pytest.mark.parametrize(
    "hidden",
    [
        line("Unseen.", before="3 Tr"),
        line("Unseen.", before="7 Tr"),
        f"1 g {line('Unseen.')} 0 g",
        f"1 1 1 rg {line('Unseen.')} 0 g",
        f"0 0 0 0 k {line('Unseen.')} 0 g",
        f"q 1 g {line('Unseen.')} Q",
        f"/CS0 cs 1 1 1 scn {line('Unseen.')} 0 g",
        f"0 g 60 690 300 40 re f {line('Unseen.')}",
        line("Unseen.", at=(72, 900)),
        line("Unseen.", at=(-400, 700)),
        "BT /F1 1 Tf 72 700 Td (Unseen.) Tj ET",
        "BT /F1 12 Tf 0.1 0 0 0.1 72 700 Tm [(Uns) -20 (een.)] TJ ET",
        "q 0.05 0 0 0.05 0 0 cm BT /F1 12 Tf 1440 14000 Td (Unseen.) Tj ET Q",
    ],
)
def test_words_that_nobody_sees_stay_behind(hidden: str) -> None:
    """Invisible, white on white, black on black, off the page or too small to read."""
    document = read("a.pdf", pdf(f"{_SHOWN} {hidden}"))

    assert [cell.text for cell in document.cells()] == ["Seen by all."]
    assert dict(document.left_out) == {"hidden text": 1}


@pytest.mark.parametrize(
    "seen",
    [
        f"0 0 0.5 rg 60 690 300 40 re f 1 g {line('A heading.')} 0 g",
        f"0.9 g 60 690 300 40 re f 0 g {line('A heading.')}",
        f"{line('A heading.')} 72 698 100 0.5 re f",
        f"1 g q 0 g {line('A heading.')} Q 0 g",
        "BT /F1 12 Tf 14 TL 72 714 Td (A heading.) ' ET",
    ],
)
def test_words_that_are_seen_are_read(seen: str) -> None:
    """White on a dark band, black on a grey one, underlined: all of it is text."""
    assert _texts(pdf(f"{_SHOWN} {seen}"))[-1].endswith("A heading.")


@pytest.mark.parametrize(
    "over",
    [
        f"0 g {_BOX}",
        f"1 g {_BOX}",
        "100 690 40 30 re f",
        "70 695 m 270 695 l 270 715 l 70 715 l h f",
        "q 200 0 0 20 70 695 cm 0 0 1 1 re f Q",
    ],
)
def test_words_under_a_box_stop_the_document(over: str) -> None:
    """Somebody blacked this out; reading it anew would uncover what else is under the box."""
    with pytest.raises(RedactionError, match="drawn over words of page 1"):
        read("a.pdf", pdf(f"{_SHOWN} {_SECRET} {over}"))


def test_a_picture_or_a_form_over_words_stops_the_document() -> None:
    """A scan pasted over a paragraph hides it as well as a box does, also inside a form."""
    over = f"{_SECRET} q 300 0 0 40 60 690 cm /X1 Do Q"
    inside = _form(f"{_SECRET} {_BOX}")

    with pytest.raises(RedactionError, match="drawn over"):
        read("a.pdf", pdf(over, objects=[_IMAGE]))
    with pytest.raises(RedactionError, match="drawn over"):
        read("a.pdf", pdf("q 1 0 0 1 5 5 cm /X1 Do Q", objects=[inside]))


@pytest.mark.parametrize(("up", "stops"), [(600, True), (300, False)])
def test_a_form_counts_where_it_is_placed(up: int, stops: bool) -> None:  # noqa: FBT001  # a row of the table
    """Words of a letterhead stand where the page puts them, not where they were drawn."""
    inside = _form(line("Under the box.", at=(72, 100)))
    content = pdf(f"q 1 0 0 1 0 {up} cm /X1 Do Q {_BOX}", objects=[inside])

    if stops:
        with pytest.raises(RedactionError, match="drawn over"):
            read("a.pdf", content)
    else:
        assert _texts(content) == ["Under the box."]


@pytest.mark.parametrize("kind", ["Square", "Redact", "Stamp", "FreeText", "Ink"])
def test_a_remark_that_covers_words_stops_the_document(kind: str) -> None:
    """Boxes from a toolbar are remarks on the page; dropping them would uncover the words."""
    remark = f"<< /Type /Annot /Subtype /{kind} /Rect [70 690 300 720] /Contents (x) >>"

    with pytest.raises(RedactionError, match="drawn over"):
        read("a.pdf", pdf(_SECRET, page=f"/Annots [{remark}]"))


def test_notes_links_scripts_and_attachments_stay_behind(service: RedactionService) -> None:
    """They are counted, and no byte of them is in the fresh PDF."""
    notes = (
        "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (Larch Court) >> "
        "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] "
        "/A << /S /URI /URI (http://larch.invalid) >> >>"
    )
    root = (
        "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> "
        "/Names << /EmbeddedFiles << /Names [(Larch Court.doc) << /F (Larch Court.doc) >>] >> >>"
    )
    original = pdf(_SHOWN, page=f"/Annots [{notes}]", root=root)
    done = redacted("a.pdf", original, service)

    assert residue(original, ("Larch Court", "JavaScript", "larch.invalid"))
    assert residue(done.content, ("Larch Court", "JavaScript", "larch.invalid", "/URI")) == []
    assert dict(done.left_out) == {
        "embedded file": 1, "link": 1, "note on the page": 1, "script or action": 1,
    }  # fmt: skip


def test_what_is_filled_in_on_a_form_is_redacted_by_the_fields_name(
    service: RedactionService,
) -> None:
    """A referral form is a table of fields; a hidden field stays behind."""
    fields = (
        "<< /Subtype /Widget /Rect [0 0 9 9] /T (Surname) /V (Zyxwv) >> "
        "<< /Subtype /Widget /Rect [0 0 9 9] /Parent << /T (Consent) /V /Yes >> >> "
        "<< /Subtype /Widget /Rect [0 0 9 9] /F 2 /T (Secret) /V (Larch Court) >>"
    )
    done = redacted("a.pdf", pdf(_SHOWN, page=f"/Annots [{fields}]"), service)
    (table,) = [one for one in done.rewritten.document.blocks if one.shape is Shape.TABLE]

    assert [[cell.text[:5] for cell in row] for row in table.rows] == [
        ["Surna", "[name"],
        ["Conse", "Yes"],
    ]
    assert residue(done.content, ("Zyxwv", "Larch")) == []


@pytest.mark.parametrize(
    ("root", "said"),
    [
        ("/AcroForm << /XFA (x) >>", "form that only its own program shows"),
        ("/Collection << >>", "portfolio"),
        ("/OCProperties << /D << /OFF [3 0 R] >> >>", "layers that are switched off"),
        ("/OCProperties << /D << /BaseState /OFF >> >>", "layers that are switched off"),
    ],
)
def test_what_shows_other_words_than_it_holds_is_refused(root: str, said: str) -> None:
    """Forms of another program, portfolios and switched-off layers, each in one sentence."""
    with pytest.raises(RedactionError, match=said):
        read("a.pdf", pdf(_SHOWN, root=root))


def test_letters_that_are_only_drawn_are_refused() -> None:
    """A font that does not say which letters it draws could spell a name in signs of its own."""
    with pytest.raises(RedactionError, match="only drawn"):
        read("a.pdf", pdf(f"{_SHOWN} {line(chr(1) + chr(2) + chr(3))}"))


def test_a_box_beside_a_line_of_wide_letters_does_not_stop_it() -> None:
    """Where a font takes two bytes a letter, a line is half as long as its bytes."""
    made = FPDF()
    made.add_font("wide", fname=FONT)
    made.set_font("wide", size=12)
    made.add_page()
    made.text(20, 30, "Twenty letters here.")
    made.set_fill_color(255, 255, 0)
    made.rect(75, 25, 40, 8, style="F")

    assert _texts(bytes(made.output())) == ["Twenty letters here."]


def test_a_box_over_a_line_of_wide_letters_stops_it() -> None:
    """The same font, and the box where the words are."""
    made = FPDF()
    made.add_font("wide", fname=FONT)
    made.set_font("wide", size=12)
    made.add_page()
    made.text(20, 30, "Twenty letters here.")
    made.rect(40, 25, 10, 8, style="F")

    with pytest.raises(RedactionError, match="drawn over"):
        read("a.pdf", bytes(made.output()))


def test_pages_stay_pages_and_pictures_beside_text_are_counted() -> None:
    """A logo does not stop a letter."""
    document = read("a.pdf", pdf(_SHOWN, line("Page two."), objects=[_IMAGE]))

    assert [one.shape for one in document.blocks] == [
        Shape.PARAGRAPH, Shape.PAGE_BREAK, Shape.PARAGRAPH,
    ]  # fmt: skip
    assert dict(document.left_out) == {"image": 2}


def test_letters_that_the_font_lacks_are_written_as_numbers() -> None:
    """Nothing vanishes unseen: a letter of another script is shown by its number."""
    cell = Cell(where="paragraph 1", text="Ærø, Łódź, Ελένη, Олена; \u0633\tend")
    content = write_pdf(
        Document(kind=Kind.PDF, blocks=(Block(shape=Shape.PARAGRAPH, rows=((cell,),)),))
    )

    assert _texts(content) == ["Ærø, Łódź, Ελένη, Олена; [U+0633]    end"]


def test_every_shape_can_stand_in_a_pdf() -> None:
    """Headings, lists and tables of a form that was scanned or filled in."""
    cell = Cell(where="x", text="Word " * 40)
    shapes = [one for one in Shape if one is not Shape.PAGE_BREAK]
    blocks = tuple(Block(shape=one, level=1, rows=((cell, cell), (cell,))) for one in shapes)
    texts = _texts(write_pdf(Document(kind=Kind.PDF, blocks=blocks)))

    assert sum(one.count("Word") for one in texts) >= 40 * len(shapes)


def test_a_fresh_pdf_survives_its_own_reader() -> None:
    """Lines that wrap are still the same words."""
    made = FPDF()
    made.set_font("helvetica", size=12)
    made.add_page()
    made.multi_cell(0, 8, "word " * 300)

    assert " ".join(_texts(bytes(made.output()))).split() == ["word"] * 300
