"""Documents of a record: redacted with it, held with it, and left out by name of the reason."""

from dataclasses import replace
from email.message import EmailMessage

import pytest

from broker.domain.documents import (
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENTS,
    DraftDocument,
    RedactedDocument,
    SourceDocument,
    WhyLeftOut,
)
from broker.domain.record import Draft, DraftItem, HeldRecord, RedactedItem, RedactedRecord
from broker.domain.review import Edits, Explain, LeaveOut, Place, TakeOut
from broker.domain.words import SubjectRole
from redaction.documents.read import read
from redaction.service import RedactionService
from tests import builders as a
from tests.unit.redaction.originals import line, paragraph, pdf, residue, with_parts, word
from tests.unit.redaction.support import released

LETTER = "Mara Ellwood moved to 8 Larch Court. Neighbour Joan Pell rang from 07700 900999."
GONE = ("Larch Court", "Joan Pell", "Neighbour Joan", "900999", "Quillfeather")
"""The safe address, whoever rang and their number, and the author of the file."""
CASE = a.case(people=(*a.case().people, a.person(SubjectRole.INFORMANT, "Wilhelmina Throssell")))
PERMIT = a.permit(context=a.context(case=CASE))
HIDDEN = "wi lh el mi na th ro ss el l"


def letter(*texts: str) -> SourceDocument:
    """A Word file of paragraphs, with an author in its properties."""
    content = word("".join(paragraph(one) for one in texts or (LETTER,)))
    author = {"docProps/core.xml": "<a>Perpetua Quillfeather</a>"}
    return SourceDocument(
        name="Quillfeather re Joan Pell.docx", content=with_parts(content, author)
    )


def mail(text: str = LETTER) -> SourceDocument:
    """A mail from somebody whom the headers name."""
    message = EmailMessage()
    message["From"] = "Perpetua Quillfeather <quillfeather@example.org>"
    message["Subject"] = "Joan Pell"
    message.set_content(text)
    return SourceDocument(name="mail.eml", content=message.as_bytes())


def page(text: str = LETTER) -> SourceDocument:
    """A PDF of one line."""
    return SourceDocument(name="page.pdf", content=pdf(line(text)))


def redact(
    service: RedactionService, *documents: SourceDocument, profile: str = "P-VICTIM-SAFE"
) -> RedactedRecord | HeldRecord:
    """What becomes of an entry that names these documents."""
    permit = replace(PERMIT, rulings=(a.ruling(profile=profile),))
    entry = a.item("Seen on Monday.", fields=(), documents=documents)
    return service.redact(a.source_record(entry, permit=permit))


def sent(service: RedactionService, *documents: SourceDocument) -> RedactedItem:
    """The one entry that leaves."""
    (entry,) = released(redact(service, *documents)).items
    return entry


def texts_of(document: RedactedDocument) -> str:
    """What a reader of a fresh document reads."""
    return "\n".join(one.text for one in read(f"fresh{document.suffix}", document.content).cells())


def why(service: RedactionService, document: SourceDocument) -> str:
    """Why a document is left out of an entry that leaves all the same."""
    entry = sent(service, document)
    assert entry.documents == ()
    assert entry.text == "Seen on Monday."
    ((reason, count),) = entry.left_out
    assert count == 1
    return reason


def test_word_mail_and_pdf_leave_without_whoever_told(service: RedactionService) -> None:
    """In no part of any file, packed or plain, is the caller, her address or an author."""
    entry = sent(service, letter(), mail(), page())

    assert [one.suffix for one in entry.documents] == [".docx", ".eml", ".pdf"]
    assert entry.left_out == ()
    for one in entry.documents:
        assert residue(one.content, GONE) == []
        assert "Mara Ellwood moved to [location removed: safe-location]" in texts_of(one)


def test_removals_of_documents_are_in_the_receipt_and_its_counts(service: RedactionService) -> None:
    """A reviewer can check them, and the log counts them by reason like any other."""
    receipt = released(redact(service, letter())).receipt
    lines = [one for one in receipt.removals if one.field_name == "(document 1) paragraph 1"]

    assert {one.label for one in lines} >= {"PERSON", "PHONE"}
    assert dict(receipt.counts())["safe-location"] == 2


def test_a_name_that_a_document_gives_away_goes_from_the_entry_too(
    service: RedactionService,
) -> None:
    """An entry and its documents are siblings: what one explains, all are read with."""
    permit = replace(PERMIT, rulings=(a.ruling(profile="P-VICTIM-SAFE"),))
    entry = a.item(
        "Probert rang again.", fields=(), documents=(letter("Her aunt Glenys Probert."),)
    )
    (item,) = released(service.redact(a.source_record(entry, permit=permit))).items

    assert "Probert" not in (item.text or "")
    assert residue(item.documents[0].content, ("Probert", "Glenys")) == []


