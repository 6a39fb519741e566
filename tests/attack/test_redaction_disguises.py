# ruff: noqa: RUF001  # look-alike letters are what is tested
"""Somebody hides a name, a number or a place from detection. It is found all the same."""

import pytest

from redaction.service import RedactionService
from tests.builders import item
from tests.unit.redaction.support import record_of, redacted_text, released


@pytest.mark.parametrize(
    ("disguise", "written", "left"),
    [
        ("zero-width space in a name", "Ma\u200bra Ell\u200bwood came.", "came."),
        ("soft hyphen in a name", "Ellw\u00adood came.", "came."),
        ("Cyrillic look-alikes", "М\u0430r\u0430 came.", "came."),
        ("full-width letters", "Ｍａｒａ came.", "came."),
        ("accents added", "Mára Ëllwood came.", "came."),
        ("combining marks", "M\u0301a\u0302ra came.", "came."),
        ("capitals", "MARA ELLWOOD CAME.", "CAME."),
        ("no capitals", "mara ellwood came.", "came."),
        ("both orders", "Ellwood, Mara came.", "came."),
        ("a nickname", "Maz came.", "came."),
        ("a slip of the keyboard", "Elwlood came.", "came."),
        ("an underscore", "mara_ellwood came.", "came."),
        ("a line break in a name", "Mara\nEllwood came.", "came."),
    ],
)
def test_a_disguised_name_is_found(
    redactor: RedactionService, disguise: str, written: str, left: str
) -> None:
    """However the victim's name is written, nothing of it stays beside the token."""
    text = redacted_text(redactor, f"Today {written}", "P-REVIEW")
    rest = text.split("] ", 1)[-1]

    assert rest == left, disguise
    assert text.startswith("Today [")


@pytest.mark.parametrize(
    ("written", "gone"),
    [
        ("lives at HX1\n9ZZ now", ("HX1", "9ZZ")),
        ("lives at HX1\u00a09ZZ now", ("HX1", "9ZZ")),
        ("lives at H\u200bX1 9\u200bZZ now", ("9ZZ", "9\u200bZZ")),
        ("lives at ＨＸ１ ９ＺＺ now", ("ＨＸ１", "９ＺＺ")),
        ("nhs no 999 000 0124 quoted", ("999", "0124")),
        ("nhs number: 9990000124", ("9990000124",)),
        ("found at larch ct", ("larch",)),
        ("ring 0 7 7 0 0 9 0 0 4 6 1", ("0 7 7", "4 6 1")),
        ("born seventeen days on, 17 - 04 - 91", ("04 - 91",)),
    ],
)
def test_a_disguised_identifier_is_found(
    redactor: RedactionService, written: str, gone: tuple[str, ...]
) -> None:
    """Line breaks, odd blanks, a failed check digit: the identifier goes."""
    text = redacted_text(redactor, written, "STRICTEST")

    assert not [part for part in gone if part in text], text


def test_a_marker_in_the_text_is_not_believed(redactor: RedactionService) -> None:
    """A note that imitates our markers gains nothing: the name inside it goes."""
    text = redacted_text(redactor, "[removed: safe-location] Maz [Person MARA]", "P-REVIEW")

    assert "Maz" not in text
    assert "MARA" not in text


def test_a_perpetrator_facing_copy_says_nothing_of_help(redactor: RedactionService) -> None:
    """Advocate, MARAC, refuge, school and the day are gone, and so is every marker."""
    leaking = item(
        "IDVA met Mara on 3/10/2026 at Elm Court refuge. Rowan is at Hexley Primary School. MARAC "
        "listed. Safety plan made. Neighbour Joan Pell told us.",
        title="MARAC referral",
        fields=(),
    )
    result = released(redactor.redact(record_of(leaking, profile="P-PERP-FACING")))
    everything = f"{result.items[0].title} {result.items[0].text}".lower()

    told = ("idva", "mara ", "elm", "refuge", "rowan", "hexley", "marac", "safety", "pell", "3/10")
    assert not [one for one in (*told, "removed") if one in everything], everything
    assert "october 2026" in everything
