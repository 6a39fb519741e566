"""The legal register: which papers carry a flow, and what their end does."""

from datetime import date, timedelta

import pytest

from policies.files import LEGAL
from policies.legal import COLUMNS, check_registered
from policies.loader import read_pack
from policies.pack import Pack
from policies.problems import Problems
from policies.rules import COLUMNS as RULE_COLUMNS
from policies.rules import Effect, Rule
from policies.table import Table
from policies.vocabulary import NOTHING
from tests import builders
from tests.unit.policies.packs import TODAY, edited, files, policy, problems_of

_REGISTER = files()[LEGAL].decode()
_FLOW = "marac-research,a6-1e-public-task,"
_LINE = next(line for line in _REGISTER.splitlines() if line.startswith(_FLOW))
_NUMBER = 1 + _REGISTER.splitlines().index(_LINE)
_DPIA = "DPIA-2026-014"
_ENDS = date(2027, 3, 31)
_FACTS = builders.facts().as_tuple()


def _with(**cells: str) -> dict[str, bytes]:
    """The pack with cells of the register's line for research as a public task replaced."""
    before = dict(zip(COLUMNS, _LINE.split(","), strict=True))
    return edited(LEGAL, _LINE, ",".join((before | cells).values()))


def _leaning(pack: Pack) -> list[Rule]:
    return [
        rule
        for rule in pack.rules
        if rule.effect is Effect.ALLOW
        and rule.condition("purpose") == "marac-research"
        and "a6-1e-public-task" in rule.basis
    ]


@pytest.mark.parametrize(
    ("days", "alarmed", "suspended"),
    [(-31, False, False), (-30, True, False), (0, True, False), (1, True, True)],
)
def test_a_paper_alarms_thirty_days_ahead_and_carries_nothing_after_its_end(
    days: int, *, alarmed: bool, suspended: bool
) -> None:
    """On the day after an assessment ends, the rules that lean on it give nothing."""
    pack = read_pack(_with(dpia_until=_ENDS.isoformat()), today=_ENDS + timedelta(days=days))

    assert alarmed is any(_DPIA in one for one in pack.alarms)
    assert {suspended} == {rule.suspended for rule in _leaning(pack)}
    assert suspended is (Table(pack).verdict(_FACTS).outcome == "refer-human")


@pytest.mark.parametrize("paper", ["policy_document", "dpia", "agreement"])
def test_each_kind_of_paper_carries_the_flow(paper: str) -> None:
    """A policy document, an assessment and an agreement are needed alike where they are named."""
    pack = read_pack(
        _with(**{paper: "OLD-1", f"{paper}_until": "2026-01-31"}), today=date(2026, 2, 1)
    )

    assert all(rule.suspended for rule in _leaning(pack))


def test_an_ended_paper_takes_nothing_from_other_flows_and_from_no_denial() -> None:
    """What rests on another basis or holds back is as it was."""
    pack = read_pack(_with(dpia_until="2026-01-31"), today=date(2026, 2, 1))
    suspended = {rule.rule_id for rule in pack.rules if rule.suspended}

    assert suspended == {rule.rule_id for rule in _leaning(pack)}
    assert len(suspended) < sum(rule.effect is Effect.ALLOW for rule in pack.rules)


def test_an_alarm_names_the_paper_the_flow_the_day_and_the_rules() -> None:
    """Whoever must renew a paper reads what stops when, and for which rules."""
    found = _with(dpia_until=_ENDS.isoformat(), owner="partnership-ig-lead")
    ahead = read_pack(found, today=_ENDS).alarms
    late = read_pack(found, today=_ENDS + timedelta(days=1)).alarms
    ids = " ".join(rule.rule_id for rule in _leaning(read_pack(found, today=_ENDS)))
    begin = (
        f"{LEGAL}:{_NUMBER}: renew {_DPIA}, the data protection impact assessment for"
        " marac-research on a6-1e-public-task (partnership-ig-lead); it "
    )

    assert f"{begin}ends on 2027-03-31; after that these rules give nothing: {ids}" in ahead
    assert (
        f"{begin}ended on 2027-03-31; until it is renewed these rules give nothing: {ids}" in late
    )


