"""Word: what its reader sees is read, and what is hidden, struck or remarked stays behind."""

import pytest

from broker.domain.errors import RedactionError
from redaction.documents.document import Document, Shape
from redaction.documents.read import read
from redaction.service import RedactionService
from tests.unit.redaction.originals import paragraph, redacted, residue, word, zipped

_BOX = (
    "<w:p><w:r><mc:AlternateContent "
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice>'
    "<w:drawing><w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent>"
    "</w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>In a box.</w:t>"
    "</w:r></w:p></w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
)


def _read(body: str, **parts: str) -> Document:
    return read("a.docx", word(body, **parts))


def _texts(document: Document) -> list[str]:
    return [one.text for one in document.cells()]


def test_an_insertion_is_text_and_a_deletion_is_not() -> None:
    """Tracked changes are read as accepted; the struck words do not travel."""
    document = _read(
        "<w:p><w:r><w:t>She </w:t></w:r><w:ins><w:r><w:t>stays</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>left for the refuge</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>moved away</w:t></w:r></w:moveFrom>"
        "<w:moveTo><w:r><w:t> here</w:t></w:r></w:moveTo></w:p>"
    )

    assert _texts(document) == ["She stays here"]
    assert document.left_out == (("tracked deletion", 2),)


def test_a_comment_does_not_travel() -> None:
    """A remark in the margin is for colleagues; only that there was one is counted."""
    document = _read(
        "<w:p><w:r><w:t>Seen.</w:t></w:r><w:r><w:commentReference w:id='1'/></w:r></w:p>",
        comments="<w:comments {W}><w:comment>"
        + paragraph("She is lying")
        + "</w:comment></w:comments>",
    )

    assert _texts(document) == ["Seen."]
    assert document.left_out == (("comment", 1),)


@pytest.mark.parametrize(
    "run",
    [
        "<w:vanish/>", '<w:vanish w:val="true"/>', "<w:specVanish/>",
        '<w:color w:val="FFFFFF"/>', '<w:highlight w:val="black"/>',
        '<w:color w:val="000000"/><w:shd w:fill="000000"/>',
        '<w:color w:val="FFFF00"/><w:shd w:fill="ffff00"/>',
    ],
)  # fmt: skip
def test_hidden_and_blacked_out_words_are_never_uncovered(run: str) -> None:
    """A fresh document has no black boxes, so what was under one must not be in it."""
    document = _read(paragraph("Shown.") + paragraph("Under the box.", run=run))

    assert _texts(document) == ["Shown."]
    assert document.left_out == (("hidden text", 1),)


@pytest.mark.parametrize(
    "run", ['<w:vanish w:val="0"/>', '<w:color w:val="FFFFFF"/><w:shd w:fill="1F3864"/>', "<w:b/>"]
)
def test_words_that_are_seen_stay(run: str) -> None:
    """White letters on a dark band are a heading, and not hidden."""
    assert _texts(_read(paragraph("Shown.", run=run))) == ["Shown."]


def test_words_in_a_style_that_hides_stay_behind() -> None:
    """Hiding by a style of its own hides as well as hiding by hand."""
    styles = "<w:styles {W}><w:style w:styleId='h'><w:rPr><w:vanish/></w:rPr></w:style></w:styles>"
    document = _read(
        paragraph("Shown.")
        + paragraph("Unseen.", "<w:pStyle w:val='h'/>")
        + paragraph("Unseen.", run="<w:rStyle w:val='h'/>"),
        styles=styles,
    )

    assert _texts(document) == ["Shown."]
    assert document.left_out == (("hidden text", 2),)


def test_a_text_box_is_read_once() -> None:
    """Word stores a box twice, for old programs and new ones."""
    assert _texts(_read(paragraph("Before.") + _BOX)) == ["Before.", "In a box."]


def test_notes_headers_and_footers_are_text() -> None:
    """What stands at the edge of the page names people as often as the middle does."""
    document = _read(
        "<w:p><w:r><w:t>Told.</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>",
        header="<w:hdr {W}>" + paragraph("At the top") + "</w:hdr>",
        footer="<w:ftr {W}>" + paragraph("At the bottom") + "</w:ftr>",
        footnotes=(
            "<w:footnotes {W}><w:footnote w:type='separator' w:id='0'/><w:footnote w:id='2'>"
            + paragraph("By a neighbour")
            + "</w:footnote></w:footnotes>"
        ),
    )

    assert [(one.shape, one.text) for one in document.blocks] == [
        (Shape.HEADER, "At the top"),
        (Shape.PARAGRAPH, "Told.[note 2]"),
        (Shape.NOTE, "By a neighbour"),
        (Shape.FOOTER, "At the bottom"),
    ]