def test_a_number_in_a_list_of_a_document_is_not_taken_for_an_identifier(
    service: RedactionService,
) -> None:
    """What a place in a document is called says nothing of the text there."""
    assert "Third item, kept." in texts_of(
        sent(service, letter("One.", "Third item, kept.")).documents[0]
    )


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (replace(letter(), name="form.docm"), WhyLeftOut.KIND),
        (replace(letter(), name="letter.pdf"), WhyLeftOut.KIND),
        (replace(letter(), name="letter"), WhyLeftOut.KIND),
        (replace(letter(), content=letter().content[:300]), WhyLeftOut.DAMAGED),
        (
            SourceDocument(
                name="macros.docx",
                content=with_parts(word(paragraph(LETTER)), {"word/vbaProject.bin": b"x"}),
            ),
            WhyLeftOut.MACROS,
        ),
        (
            SourceDocument(
                name="bomb.docx",
                content=with_parts(word(""), {"word/document.xml": b" " * 33_000_000}),
            ),
            WhyLeftOut.TOO_LARGE,
        ),
        (letter(*(["Again."] * 1_001)), WhyLeftOut.TOO_LARGE),
        (letter("word " * 20_001), WhyLeftOut.FOR_A_PERSON),
        (
            SourceDocument(name="long.pdf", content=b"%PDF-" + bytes(MAX_DOCUMENT_BYTES)),
            WhyLeftOut.TOO_LARGE,
        ),
        (SourceDocument(name="named.docx", fault=WhyLeftOut.MISSING), WhyLeftOut.MISSING),
        (letter("   "), WhyLeftOut.FOR_A_PERSON),
    ],
    ids=[
        *("macro-name", "other-name", "no-name", "half", "macros", "bomb", "paragraphs"),
        *("one-long-text", "bytes", "missing", "empty"),
    ],
)
def test_what_cannot_be_redacted_stays_behind_and_the_entry_goes(
    service: RedactionService, document: SourceDocument, reason: WhyLeftOut
) -> None:
    """One file that cannot be read neither travels nor stops the rest; the reason is a word."""
    assert why(service, document) == reason


