"""What a client's advocate reads of documents that were shared, and of those that were not."""

from dataclasses import replace

from broker.domain.documents import WhyLeftOut
from broker.ledger import events
from broker.ledger.entry import place_entry
from broker.service.sentences import sentence_of
from tests.builders import NOW
from tests.contract.county import package


def said(documents: int, *left_out: tuple[str, int]) -> str:
    """The sentence of a disclosure, by way of its entry in the log."""
    draft = events.disclosure(replace(package(), documents=documents, left_out=left_out), NOW)
    return sentence_of(place_entry(draft, index=0, case_number=0, case_previous=""))


def test_an_advocate_reads_how_many_documents_went_and_why_others_did_not() -> None:
    """One sentence says what was given, a further one what was left out."""
    told = said(1, ("locked", 1), ("picture", 2))

    assert ", with 1 document; " in told
    assert told.endswith(
        " 3 documents were left out: it is under a password; it is scanned or a picture (2 times)."
    )


def test_a_disclosure_without_documents_says_nothing_of_them() -> None:
    """And its entry is, byte for byte, what it was before documents could travel."""
    draft = events.disclosure(package(), NOW)

    assert "document" not in said(0)
    assert not [one for one in draft.detail if one.startswith("documents")]


def test_no_reason_is_told_as_a_code() -> None:
    """Every reason there is has its words."""
    for why in WhyLeftOut:
        assert f": {why.value}" not in said(0, (why.value, 1)).replace("-", " ")
