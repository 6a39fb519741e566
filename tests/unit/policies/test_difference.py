"""What a new version changes is said over every case: nothing that changes may stay unsaid."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from broker.cli import app
from broker.domain.context import FACT_NAMES, Facts
from broker.domain.errors import PolicyLoadError
from policies.agreement import drawn
from policies.decide import PACKAGED, PolicySet
from policies.difference import Difference, Kind, difference
from policies.edits import edits
from policies.grid import Grid
from policies.loader import read_directory, read_pack
from policies.rules import COLUMNS
from policies.table import Table
from policies.telling import sentences

TODAY = date(2026, 11, 22)
RULE_FILES = ("guards.csv", "purposes/marac-research.csv", "purposes/marac-referral.csv")


def _read(files: Mapping[str, bytes]) -> PolicySet:
    pack = read_pack(files, today=TODAY)
    return PolicySet(pack, Table(pack))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Return the packaged files."""
    return read_directory(PACKAGED)


@pytest.fixture(scope="module")
def old(files: dict[str, bytes]) -> PolicySet:
    """Return the packaged rules."""
    return _read(files)


def _without(files: Mapping[str, bytes], file: str, line: str) -> dict[str, bytes]:
    """Return the files without the line that begins so."""
    kept = [
        one for one in files[file].splitlines(keepends=True) if not one.startswith(line.encode())
    ]
    assert len(kept) == len(files[file].splitlines()) - 1
    return {**files, file: b"".join(kept)}


def _said(old: PolicySet, new: PolicySet) -> str:
    found = difference(old, new)
    return "\n".join(sentences(found, Grid.of(old.pack, new.pack), edits(old.pack, new.pack)))


def test_the_same_rules_in_another_order_change_no_case(
    files: dict[str, bytes], old: PolicySet
) -> None:
    """Sorting the lines of a sheet is another version and no other answer."""
    head, *lines = files["guards.csv"].splitlines(keepends=True)
    new = _read({**files, "guards.csv": b"".join([head, *reversed(lines)])})
    found = difference(old, new)
    assert new.version != old.version
    assert found.changes == ()
    assert "No case is answered otherwise" in _said(old, new)


def test_a_removed_hard_stop_is_said_with_a_case(files: dict[str, bytes], old: PolicySet) -> None:
    """Without the rule on counselling notes, the difference says what opens, with an example."""
    found = difference(old, _read(_without(files, "guards.csv", "S09,")))
    assert found.counts[Kind.NEWLY_REFUSED] == found.counts[Kind.NARROWER] == 0
    assert found.changes
    for change in found.changes:
        assert change.only["category"] == ("counselling-notes",)
        assert "S09" in change.old_rules
        assert "S09" not in change.new_rules


def test_an_example_is_one_of_the_cases(files: dict[str, bytes], old: PolicySet) -> None:
    """Asked again, the example of each change gives what the change says, before and after."""
    new = _read(_without(files, "guards.csv", "S07,"))
    for change in difference(old, new).changes:
        before, after = old.rule(change.example), new.rule(change.example)
        assert (before.outcome, after.outcome) == (change.old, change.new)
        assert asdict(change.example)["purpose"] == change.purpose


def test_a_rule_without_its_conditions_is_said_as_newly_allowed(
    files: dict[str, bytes], old: PolicySet
) -> None:
    """Whoever drops `signed agreements only` reads it in the first line of the counts."""
    new = _read(_without(files, "guards.csv", "S01,"))
    found = difference(old, new)
    assert found.counts[Kind.NEWLY_ALLOWED] > 0
    assert found.changes[0].kind is Kind.NEWLY_ALLOWED
    assert "S01 is gone" in _said(old, new)


def test_other_obligations_alone_are_a_change(files: dict[str, bytes], old: PolicySet) -> None:
    """Who drops an obligation from one rule sees it, although every outcome stays."""
    text = files["guards.csv"].decode()
    assert "MIN NOX ACK" in text
    new = _read({**files, "guards.csv": text.replace("MIN NOX ACK", "MIN NOX").encode()})
    found = difference(old, new)
    assert {one.kind for one in found.changes} == {Kind.OTHER_DUTIES}
    assert any("ACK" in one.removed for one in found.changes)


