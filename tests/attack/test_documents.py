"""Hostile documents: each is refused in one sentence that says what to do, or made harmless.

Bombs, entities, archives in archives, false names, locked files and endless loops meet a process of
their own, which holds nothing and ends in time. None of them reaches the broker's memory or disk.
"""

import io
import re
import struct
import zipfile
import zlib
from email.message import EmailMessage

import pytest
from pypdf import PdfWriter

from broker.domain.errors import RedactionError
from redaction.documents.archive import MAX_ENTRIES
from redaction.documents.draft import MAX_CELLS, MAX_READ
from redaction.documents.kinds import MAX_DOCUMENT_BYTES
from redaction.documents.read import read
from redaction.documents.reading import read_document
from redaction.documents.rewrite import MAX_CHARACTERS, rewrite
from redaction.notes import chosen_profile
from redaction.service import RedactionService
from tests.unit.redaction.originals import (
    SENTENCE,
    line,
    paragraph,
    pdf,
    redacted,
    refused,
    residue,
    with_parts,
    word,
    zipped,
)

_LETTER = word(paragraph("Nothing new."))
_ENTITIES = (
    '<!DOCTYPE d [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><d>&c;</d>'
)
_EXTERNAL = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'
_REMOTE = '<!DOCTYPE d SYSTEM "http://entities.invalid/d.dtd"><d/>'


def test_a_part_that_unpacks_to_more_than_a_document_holds_is_refused() -> None:
    """A zip bomb is counted while it unpacks, and left."""
    bomb = with_parts(_LETTER, {"word/document.xml": b"<a>" + b" " * 40_000_000 + b"</a>"})

    assert len(bomb) < 100_000
    refused("a.docx", bomb, "unpacks to more")


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    """The size in the listing says ten bytes; what counts is what comes out."""
    bomb = with_parts(_LETTER, {"word/document.xml": b"<a>" + b" " * 40_000_000 + b"</a>"})
    true = struct.pack("<L", 40_000_007)

    assert bomb.count(true) >= 2
    refused("a.docx", bomb.replace(true, struct.pack("<L", 10)), "damaged|unpacks to more")


def test_thousands_of_parts_are_refused() -> None:
    """A listing longer than any document's is not walked."""
    parts: dict[str, bytes | str] = {f"word/{n}.xml": b"" for n in range(MAX_ENTRIES)}

    refused("a.docx", with_parts(_LETTER, parts), "unpacks to more")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused() -> None:
    """Which of them a reader shows depends on the reader."""
    written = io.BytesIO(_LETTER)
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr("word/document.xml", "<other/>")

    refused("a.docx", written.getvalue(), "unpacks to more")


@pytest.mark.parametrize("bomb", [_ENTITIES, _EXTERNAL, _REMOTE], ids=["bomb", "file", "net"])
@pytest.mark.parametrize(
    ("name", "part"), [("a.docx", "word/document.xml"), ("a.xlsx", "xl/workbook.xml")]
)
def test_entities_are_refused_and_never_expanded(name: str, part: str, bomb: str) -> None:
    """Neither a billion laughs nor a file of ours nor a call to the network comes of XML."""
    refused(name, with_parts(_LETTER, {part: bomb}), "declares entities")


def test_broken_parts_are_refused() -> None:
    """Half an archive, half a part and an unknown way of packing are all damaged files."""
    wrong = re.sub(rb"(?<=PK\x01\x02.{6}).", b"\x63", _LETTER, flags=re.DOTALL)

    refused("a.docx", _LETTER[:-30], "damaged")
    refused("a.docx", with_parts(_LETTER, {"word/document.xml": "<w:document"}), "damaged")
    refused("a.docx", wrong, "damaged")


def test_an_archive_in_a_document_is_never_opened(redactor: RedactionService) -> None:
    """Embedded files are counted and stay behind, whatever is in them."""
    inner = zipped({"again.docx": with_parts(_LETTER, {"x": SENTENCE})})
    original = with_parts(_LETTER, {"word/embeddings/oleObject1.bin": inner})

    assert residue(redacted("a.docx", original, redactor).content) == []