def test_headings_and_lists_are_told_apart() -> None:
    """By the style's name as people see it, and by how the list is marked."""
    numbering = (
        "<w:numbering {W}><w:abstractNum w:abstractNumId='7'><w:lvl><w:numFmt w:val='decimal'/>"
        "</w:lvl></w:abstractNum><w:num w:numId='3'><w:abstractNumId w:val='7'/></w:num>"
        "</w:numbering>"
    )
    styles = (
        "<w:styles {W}><w:style w:styleId='x1'><w:name w:val='heading 3'/></w:style></w:styles>"
    )
    item = "<w:numPr><w:ilvl w:val='1'/><w:numId w:val='{}'/></w:numPr>"
    document = _read(
        paragraph("Title of it", "<w:pStyle w:val='Title'/>")
        + paragraph("A heading", "<w:pStyle w:val='x1'/>")
        + paragraph("Numbered", item.format(3))
        + paragraph("Bulleted", item.format(9))
        + paragraph("Neither", item.format(0)),
        numbering=numbering,
        styles=styles,
    )

    assert [(one.shape, one.level) for one in document.blocks] == [
        (Shape.HEADING, 1),
        (Shape.HEADING, 3),
        (Shape.NUMBER, 1),
        (Shape.BULLET, 1),
        (Shape.PARAGRAPH, 0),
    ]


def test_a_table_in_a_table_is_read() -> None:
    """Nested cells become lines of the cell around them; a struck row is gone."""
    inner = f"<w:tbl><w:tr><w:tc>{paragraph('Inner')}</w:tc></w:tr></w:tbl>"
    struck = f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph('Struck')}</w:tc></w:tr>"
    control = f"<w:sdt><w:sdtContent><w:tc>{paragraph('Chosen')}</w:tc></w:sdtContent></w:sdt>"
    document = _read(
        f"<w:tbl><w:tr><w:tc>{paragraph('Outer')}{inner}</w:tc>{control}</w:tr>{struck}</w:tbl>"
    )

    assert _texts(document) == ["Outer\nInner", "Chosen"]


def test_breaks_tabs_and_fields_read_as_on_paper() -> None:
    """A page break starts a page; the code behind a field is not its text."""
    document = _read(
        "<w:p><w:r><w:t>One</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t>"
        "<w:noBreakHyphen/><w:sym/><w:br w:type='page'/><w:t>four</w:t></w:r>"
        "<w:r><w:instrText>HYPERLINK mailto:her</w:instrText></w:r></w:p>"
        + paragraph("five", "<w:pageBreakBefore/>")
    )

    assert [one.text for one in document.blocks] == [
        "One\ttwo\nthree-\u25a1",
        "",
        "four",
        "",
        "five",
    ]
    assert document.left_out == (("field code", 1),)


def test_a_name_in_a_footnote_is_known_in_the_body(service: RedactionService) -> None:
    """All parts of one document are siblings: a stranger given away once goes everywhere."""
    body = paragraph("Later Throssell rang again.") + paragraph("Nothing else.")
    notes = "<w:footnotes {W}><w:footnote>" + paragraph("Her aunt Wilhelmina Throssell.")
    content = word(body, footnotes=notes + "</w:footnote></w:footnotes>")
    done = redacted("a.docx", content, service)

    assert residue(done.content, ("Throssell", "Wilhelmina")) == []


def test_embedded_files_and_pictures_are_counted_and_gone() -> None:
    """Whatever a part refers to beside its text stays where it was."""
    document = _read(
        "<w:p><w:r><w:drawing/><w:object/><w:t>Seen.</w:t></w:r></w:p><w:altChunk/><w:sectPr/>",
        oleObject="<x/>",
    )

    assert _texts(document) == ["Seen."]
    assert dict(document.left_out) == {"image": 1, "embedded object": 2, "embedded file": 1}


def test_a_zip_that_is_no_word_document_is_refused() -> None:
    """One sentence, and what to do."""
    with pytest.raises(RedactionError, match=r"Save it as \.docx"):
        read("a.docx", zipped({"notes.xml": "<a/>"}))


def test_a_document_without_a_word_is_refused() -> None:
    """An empty fresh document would say that there was nothing to hide."""
    with pytest.raises(RedactionError, match="none to redact"):
        _read(paragraph(" "))


def test_an_endless_nest_of_controls_is_refused() -> None:
    """Depth is limited before Python's own limit is met."""
    body = "<w:sdt>" * 150 + paragraph("Deep") + "</w:sdt>" * 150
    table = paragraph("x")
    for _ in range(60):
        table = f"<w:tbl><w:tr><w:tc>{table}</w:tc></w:tr></w:tbl>"

    for deep in (body, table):
        with pytest.raises(RedactionError, match=r"nest deeper|damaged"):
            _read(deep)
