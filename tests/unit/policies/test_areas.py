"""What an area may change, and what it may not."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

import policies
from broker import settings
from broker.commands.policies import app
from broker.domain.context import FACT_NAMES
from broker.domain.errors import PolicyLoadError
from policies.loader import read_pack, version_of
from policies.rules import COLUMNS
from policies.table import Table
from tests import builders
from tests.unit.policies.packs import GUARDS, RESEARCH, TODAY, files, policy, problems_of

_AREA = "wolverley"
_RULES = f"areas/{_AREA}/rules.csv"
_NUMBERS = f"areas/{_AREA}/thresholds.csv"
_HEADER = ",".join(COLUMNS)
_NUMBERS_HEADER = files()[_NUMBERS].decode().splitlines()[0]
_TENANCY = builders.facts(category="tenancy").as_tuple()


def _line(file: str, rule_id: str, **cells: str) -> str:
    """A line of the pack as an area would copy it, with some cells replaced."""
    text = files()[file].decode().splitlines()
    found = next(one for one in text if one.startswith(f"{rule_id},")).partition(',"')
    before = [*found[0].split(","), *(["A sentence."] if found[1] else [])]
    named = dict(zip(COLUMNS, before, strict=True))
    return ",".join((named | cells).values())


def _area(*lines: str) -> dict[str, bytes]:
    return files(**{_RULES: "\n".join((_HEADER, *lines, "")).encode()})


def test_a_line_of_an_area_stands_in_the_place_of_the_one_for_everybody() -> None:
    """Wolverley has tenancies said at the meeting; everybody else has them sent, redacted."""
    here = Table(read_pack(files(), today=TODAY, area=_AREA)).verdict(_TENANCY)
    there = Table(policy().pack).verdict(_TENANCY)

    assert (here.outcome, there.outcome) == ("permit-verbal-only", "permit-redacted")
    assert [one.rule_id for one in here.deciding] == ["R18"]
    assert here.deciding[0].file == _RULES


def test_a_line_of_an_area_that_nobody_else_has_is_added() -> None:
    """A hold of the area's own works there and nowhere else."""
    facts = builders.facts(
        category="offending-history",
        subject_role="perpetrator",
        holder_agency="police",
        recipient_agency="education",
    ).as_tuple()
    here = Table(read_pack(files(), today=TODAY, area=_AREA)).verdict(facts)

    assert here.outcome == "refer-human"
    assert "W01" in {one.rule_id for one in here.deciding}
    assert Table(policy().pack).verdict(facts).outcome == "permit-redacted"


def test_an_area_changes_the_numbers_it_names_and_no_others() -> None:
    """Five incidents count as escalation in Wolverley; every other number is everybody's."""
    here = policies.load(today=TODAY, area=_AREA).thresholds
    there = policy().thresholds

    assert (here.escalation_incidents, there.escalation_incidents) == (5, 3)
    assert here.visible_high_ticks == there.visible_high_ticks


def test_the_version_says_whose_rules_they_are() -> None:
    """A decision made under an area's rules cannot be taken for one under everybody's."""
    here = read_pack(files(), today=TODAY, area=_AREA)

    assert policy().version != here.version
    assert version_of(files(), _AREA) == here.version
    assert (here.area, policy().pack.area) == (_AREA, None)


def test_an_area_that_is_not_there_is_refused_with_the_nearest() -> None:
    """A mistyped area stops the start; it does not run with somebody else's rules."""
    with pytest.raises(PolicyLoadError, match=r"no such area; .*; nearest: wolverley$"):
        policies.load(today=TODAY, area="wolverly")


@pytest.mark.parametrize("rule_id", ["S01", "S06-place", "C01"])
def test_a_guard_holds_in_every_area(rule_id: str) -> None:
    """A hard stop that ends at a county boundary is none: not even the same line may replace it."""
    found = problems_of(_area(_line(GUARDS, rule_id)))

    assert [
        f"{_RULES}:2:1: a guard holds in every area; leave it, and give this line an id of its own"
    ] == list(found)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"effect": "allow", "outcome": "refer-human"}, "effect"),
        ({"outcome": "permit-redacted"}, "outcome"),
        ({"recipient_agency": "police"}, "recipient_agency"),
        ({"record_age": "older"}, "record_age"),
        ({"obligations": "none"}, "obligations"),
        ({"purpose": "marac-referral"}, "purpose"),
    ],
)
def test_an_area_does_not_loosen_what_holds_for_everybody(
    cells: dict[str, str], column: str
) -> None:
    """A denial may be replaced by one that holds back as much or more, and by nothing else."""
    found = problems_of(_area(_line(RESEARCH, "R27", **cells)))
    place = f"{_RULES}:2:{COLUMNS.index(column) + 1}: "

    assert any(one.startswith(place) for one in found), found