@pytest.mark.parametrize("name", ["a.docm", "a.xlsm", "a.xlsb", "a.dotm", "A.DOCM "])
def test_files_with_macros_are_refused_by_name(name: str) -> None:
    """They say what they are; the answer says what to send instead."""
    refused(name, _LETTER, r"Save it as \.(docx|xlsx)")


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx"])
def test_macros_under_an_innocent_name_are_refused(name: str) -> None:
    """A macro in a .docx is there to be overlooked."""
    refused(name, with_parts(_LETTER, {"word/vbaProject.bin": b"x"}), "holds macros")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", b"%PDF-1.7\n"), ("a.pdf", _LETTER), ("a.xlsx", b"Text"), ("a.txt", _LETTER),
        ("a.txt", b"%PDF-1.7\n"), ("a.html", b"\x89PNG\r\n\x1a\n"), ("a.eml", _LETTER),
        ("a.png", b"Text"), ("a.txt", b"{\\rtf1 Text}"), ("a.txt", b"7z\xbc\xaf'\x1c"),
        ("a.pdf", b"Text"), ("a.jpg", _LETTER),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_its_name_says_is_refused(name: str, content: bytes) -> None:
    """A false name is no way around the reader of the true kind."""
    refused(name, content, "its name says")


@pytest.mark.parametrize(
    "name", ["a.doc", "a.rtf", "a.odt", "a.xls", "a.csv", "a.msg", "a.pptx", "a.mbox"]
)
def test_a_kind_that_is_not_read_is_refused_with_the_kind_to_use(name: str) -> None:
    """Save it as something else; which, stands in the sentence."""
    refused(name, b"Text", r"Save it as \.\w+ and send that")


@pytest.mark.parametrize("name", ["a.zip", "a.7z", "a.rar", "a.tar", "a.gz", "a.iso"])
def test_an_archive_is_refused(name: str) -> None:
    """Every document in it is redacted by itself, or not at all."""
    refused(name, zipped({"a.txt": SENTENCE}), "Unpack it")


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "noname", "a.", "Ellwood", "../../etc/passwd", "a.docx\0.exe", "a.docx/..",
        "Ellwood\n.exe", "a.\u202excod", "x" * 5000, "$(reboot).sh", "-rf",
    ],
)  # fmt: skip
def test_hostile_names_are_refused_and_never_repeated(name: str) -> None:
    """A name reaches no message, no shell and no path; only its suffix is looked at."""
    refused(name, b"Text", r"Save it as \.docx")


