"""Which patterns somebody is told of, as a file that an IG lead owns: read strictly."""

from datetime import date

import pytest

from broker.domain.alert import Audience, Watch
from policies.loader import read_pack
from tests.unit.policies.packs import TODAY, edited, files, policy, problems_of

NAME = "alerts.csv"
HOURS = "A01,out-of-hours,3,1440,advocate ig-lead"
TIED = "A05,tied-to-case,1,0,ig-lead auditor"


def test_the_packaged_lines_watch_everything() -> None:
    """Each thing that can be watched has its line, and no advocate is told of a colleague's tie."""
    rules = policy().alerts

    assert {one.watch for one in rules} == set(Watch)
    (tied,) = [one for one in rules if one.watch is Watch.TIED_TO_CASE]
    assert Audience.ADVOCATE not in tied.tell
    assert not [one for one in policy().alarms if one.startswith(NAME)]


def test_a_pack_without_the_file_tells_nobody() -> None:
    """A pack from before there were alerts loads."""
    assert read_pack(files(**{NAME: None}), today=TODAY).alerts == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (HOURS, "A01,out-of-hour,3,1440,advocate ig-lead", "out-of-hours"),
        (HOURS, "A01,out-of-hours,three,1440,advocate ig-lead", "whole number"),
        (HOURS, "A01,out-of-hours,3,-5,advocate ig-lead", "begins like a formula"),
        (HOURS, "A01,out-of-hours,3,9999999,advocate ig-lead", "whole number"),
        (HOURS, "A01,out-of-hours,0,1440,advocate ig-lead", "needs a count"),
        (HOURS, "A01,out-of-hours,3,0,advocate ig-lead", "minutes to count in"),
        (HOURS, "A01,out-of-hours,3,1440,advocates", "advocate"),
        (HOURS, "A01,out-of-hours,3,1440,", "blank"),
        (HOURS, "A02,out-of-hours,3,1440,advocate", "has this id"),
        (TIED, "A05,tied-to-case,2,0,ig-lead auditor", "told each time"),
        ("id,watch,count", "id,watch,counts", "unknown header"),
    ],
    ids=range(11),
)
def test_a_slip_of_the_hand_stops_the_load(old: str, new: str, says: str) -> None:
    """What cannot be read as written is refused with its place, and with what to write instead."""
    found = problems_of(edited(NAME, old, new))

    assert found
    assert any(one.startswith(f"{NAME}:") and says in one for one in found), found


def test_a_line_that_nobody_reviews_stays_and_its_owner_is_told() -> None:
    """An overdue review silences nobody: the alert stays in force."""
    pack = read_pack(files(), today=date(2029, 6, 1))

    assert len(pack.alerts) == len(policy().alerts)
    assert any(one.startswith(f"{NAME}:") and "stays in force" in one for one in pack.alarms)
