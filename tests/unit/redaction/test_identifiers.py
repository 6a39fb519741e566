"""UK identifiers are found in the forms in which people write them."""

import pytest

from redaction.detect import Detector
from redaction.labels import Label
from redaction.recognisers.checks import nhs_number_checks
from tests.unit.redaction.support import missed

_FOUND = [
    ("NHS 999 000 0123 on file", "999 000 0123"),
    ("her number is 9990001014 she says", "9990001014"),
    ("nhs no quoted 999-000-0124, ?typo", "999-000-0124"),
    ("NI QQ 12 34 56 C given", "QQ 12 34 56 C"),
    ("ni ab123456 on the form", "ab123456"),
    ("nino jr-48-21-07-c checked", "jr-48-21-07-c"),
    ("Moved to LS9 6QT last week", "LS9 6QT"),
    ("moved to ls96qt last week", "ls96qt"),
    ("postcode is LS9\n6QT now", "LS9\n6QT"),
    ("call 07700 900461 after six", "07700 900461"),
    ("call +44 (0)7700 900 461 after six", "+44 (0)7700 900 461"),
    ("call 0044 7700 900461 after six", "0044 7700 900461"),
    ("work line 0117 496 0158 ext 22", "0117 496 0158 ext 22"),
    ("pupil B801200005001 left early", "B801200005001"),
    ("PNC 99/1234567B shows", "99/1234567B"),
    ("pnc 2019/7654k shows", "2019/7654k"),
    ("CRO 123456/99L held", "123456/99L"),
    ("CRN X123456 breached", "X123456"),
    ("prison no A1234BC wing", "A1234BC"),
    ("drives a blue Corsa EU53 YRD away", "EU53 YRD"),
    ("drives a blue corsa eu53yrd away", "eu53yrd"),
    ("seen in V357 MET outside", "V357 MET"),
    ("passport 520546712 taken by him", "520546712"),
    ("licence no ELLWO804179M99AB held", "ELLWO804179M99AB"),
    ("sort code 12-34-56 acc 12345678 is hers", "12-34-56 acc 12345678"),
    ("paid into 123456 12345678 monthly", "123456 12345678"),
    ("Crime 42/12345/26 refers", "42/12345/26"),
    ("CAD 1234 of 4/11/26 refers", "1234 of 4/11/26"),
    ("court file AB26P00123 listed", "AB26P00123"),
    ("mail her at mara.e_91@example.co.uk please", "mara.e_91@example.co.uk"),
    ("posts as @maz_e1991 daily", "@maz_e1991"),
    ("insta maz_e1991 daily", "maz_e1991"),
    ("see https://example.org/u/mara?x=1 for it", "https://example.org/u/mara?x=1"),
    ("UPRN 100012345678 is new", "100012345678"),
    ("ref number 884431207715 unknown system", "884431207715"),
    ("dob 17/4/91 confirmed", "17/4/91"),
    ("born 17th of April 1991 in town", "17th of April 1991"),
    ("on 2026-10-01 he came", "2026-10-01"),
    ("the day before yesterday he came", "the day before yesterday"),
    ("a 34 yr old woman", "34"),
    ("lives at Flat 3, 8 Larch Court, Hexley with", "Flat 3, 8 Larch Court, Hexley"),
    ("lives at top floor flat, 12b plas derwen with", "top floor flat, 12b plas derwen"),
    ("not to enter Wharfedale Road or near it", "Wharfedale Road"),
]


@pytest.mark.parametrize(("text", "wanted"), _FOUND)
def test_finds_the_written_form(detector: Detector, text: str, wanted: str) -> None:
    """Every letter and digit of the identifier is covered."""
    assert not missed(detector, text, wanted)


@pytest.mark.parametrize(
    "text",
    [
        "He hit her twice with a belt and left before police came.",
        "She attended the meeting and the plan was agreed by everybody.",
        "No injuries seen. Risk assessment completed, score 16.",
        "charged with s20 and criminal damage",
    ],
)
def test_leaves_what_identifies_nobody(detector: Detector, text: str) -> None:
    """A sentence without people, places or numbers stays as it is."""
    found = [one for one in detector.detect(text, ()) if one.label is not Label.SERVICE]

    assert found == []


def test_an_nhs_number_passes_by_its_check_digit() -> None:
    """Modulus 11 as in the NHS Data Dictionary; a remainder of ten is never valid."""
    assert nhs_number_checks("9990000123")
    assert not nhs_number_checks("9990000124")
    assert not nhs_number_checks("999000012")