def test_a_scan_stays_behind_where_nothing_reads_it(
    service: RedactionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without tesseract a picture is left out, and the recipient is told to ask."""
    monkeypatch.setenv("PATH", "")
    scan = SourceDocument(name="scan.png", content=b"\x89PNG\r\n\x1a\n" + bytes(40))

    assert why(service, scan) == WhyLeftOut.PICTURE


@pytest.mark.parametrize("profile", ["P-PERP-FACING", "P-STATS", "P-VICTIM-SAFE P-EMERGENCY"])
def test_a_profile_that_lets_no_document_go_is_not_asked_twice(
    service: RedactionService, profile: str
) -> None:
    """To the perpetrator's side, to statistics and in an emergency only entries go."""
    (entry,) = released(redact(service, letter(), profile=profile)).items

    assert entry.documents == ()
    assert entry.left_out == (("profile", 1),)


def test_more_documents_than_one_answer_may_have_stay_behind(service: RedactionService) -> None:
    """The limit holds here too, whatever let them through before."""
    entry = sent(service, *([SourceDocument(name="old.doc")] * MAX_DOCUMENTS), page())

    assert entry.documents == ()
    assert entry.left_out == (("kind", MAX_DOCUMENTS), ("too-large", 1))


def held(service: RedactionService, *texts: str) -> Draft:
    """The draft of a document that the verifier holds."""
    result = redact(service, letter(*texts))
    assert isinstance(result, HeldRecord)
    assert result.draft is not None
    return result.draft


def head(draft: Draft) -> tuple[DraftItem, DraftDocument]:
    """The entry and its one document."""
    (entry,) = draft.items
    (document,) = entry.documents
    return entry, document


def edited(service: RedactionService, draft: Draft, edits: Edits) -> RedactedItem:
    """The entry as it leaves once a reviewer edited it."""
    outcome = service.revise(PERMIT, draft, edits).outcome
    assert isinstance(outcome, RedactedRecord), outcome
    (entry,) = outcome.items
    return entry


def place_of(draft: Draft, what: str) -> Place:
    """Where something stands in the draft."""
    for one in draft.items[0].pieces:
        if what in one.text:
            start = one.text.index(what)
            return Place(item=one.item, order=one.order, start=start, end=start + len(what))
    raise AssertionError(what)


def test_a_held_document_shows_its_fresh_text_and_keeps_no_original(
    service: RedactionService,
) -> None:
    """A reviewer sees each paragraph as it would leave; nothing that was removed is kept."""
    draft = held(service, LETTER, f"The caller was {HIDDEN}.")
    pieces = service.revise(PERMIT, draft, Edits()).pieces

    names = [one.field_name for one in pieces]
    assert names[-3:] == ["(document 1)", "(document 1) paragraph 1", "(document 1) paragraph 2"]
    assert [one.kind for one in pieces[-1].flagged if one.open]
    assert not [gone for gone in GONE if gone in repr(pieces) + repr(draft) + head(draft)[1].shape]


def test_what_a_reviewer_takes_out_is_out_of_the_file(service: RedactionService) -> None:
    """The edit is made in the document that leaves, and the rest of it stays."""
    draft = held(service, "She is well.", f"The caller was {HIDDEN}.")
    cut = TakeOut(place=place_of(draft, HIDDEN), reason="informant-identity")

    (document,) = edited(service, draft, Edits(taken_out=(cut,))).documents

    assert "She is well." in texts_of(document)
    assert "[name removed: informant-identity]" in texts_of(document)
    assert residue(document.content, (HIDDEN,)) == []


def test_a_reviewer_can_leave_out_a_paragraph_or_the_whole_document(
    service: RedactionService,
) -> None:
    """Leaving out the piece that stands for the document leaves out all of it, and says so."""
    draft = held(service, "She is well.", f"The caller was {HIDDEN}.")
    entry, document = head(draft)
    place = place_of(draft, HIDDEN)
    paragraph_out = LeaveOut(item=place.item, order=place.order)
    all_out = LeaveOut(item=entry.pieces[0].item, order=document.order)

    (fresh,) = edited(service, draft, Edits(left_out=(paragraph_out,))).documents
    without = edited(service, draft, Edits(left_out=(all_out,)))

    assert texts_of(fresh).strip() == "She is well."
    assert (without.documents, without.left_out) == ((), (("reviewer", 1),))


def reading(draft: Draft, *texts: str) -> Draft:
    """The draft with other texts in its document, as if detection had let them through."""
    entry, document = head(draft)
    own = [one for one in entry.pieces if one.order > document.order]
    changed = [
        replace(one, text=text, kept=(), removals=()) for one, text in zip(own, texts, strict=True)
    ]
    pieces = (*entry.pieces[: -len(own)], *changed)
    return replace(draft, items=(replace(entry, pieces=pieces),))


def test_a_name_split_over_paragraphs_is_held_and_cannot_be_released(
    service: RedactionService,
) -> None:
    """No one text of it is at fault, so the document as a whole is, until a part is out."""
    draft = held(service, "One.", "Two.", f"The caller was {HIDDEN}.")
    split = reading(draft, "Call Wilhel", "mina Thros", "sell back.")

    revised = service.revise(PERMIT, split, Edits())
    last = place_of(split, "sell back.")
    part_out = Edits(left_out=(LeaveOut(item=last.item, order=last.order),))

    assert isinstance(revised.outcome, HeldRecord)
    assert revised.outcome.flags == ("party-name item 0 document",)
    assert [one.field_name for one in revised.pieces if any(f.open for f in one.flagged)] == [
        "(document 1)"
    ]
    assert edited(service, split, part_out).documents


def test_an_explained_number_of_a_document_may_stay(service: RedactionService) -> None:
    """A reviewer says whose it is not; the fresh file is read again and says nothing else."""
    result = redact(service, page(f"The caller was {HIDDEN}."))
    assert isinstance(result, HeldRecord)
    assert result.draft is not None
    texts = len(result.draft.items[0].pieces) - head(result.draft)[1].order - 1
    draft = reading(result.draft, *["She is well."] * (texts - 1), "The meter says 48213977 today.")
    number = Explain(place=place_of(draft, "48213977"), because="a meter")

    assert isinstance(service.revise(PERMIT, draft, Edits()).outcome, HeldRecord)
    (document,) = edited(service, draft, Edits(explained=(number,))).documents

    assert "48213977" in texts_of(document)


def test_a_profile_of_now_that_lets_no_document_go_leaves_it_out(
    service: RedactionService,
) -> None:
    """A held document is released under the permit of the day, not of the day it was held."""
    draft = held(service, "She is well.", f"The caller was {HIDDEN}.")
    now = replace(PERMIT, rulings=(a.ruling(profile="P-STATS"),))

    outcome = service.revise(now, draft, Edits()).outcome

    assert isinstance(outcome, RedactedRecord)
    assert outcome.items[0].documents == ()
    assert outcome.items[0].left_out == (("profile", 1),)
