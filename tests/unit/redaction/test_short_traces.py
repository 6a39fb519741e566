"""Two letters or four digits can be enough to find somebody by, and mostly mean nothing."""

import pytest

from redaction.detect import Detector
from tests.unit.redaction.support import missed

_TRACES = [
    ("Mum was with RH and he refused to leave.", "RH"),
    ("RH said he would ring her back.", "RH"),
    ("It is TK's flat.", "TK"),
    ("Witness: LB. Statement taken.", "LB"),
    ("JH/KL to follow up tomorrow.", "KL"),
    ("Ticket #8812 raised with repairs.", "8812"),
    ("Please see 8812 for the history.", "8812"),
    ("MARAC 24/117 was listed for March.", "24/117"),
    ("DVPO 31/25 was served on him.", "31/25"),
    ("Your ref: JB/mt/331, please reply.", "JB/mt/331"),
    ("The case (331/25) is closed.", "331/25"),
    ("Parked outside 22 and 24 all night.", "22 and 24"),
    ("lives opposite 22 and watches her", "22"),
    ("rang joan at 14 about the noise", "14"),
    ("His car is 08 D 1234, seen near the school.", "08 D 1234"),
    ("he drives a white van 131 lh 2345 now", "131 lh 2345"),
    ("blue passat 99 ke 881 parked there", "99 ke 881"),
]
_NOBODYS = [
    ("HV said the IP had not eaten.", "HV"),
    ("Seen by DV worker and by SW.", "SW"),
    ("The TV was on.", "TV"),
    ("Rent of 2450 pounds is owed.", "2450"),
    ("She walked 6500 steps at 1430 in 2024.", "6500"),
    ("The order of 2019 was made.", "2019"),
    ("Seen 24/7 in case of need.", "24/7"),
]


@pytest.mark.parametrize(("text", "wanted"), _TRACES)
def test_a_short_trace_is_taken_out(detector: Detector, text: str, wanted: str) -> None:
    """Initials, a door, a file's number and an Irish plate go where the sentence shows them."""
    assert not missed(detector, text, wanted)


@pytest.mark.parametrize(("text", "innocent"), _NOBODYS)
def test_what_only_counts_or_abbreviates_stays(
    detector: Detector, text: str, innocent: str
) -> None:
    """Casework's own abbreviations, times, years, money and measures stay readable."""
    found = detector.detect(text, ())
    start = text.index(innocent)

    assert not [
        one
        for one in found
        if one.start < start + len(innocent) and start < one.end
        and one.recogniser in {"initials", "loose-number"}
    ]  # fmt: skip