def test_a_locked_file_is_refused() -> None:
    """Office's own password makes an old container; a PDF says so itself; a zip has a flag."""
    locked = PdfWriter()
    locked.add_blank_page(72, 72)
    locked.encrypt("secret", algorithm="RC4-128")
    written = io.BytesIO()
    locked.write(written)
    flagged = bytearray(_LETTER)
    flagged[flagged.index(b"PK\x01\x02") + 8] |= 1

    refused("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "without a password")
    refused("a.txt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "without a password")
    refused("a.pdf", written.getvalue(), "without a password")
    refused("a.docx", bytes(flagged), "without a password")


def test_a_file_over_the_limit_is_refused_before_it_is_read() -> None:
    """25 MB is what mail takes."""
    refused("a.txt", b"a" * (MAX_DOCUMENT_BYTES + 1), "over 25 MB")


def test_a_document_of_too_many_words_is_refused_and_never_cut(redactor: RedactionService) -> None:
    """The end of a document is where the address is."""
    long = read("a.txt", b"a few words\n\n" * (MAX_CHARACTERS // 11 + 10))
    with pytest.raises(RedactionError, match="Split the document"):
        rewrite(long, (), chosen_profile(None, None), redactor)
    refused("a.txt", b"words " * (MAX_READ // 6 + 1000), "Split the document")
    refused("a.txt", b"a\n\n" * (MAX_CELLS + 1), "Split the document")


def test_bytes_that_are_no_text_are_refused() -> None:
    """A program called notes.txt is not read as if it were letters."""
    refused("a.txt", b"Text\0with\1controls", "bytes that are no text")


def test_a_mail_wrapped_a_hundred_times_is_refused() -> None:
    """The address is in the innermost one, so that a limit that cuts would miss it."""
    nested = b"Content-Type: text/plain\n\nShe is at 8 Larch Court."
    for number in range(100):
        mark = f"b{number}".encode()
        head = b"Content-Type: multipart/mixed; boundary=" + mark
        nested = head + b"\n\n--" + mark + b"\n" + nested + b"\n--" + mark + b"--\n"
    forwarded = b"Content-Type: text/plain\n\nShe is at 8 Larch Court."
    for _ in range(100):
        forwarded = b"Content-Type: message/rfc822\n\n" + forwarded

    refused("a.eml", b"Subject: x\n" + nested, "wrapped deeper")
    refused("a.eml", b"Subject: x\n" + forwarded, "wrapped deeper")


def test_a_mail_of_ten_thousand_wrappings_ends_the_process_and_not_the_broker() -> None:
    """Deeper than Python can go: the reading process fails, and one sentence says so."""
    forwarded = b"Content-Type: message/rfc822\n\n" * 10_000 + b"\n\nText."

    with pytest.raises(RedactionError, match=r"Have a person redact it|wrapped deeper"):
        read_document("a.eml", b"Subject: x\n" + forwarded)


def test_mails_attached_to_mails_have_an_end() -> None:
    """Each attached file is opened by the same rules, three deep and no further."""
    inner = EmailMessage()
    inner.set_content("Innermost at 8 Larch Court.")
    for _ in range(6):
        outer = EmailMessage()
        outer.set_content("Outer.")
        data = inner.as_bytes()
        outer.add_attachment(data, maintype="application", subtype="x", filename="a.eml")
        inner = outer
    document = read("a.eml", inner.as_bytes())

    assert not [one for one in document.cells() if "Larch" in one.text]
    assert [one for one in document.cells() if one.text == "[attachment left out]"]


def test_an_attached_bomb_stays_behind() -> None:
    """The mail around it is read; the bomb is counted and a line says that it was there."""
    bomb = with_parts(_LETTER, {"word/document.xml": b"<a>" + b" " * 40_000_000 + b"</a>"})
    made = EmailMessage()
    made.set_content("See attached.")
    made.add_attachment(bomb, maintype="application", subtype="x", filename="a.docx")
    document = read("a.eml", made.as_bytes())

    assert [one.text for one in document.cells()] == ["See attached.", "[attachment left out]"]


def test_a_page_nested_without_end_is_refused() -> None:
    """Ten thousand elements within each other are no page that anybody wrote."""
    refused("a.html", b"<div>" * 10_000 + b"Text", "nests deeper")


def test_a_pdf_whose_objects_run_in_circles_ends() -> None:
    """Pages that contain themselves, fields that are their own parents, forms that call forms."""
    form = (
        "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] "
        "/Resources << /XObject << /X1 4 0 R >> >> /Length 12 >>\nstream\n/X1 Do /X1 Do\nendstream"
    )
    field = "<< /Subtype /Widget /Rect [0 0 9 9] /Parent 4 0 R /T (x) >>"
    circle = pdf(line("Text.")).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")

    assert [
        one.text for one in read("a.pdf", pdf(f"{line('Text.')} /X1 Do", objects=[form])).cells()
    ]
    assert read("a.pdf", pdf(line("Text."), page="/Annots [4 0 R]", objects=[field])).blocks
    refused("a.pdf", circle, "damaged|none to redact")


def test_a_damaged_pdf_is_refused() -> None:
    """Half a file may hide the other half."""
    refused("a.pdf", b"%PDF-1.7\nnothing of a PDF", "damaged")


def test_a_pdf_stream_that_unpacks_without_end_ends() -> None:
    """A stream of a few kilobytes that unpacks to hundreds of megabytes costs no memory here."""
    packed = zlib.compress(b" " * 200_000_000, 9).decode("latin-1")
    content = pdf(packed).replace(b"<< /Length ", b"<< /Filter /FlateDecode /Length ")

    with pytest.raises(RedactionError):
        read_document("a.pdf", content)