@pytest.mark.parametrize(
    ("days", "says", "suspended"),
    [
        (-30, "it is due on 2027-03-31", False),
        (1, "it was due on 2027-03-31; these rules give nothing after 2027-04-30:", False),
        (31, "it was due on 2027-03-31; until then these rules give nothing:", True),
    ],
)
def test_a_flow_that_nobody_reviews_lapses_after_its_grace(
    days: int, says: str, *, suspended: bool
) -> None:
    """The register's own review works like a rule's: alarm, grace, and then nothing is given."""
    pack = read_pack(_with(review=_ENDS.isoformat()), today=_ENDS + timedelta(days=days))
    begin = f"{LEGAL}:{_NUMBER}: review the flow for marac-research on a6-1e-public-task ("

    assert any(one.startswith(begin) and says in one for one in pack.alarms)
    assert {suspended} == {rule.suspended for rule in _leaning(pack)}


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"purpose": "marac-reserch"}, "purpose", "nearest: marac-research"),
        ({"purpose": "unknown"}, "purpose", "`purpose` has no such word"),
        ({"purpose": "*"}, "purpose", "`purpose` has no such word"),
        ({"basis": "a6-1e-publik-task"}, "basis", "nearest: a6-1e-public-task"),
        ({"basis": "none"}, "basis", "`basis` has no such word"),
        ({"dpia": "none", "dpia_until": "none"}, "dpia", "impact assessment (UK GDPR Art 35)"),
        ({"dpia": "none"}, "dpia", "go together"),
        ({"dpia_until": "none"}, "dpia_until", "go together"),
        ({"dpia": "DPIA-1 DPIA-2"}, "dpia", "a single word"),
        ({"dpia_until": "31/03/2027"}, "dpia_until", "a day such as 2028-10-31"),
        ({"dpia_until": "46477"}, "dpia_until", "a spreadsheet made a number of it"),
        ({"agreement": "ISA-1", "agreement_until": "none"}, "agreement_until", "go together"),
        ({"owner": "the lead"}, "owner", "a single word"),
        ({"review": "soon"}, "review", "a day such as 2028-10-31"),
        ({"note": ""}, "note", "the cell is blank"),
    ],
)
def test_a_line_of_the_register_that_cannot_be_relied_on_stops_loading(
    cells: dict[str, str], column: str, says: str
) -> None:
    """A paper without a day, a day without a paper or a word that means nothing is refused."""
    found = problems_of(_with(**cells))
    place = f"{LEGAL}:{_NUMBER}:{COLUMNS.index(column) + 1}: "

    assert any(one.startswith(place) and says in one for one in found), found


def test_a_condition_of_schedule_1_needs_its_policy_document() -> None:
    """Substantial public interest without an appropriate policy document carries nothing."""
    line = next(one for one in _REGISTER.splitlines() if ",s1-p10-unlawful-acts,APD-" in one)
    cells = line.split(",")
    cells[2] = cells[3] = NOTHING
    found = problems_of(edited(LEGAL, line, ",".join(cells)))

    assert len(found) == 1
    assert ":3: this condition needs an appropriate policy document (DPA 2018 Sch 1)" in found[0]


def test_a_flow_that_stands_twice_stops_loading() -> None:
    """Two lines for one flow would leave open which day counts."""
    found = problems_of(files(**{LEGAL: f"{_REGISTER}{_LINE}\n".encode()}))

    assert len(found) == 1
    assert found[0].endswith(f"this flow stands on line {_NUMBER} too; remove one")


def test_a_permission_without_a_line_in_the_register_is_named_by_its_cell() -> None:
    """Whoever adds a permission on a new basis is told to register it, at the rule's own cell."""
    pack = policy().pack
    rule = next(one for one in pack.rules if one.rule_id == "R07")
    left = {key: flow for key, flow in pack.register.items() if key[1] != rule.basis[0]}
    problems = Problems()

    check_registered([rule], left, problems)

    say = f"register the basis `{rule.basis[0]}` for this purpose in legal.csv"
    assert problems.found == [f"{rule.file}:{rule.line}:{1 + RULE_COLUMNS.index('basis')}: {say}"]


def test_a_pack_with_a_permission_that_no_paper_carries_stops_loading() -> None:
    """Taking a flow out of the register names every rule that leaned on it, and nothing else."""
    found = problems_of(edited(LEGAL, f"{_LINE}\n", ""))
    say = "register the basis `a6-1e-public-task` for this purpose in legal.csv"
    of_area = read_pack(files(), today=TODAY, area="wolverley")
    leaning = {*_leaning(policy().pack), *_leaning(of_area)}

    assert len(found) == len(leaning)
    assert set(found) == {
        f"{one.file}:{one.line}:{1 + RULE_COLUMNS.index('basis')}: {say}" for one in leaning
    }


def test_a_permission_of_an_area_needs_its_paper_too() -> None:
    """An area cannot give on a basis that the partnership has not registered."""
    rules = "areas/wolverley/rules.csv"
    found = problems_of(edited(rules, ",a6-1e-public-task s1-p10", ",a6-1d-vital-interests s1-p10"))

    assert [one.split(": ")[0] for one in found] == [f"{rules}:2:26"]
    assert "register the basis `a6-1d-vital-interests`" in found[0]


def test_a_denial_needs_no_paper() -> None:
    """What holds back is lawful without an assessment."""
    problems = Problems()

    check_registered(
        (one for one in policy().pack.rules if one.effect is Effect.DENY), {}, problems
    )

    assert problems.found == []
