"""E-mail and HTML: what a reader reads, without addresses, file names, scripts or targets."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest

from broker.domain.errors import RedactionError
from redaction.documents.document import Document, Shape
from redaction.documents.files import write
from redaction.documents.read import read
from redaction.service import RedactionService
from tests.unit.redaction.originals import SENTENCE, redacted, residue


def _mail(text: str = "Nothing new.", **head: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in head.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def _read(made: EmailMessage | bytes) -> Document:
    return read("a.eml", made if isinstance(made, bytes) else made.as_bytes())


def _texts(document: Document) -> list[str]:
    return [one.text for one in document.cells()]


def test_only_a_new_head_stands_on_a_fresh_mail(service: RedactionService) -> None:
    """No header of the original is copied: no route, no identity, no address, no date."""
    original = _mail(
        SENTENCE,
        From="Perpetua Quillan <pq@example.org>",
        To="m.ellwood@example.org",
        Subject="Marabelle Ellwood: visit",
        Received="from ellwood.example.org",
        Reply_To="quillan@example.org",
        X_Mailer="Ellwood Mail",
    )
    fresh = redacted("a.eml", original.as_bytes(), service).content
    head = dict(BytesParser(policy=policy.default).parsebytes(fresh).items())

    assert residue(fresh, ("example.org", "pq@", "Quillan", "Ellwood")) == []
    assert set(head) == {
        "From", "Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip
    assert head["From"] == "Redacted <redacted@redacted.invalid>"
    assert head["Subject"].endswith(": visit")


def test_a_subject_cannot_smuggle_a_header_in() -> None:
    """A line end in an encoded subject is a blank in the fresh one."""
    document = _read(b"Subject: =?utf-8?q?visit=0D=0ABcc=3A_her=40example=2Eorg?=\n\nText.")
    head = BytesParser(policy=policy.default).parsebytes(write(document)[2])

    assert head["Bcc"] is None


def test_attachments_are_fresh_documents_under_fresh_names(service: RedactionService) -> None:
    """A file name says who it is about as plainly as its text."""
    made = _mail()
    made.add_attachment(SENTENCE, filename="Marabelle Ellwood.txt")
    made.add_attachment(
        b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="Quillan.png"
    )
    done = redacted("a.eml", made.as_bytes(), service)
    fresh = BytesParser(policy=policy.default).parsebytes(done.content)
    names = [part.get_filename() for part in fresh.iter_attachments()]

    assert names == ["attachment-1.txt"]
    assert residue(done.content) == []
    assert dict(done.left_out) == {"attachment that cannot be read": 1}
    assert "[attachment left out]" in _texts(done.rewritten.document)


def test_a_forwarded_mail_is_part_of_the_mail() -> None:
    """Who wrote the inner mail, to whom and about what is read with the rest."""
    made = _mail("See below.", Subject="Outer")
    made.add_attachment(_mail("Inner text.", Subject="Inner", From="Ann <a@example.org>"))
    document = _read(made)

    assert _texts(document) == [
        "Outer", "See below.", "From", "Ann", "Subject", "Inner", "Inner text.",
    ]  # fmt: skip


def test_one_spelling_of_a_mail_is_read() -> None:
    """The other one may say something else, which nobody would compare."""
    made = _mail("The plain one.")
    made.add_alternative("<p>The other one.</p>", subtype="html")
    document = _read(made)

    assert _texts(document) == ["The plain one."]
    assert dict(document.left_out) == {"other spelling of the mail": 1}


def test_a_mail_in_html_alone_is_read_as_a_page() -> None:
    """Headings and tables of a mail are headings and tables."""
    made = EmailMessage()
    made.set_content("<h1>Visit</h1><p>All well.<script>x()</script>", subtype="html")
    document = _read(made)

    assert [(one.shape, one.text) for one in document.blocks] == [
        (Shape.HEADING, "Visit"),
        (Shape.PARAGRAPH, "All well."),
    ]


@pytest.mark.parametrize(
    "kind", ["multipart/encrypted; boundary=x", "application/pkcs7-mime; smime-type=enveloped-data"]
)
def test_an_encrypted_mail_is_refused(kind: str) -> None:
    """Its words cannot be read, so they cannot be redacted."""
    with pytest.raises(RedactionError, match="Decrypt the mail"):
        _read(f"Subject: x\nContent-Type: {kind}\n\n--x\n\n--x--\n".encode())


def test_a_mail_whose_parts_cannot_be_told_apart_is_refused() -> None:
    """Without its boundary a mail of many parts is one text that nobody can read."""
    with pytest.raises(RedactionError, match="cannot be told apart"):
        _read(b"Subject: x\nContent-Type: multipart/alternative\n\nShe is at 8 Larch Court.")


def test_a_mail_in_unknown_letters_is_refused() -> None:
    """Guessing at letters could hide a name."""
    with pytest.raises(RedactionError, match="letters cannot be read"):
        _read(b"Subject: x\nContent-Type: text/plain; charset=klingon\n\nText \xff.")


def _page(body: str) -> Document:
    return read("a.html", f"<html><body>{body}</body></html>".encode())


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='display: none'>Unseen</p>", "<p hidden>Unseen</p>",
        "<div style='visibility:hidden'><p>Unseen</p></div>", "<p style='font-size:0px'>Unseen</p>",
        "<span style='color:#FFF'>Unseen</span>", "<span style='opacity: 0'>Unseen</span>",
        "<p aria-hidden=true>Unseen</p>", "<p style='mso-hide:all'>Unseen</p>",
        "<p style='dis/**/play:none'>Unseen</p>",
    ],
)  # fmt: skip
def test_what_a_page_hides_stays_behind(hidden: str) -> None:
    """Whoever sent the page did not see these words."""
    document = _page(f"<p>Seen</p>{hidden}<p>Also seen</p>")

    assert _texts(document) == ["Seen", "Also seen"]
    assert dict(document.left_out) == {"hidden text": 1}


@pytest.mark.parametrize(
    "rule",
    [".gone", "#g1", "p.gone", "p#g1", "em, .gone", "@media screen { .gone", "/* x */ .gone"],
)
def test_what_a_style_sheet_hides_stays_behind(rule: str) -> None:
    """By class, by name or inside a rule for screens; white letters may stand on a dark page."""
    sheet = f"<style>b {{ color: white }} {rule} {{ display : none }}</style>"
    document = _page(f"{sheet}<p>Seen</p><p class='x gone' id='g1'>Unseen</p><b>Also seen</b>")

    assert _texts(document) == ["Seen", "Also seen"]


@pytest.mark.parametrize(
    "acting",
    [
        "<script>unseen()</script>", "<style>p{x:unseen}</style>", "<!-- unseen -->",
        "<img src='data:image/png;base64,unseen' alt=unseen>", "<iframe srcdoc='unseen'></iframe>",
        "<a href='http://unseen.invalid/'></a>", "<svg><text>unseen</text></svg>",
        "<p onclick='unseen()' title=unseen data-x=unseen></p>", "<object data=unseen></object>",
        "<form action='http://unseen.invalid'><input value=unseen></form>", "<![CDATA[ <unseen ]]>",
        "<template><p>unseen</p></template>", "<noscript>unseen</noscript>", "<?php unseen ?>",
        "<base href='http://unseen.invalid'><meta http-equiv=refresh content='0;url=unseen'>",
        "<math><annotation>unseen</annotation></math>", "<textarea>unseen</textarea>",
    ],
)  # fmt: skip
def test_nothing_that_acts_calls_out_or_remarks_is_in_a_fresh_page(acting: str) -> None:
    """Scripts, pictures, frames, targets and comments: not one byte."""
    fresh = write(_page(f"<p>Seen</p>{acting}"))[2]

    assert residue(fresh, ("unseen",)) == []
    assert b"<p>Seen</p>" in fresh


def test_text_that_looks_like_markup_stays_text() -> None:
    """What was written as letters never becomes an element of the fresh page."""
    fresh = write(_page("<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&gt;</p>"))[2]

    assert b"<script" not in fresh
    assert b"&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&gt;" in fresh


def test_lists_tables_and_lines_of_a_page_are_kept() -> None:
    """Also where the page forgot to close them."""
    document = _page(
        "Loose<h3>Heading<br>of two lines</h3><ol><li>One<ul><li>Inner</ul></ol><pre>a\n  b</pre>"
        "<table><tr><th>Name<th>Note<tr><td>Ann<td><p>First<p>Second"
    )

    assert [(one.shape, one.level, one.text) for one in document.blocks[:-1]] == [
        (Shape.PARAGRAPH, 0, "Loose"),
        (Shape.HEADING, 3, "Heading\nof two lines"),
        (Shape.NUMBER, 0, "One"),
        (Shape.BULLET, 1, "Inner"),
        (Shape.PARAGRAPH, 0, "a\nb"),
    ]
    assert [[cell.text for cell in row] for row in document.blocks[-1].rows] == [
        ["Name", "Note"],
        ["Ann", "First\nSecond"],
    ]


def test_a_page_is_read_in_the_letters_it_names() -> None:
    """An old page says how its letters are written; a false claim falls back to UTF-8."""
    old = "<meta charset=windows-1250><p>Łódź".encode("windows-1250")
    false = "<meta charset=klingon><p>Łódź".encode()

    assert _texts(read("a.html", old)) == _texts(read("a.html", false)) == ["Łódź"]
