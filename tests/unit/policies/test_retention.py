"""How long what is kept, as a file that an IG lead owns: read strictly, kept where it is silent."""

from datetime import date, timedelta

import pytest

from broker.domain.ids import Purpose
from broker.domain.retention import DataKind
from policies.loader import read_pack
from tests.unit.policies.packs import TODAY, edited, files, policy, problems_of

NAME = "retention.csv"
RESEARCH = "T02,case-file,marac-research,2557"


def test_the_packaged_terms_speak_of_everything() -> None:
    """Every purpose that can be served and every kind of data has its line, and nothing is due."""
    schedule = policy().retention
    assert all(schedule.of(one) is not None for one in DataKind)
    served = {Purpose(one) for one in policy().pack.served}
    named = {one.purpose for one in schedule.terms}
    assert served < named
    assert not [one for one in policy().alarms if one.startswith(NAME)]


def test_a_pack_without_the_file_destroys_nothing() -> None:
    """A pack from before there were terms loads, and keeps everything."""
    pack = read_pack(files(**{NAME: None}), today=TODAY)
    assert pack.retention.terms == ()
    assert pack.retention.of_case([Purpose("marac-research")]).days is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (RESEARCH, "T02,case-file,marac-research,0", "whole number from 1 to 36525"),
        (RESEARCH, "T02,case-file,marac-research,7 years", "whole number"),
        (RESEARCH, "T02,case-file,marac-research,99999", "whole number"),
        (RESEARCH, "T02,case-file,marac-research,Held", "`held` where a person decides"),
        (RESEARCH, "T02,case-file,marac-reserch,2557", "marac-research"),
        (RESEARCH, "T02,case-files,marac-research,2557", "case-file"),
        (RESEARCH, "T01,case-file,marac-research,2557", "has this id"),
        (RESEARCH, "T02,case-file,none,2557", "says this already"),
        (RESEARCH, "T02,package,marac-research,28", "write *"),
        ("T32,backup,*,35", "T32,backup,*,held", "whole number from 1 to 366"),
        ("T32,backup,*,35", "T32,backup,*,400", "whole number from 1 to 366"),
        ("id,data,purpose,days", "id,data,purpose,term", "unknown header"),
    ],
)
def test_a_slip_of_the_hand_stops_the_load(old: str, new: str, says: str) -> None:
    """What cannot be read as written is refused with its place, and with what to write instead."""
    found = problems_of(edited(NAME, old, new))
    assert found
    assert all(one.startswith(f"{NAME}:") for one in found)
    assert any(says in one for one in found), found


def test_what_has_no_line_is_kept_and_its_owner_told() -> None:
    """A line that was taken out, or never thought of, ends nothing."""
    text = files()[NAME].decode()
    lines = text.splitlines(keepends=True)
    without = "".join(one for one in lines if not one.startswith(("T02,", "T31,")))
    pack = read_pack(files(**{NAME: without.encode()}), today=TODAY)
    assert pack.retention.of_case([Purpose("marac-research")]).days is None
    assert pack.retention.of(DataKind.SPANS) is None
    said = [one for one in pack.alarms if one.startswith(NAME)]
    assert len(said) == 2
    assert any("`spans`" in one for one in said)
    assert any("`marac-research`" in one for one in said)


def test_a_term_that_nobody_reviews_stays_and_says_so() -> None:
    """Neglect neither destroys more nor less; the owner hears of it thirty days ahead."""
    late = date(2028, 10, 31) + timedelta(days=60)
    pack = read_pack(files(), today=late)
    assert pack.retention == policy().retention
    assert sum(one.startswith(f"{NAME}:") for one in pack.alarms) == len(pack.retention.terms)