def test_a_number_that_differs_is_said_although_no_rule_does(
    files: dict[str, bytes], old: PolicySet
) -> None:
    """Another age at which an assessment is stale changes no rule, and is in the first lines."""
    text = files["thresholds.csv"].decode()
    assert "risk-stale-days,28," in text
    changed = text.replace("risk-stale-days,28,", "risk-stale-days,21,").encode()
    new = _read({**files, "thresholds.csv": changed})
    said = " ".join(_said(old, new).split())
    assert "The threshold risk-stale-days was 28, is 21" in said
    assert "No case is answered otherwise" in said


def test_a_paper_that_ends_earlier_is_said(files: dict[str, bytes], old: PolicySet) -> None:
    """A permission leans on its papers, so another date is an edit that is named."""
    text = files["legal.csv"].decode()
    assert "2028-11-30" in text
    new = _read({**files, "legal.csv": text.replace("2028-11-30", "2027-11-30").encode()})
    assert "has other papers or dates" in " ".join(_said(old, new).split())


def _sampled_differences(old: PolicySet, new: PolicySet, seed: str) -> list[Facts]:
    """Return cases near the rules of both on which they differ, found one by one."""
    near = [words for one in (old, new) for words in drawn(one.pack, 200, seed)]
    cases = [Facts(**dict(zip(FACT_NAMES, words, strict=True))) for words in near]
    return [one for one in cases if _seen(old, one) != _seen(new, one)]


def _seen(policy: PolicySet, facts: Facts) -> tuple[object, ...]:
    ruling = policy.rule(facts)
    return ruling.outcome, ruling.obligations, ruling.profile


def _covered(found: Difference, facts: Facts) -> bool:
    """Whether some change speaks of such a case."""
    return any(
        one.purpose == facts.purpose
        and all(getattr(facts, fact) in words for fact, words in one.only.items())
        for one in found.changes
    )


@settings(max_examples=25)
@given(data=st.data())
def test_no_edit_of_a_rule_changes_an_answer_silently(
    data: st.DataObject, files: dict[str, bytes], old: PolicySet
) -> None:
    """Any cell of any rule is edited: refused, or of no effect, or shown; never silent."""
    file = data.draw(st.sampled_from(RULE_FILES))
    rows = list(csv.reader(io.StringIO(files[file].decode(), newline="")))
    row = data.draw(st.integers(1, len(rows) - 1))
    column = data.draw(st.sampled_from([*FACT_NAMES, "effect", "outcome", "obligations"]))
    kind = column.removesuffix("s") if column == "obligations" else column
    groups = [one.name for one in old.pack.groups.values() if one.fact == column]
    choices = [*old.pack.vocabulary.of(kind), *groups, "*", "Deny"]
    rows[row][COLUMNS.index(column)] = data.draw(st.sampled_from(choices))
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    try:
        new = _read({**files, file: written.getvalue().encode()})
    except PolicyLoadError:
        return
    found = difference(old, new)
    missed = [
        one
        for one in _sampled_differences(old, new, f"{file}{row}{column}")
        if not _covered(found, one)
    ]
    assert missed == []
    assert bool(edits(old.pack, new.pack)) or not found.changes


def test_the_command_says_it_and_leaves_with_a_status(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    """A script can ask as well as a person: the counts are the same, and no change is status 0."""
    for name, content in _without(files, "guards.csv", "S10,").items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    told = CliRunner().invoke(app, ["policies", "difference", str(PACKAGED), str(tmp_path)])
    asked = CliRunner().invoke(
        app, ["policies", "difference", "--json", str(PACKAGED), str(tmp_path)]
    )
    assert (told.exit_code, asked.exit_code) == (1, 1)
    assert "S10 is gone" in told.stdout
    assert max(len(line) for line in told.stdout.splitlines()) <= 80
    assert f"wider: {json.loads(asked.stdout)['counts']['wider']:,} cases" in told.stdout
    same = CliRunner().invoke(app, ["policies", "difference", str(PACKAGED), str(PACKAGED)])
    assert same.exit_code == 0
    unread = CliRunner().invoke(
        app, ["policies", "difference", str(PACKAGED), str(tmp_path / "no")]
    )
    assert unread.exit_code == 2
