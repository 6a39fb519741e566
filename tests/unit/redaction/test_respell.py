"""What is spaced out, spoken, scanned or cut in two is read as it is meant, and found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.people import Person
from broker.domain.words import SubjectRole
from redaction.detect import Detector
from redaction.fold import fold
from redaction.respell import second_reading
from tests.builders import person
from tests.unit.redaction.support import missed

_TEXTS = st.lists(
    st.sampled_from(
        ["J o h n", "oh seven", "double", "nine", "O77OO", "l23", "-\n", "\n", " ", "Mar", ".", "x",
         "HXI 9ZZ", "&amp;", "%4D", "0 7 7 0 0 9", "\u200b", "é", "ten"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("J o h n rang", "John rang", id="spaced letters"),
        pytest.param("M.a.r.a rang", "Mara rang", id="dotted letters"),
        pytest.param("call 0 7 7 0 0 9 1 2 3", "call 077009123", id="spaced digits"),
        pytest.param(
            "on oh seven seven double oh nine one", "on 0770091", id="spoken digits",
        ),
        pytest.param("ring seventy seven, triple four", "ring 77444", id="spoken tens"),
        pytest.param("on O77OO 9OOl23 now", "on 07700 900123 now", id="scanned phone"),
        pytest.param("at HXI 9ZZ", "at HX1 9ZZ", id="scanned postcode"),
        pytest.param("in BK5l XMR", "in BK51 XMR", id="scanned plate"),
        pytest.param("Quill-\nfeather left", "Quillfeather left", id="cut name"),
        pytest.param("ref 77123\n4567", "ref 771234567", id="cut number"),
    ],
)  # fmt: skip
def test_a_disguise_is_read_as_it_is_meant(written: str, meant: str) -> None:
    """The second reading is the plain spelling."""
    reading = second_reading(fold(written))

    assert reading is not None
    assert reading.folded.text == meant


@pytest.mark.parametrize(
    "text",
    ["Two or three calls.", "She said SOS and left.", "a - b", "e.g. this", "It is one thing."],
)
def test_an_everyday_text_has_one_reading(text: str) -> None:
    """Counts, abbreviations and lists are not taken for disguises."""
    assert second_reading(fold(text)) is None


@given(_TEXTS)
def test_the_second_reading_keeps_its_way_back(text: str) -> None:
    """Each character of it points at a range of the original, in order."""
    reading = second_reading(fold(text))
    if reading is None:
        return
    folded = reading.folded

    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert all(0 <= s < e <= len(text) for s, e in zip(folded.starts, folded.ends, strict=True))
    assert list(folded.starts) == sorted(folded.starts)


_MARA = Person(
    subject_id=person().subject_id, role=SubjectRole.VICTIM, names=("Mara Quillfeather",)
)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        pytest.param("We met M a r a at noon.", "M a r a", id="spaced letters"),
        pytest.param("We met Quill-\nfeather at noon.", "Quill-\nfeather", id="cut name"),
        pytest.param("We met &#77;ara at noon.", "&#77;ara", id="entity"),
        pytest.param("We met &#x4D;ara at noon.", "&#x4D;ara", id="hexadecimal entity"),
        pytest.param("We met %4Dar%61 at noon.", "%4Dar%61", id="percent"),
        pytest.param(
            "Try oh seven seven double oh nine hundred one two three.",
            "oh seven seven double oh nine hundred one two three",
            id="spoken phone",
        ),
        pytest.param("Try O77OO 9OOl23 now.", "O77OO 9OOl23", id="scanned phone"),
        pytest.param("NHS 9 9 9 0 0 0 0 1 2 3 today.", "9 9 9 0 0 0 0 1 2 3", id="spaced NHS"),
        pytest.param("NHS 99900\n00123 today.", "99900\n00123", id="cut NHS"),
        pytest.param("Lives HXI 9ZZ now.", "HXI 9ZZ", id="scanned postcode"),
    ],
)
def test_a_disguise_protects_nobody_from_being_protected(
    detector: Detector, text: str, hidden: str
) -> None:
    """All of it is found, in the original's own characters."""
    assert not missed(detector, text, hidden, _MARA)