def test_an_area_may_hold_back_more() -> None:
    """A denial may become stricter in an area."""
    stricter = _line(RESEARCH, "R27", outcome="deny", record_age="*", obligations="RSN IG")
    pack = read_pack(_area(stricter), today=TODAY, area=_AREA)

    assert Table(pack).verdict(builders.facts().as_tuple()).outcome == "deny"


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        (_line(RESEARCH, "R18", id="r18"), "id", "write it the same way"),
        (_line(RESEARCH, "R18", id="W09", purpose="*"), "purpose", "names one purpose"),
        (_line(RESEARCH, "R18", effect="Allow"), "effect", "nearest: allow"),
    ],
)
def test_a_line_of_an_area_is_read_as_strictly_as_any(line: str, column: str, says: str) -> None:
    """Words, ids and purposes are held to the same form in an area's file."""
    found = problems_of(_area(line))
    place = f"{_RULES}:2:{COLUMNS.index(column) + 1}: "

    assert any(one.startswith(place) and says in one for one in found), found


def test_an_area_names_each_line_once() -> None:
    """Two lines of an area with one id would leave open which of them counts."""
    found = problems_of(_area(_line(RESEARCH, "R18"), _line(RESEARCH, "R18")))

    assert found == (f"{_RULES}:3:1: this id is taken by line 2; choose another",)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("escalation-incident,5,incidents,A,B,c,2028-05-31", "nearest: escalation-incidents"),
        ("escalation-incidents,0,incidents,A,B,c,2028-05-31", "from 1 to 12"),
        ("unbounded-request-days,30,days,A,B,c,2028-05-31", "inside the relevance window"),
    ],
)
def test_a_number_of_an_area_is_held_to_the_same_limits(line: str, says: str) -> None:
    """An area cannot set a number that nobody reads or that makes no sense."""
    found = problems_of(files(**{_NUMBERS: f"{_NUMBERS_HEADER}\n{line}\n".encode()}))

    assert any(says in one for one in found), found


def test_every_area_is_read_whoever_asks() -> None:
    """A mistake in one area's file is found when the pack is checked, not when the area starts."""
    with pytest.raises(PolicyLoadError, match=_RULES):
        read_pack(files(**{_RULES: b"id,effect\n"}), today=date(2026, 11, 9))


def test_the_commands_take_an_area() -> None:
    """An IG lead tries an area's rules from the command line as the broker would apply them."""
    facts = (
        "{" + ", ".join(f'"{k}": "{w}"' for k, w in zip(FACT_NAMES, _TENANCY, strict=True)) + "}"
    )
    run = CliRunner()
    checked = run.invoke(app, ["check", "--area", _AREA])
    decided = run.invoke(app, ["decide", "--area", _AREA, "--facts", "-"], input=facts)
    told = run.invoke(app, ["explain", "--area", _AREA, "--facts", "-"], input=facts)
    wrong = run.invoke(app, ["check", "--area", "wolverly"])

    assert str(policies.load(today=TODAY, area=_AREA).version) in checked.stdout
    assert json.loads(decided.stdout)["outcome"] == "permit-verbal-only"
    assert told.stdout.startswith("permit-verbal-only")
    assert wrong.exit_code == 2
    assert "nearest: wolverley" in wrong.stderr


def test_the_broker_is_told_its_area_from_outside(tmp_path: Path) -> None:
    """MARAC_AREA, or the settings file of an embedded broker, says whose rules apply."""
    environ = {
        "MARAC_DATABASE_URL": "sqlite+pysqlite:///x",
        "MARAC_KEYS": "keys",
        "MARAC_KEYS_PASSPHRASE": "invented",
        "MARAC_ORIGIN": "wolverley.example/marac",
    }
    (tmp_path / settings.SETTINGS_FILE).write_text('{"area": "wolverley"}', encoding="utf-8")

    assert settings.from_environment(environ).area is None
    assert settings.from_environment(environ | {"MARAC_AREA": _AREA}).area == _AREA
    assert settings.from_environment({"MARAC_STATE": str(tmp_path)}).area == _AREA
