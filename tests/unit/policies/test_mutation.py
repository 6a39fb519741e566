"""The tests of a pack are tried: a rule that can be spoilt without a row failing is found."""

from dataclasses import replace
from functools import cache

import pytest
import yaml

from broker.domain.errors import PolicyLoadError
from broker.domain.ids import RuleId
from policies.casetables import (
    CaseTable,
    Row,
    differences,
    mismatches,
    read_tables,
    untested,
    untried,
)
from policies.check import findings_of
from policies.decide import PolicySet
from policies.findings import hint_row
from policies.mutation import How, explained, mutant, mutation
from policies.pack import Pack
from policies.problems import Problems
from policies.table import Table
from tests.unit.policies.packs import TODAY, files, policy

_TABLE = "tests/marac-research.yaml"
_SMALL = """version: 1
given: {purpose: marac-research, category: incident-summary, consent: given-explicit}
rows:
  - {name: Nothing is known, facts: {}, outcome: deny, rules: [S01, S03-listing, S03-role]}
"""


def _read(found: dict[str, bytes]) -> tuple[tuple[CaseTable, ...], list[str]]:
    problems = Problems()
    return read_tables(found, policy().pack, problems), problems.found


@cache
def _tables() -> tuple[CaseTable, ...]:
    tables, problems = _read(files())
    assert not problems
    return tables


@cache
def _few_rows() -> tuple[CaseTable, ...]:
    """Every other row of the tables: some mutants must survive, or the trial is not tried."""
    return tuple(replace(one, rows=one.rows[::2]) for one in _tables())


@cache
def _survivors_of_few() -> frozenset[tuple[str, How]]:
    found = mutation(policy(), _few_rows(), most_hints=0).survivors
    return frozenset((str(one.rule.rule_id), one.how) for one in found)


def _set(pack: Pack) -> PolicySet:
    return PolicySet(pack, Table(pack))


def _bears_on(rule_id: str, row: Row) -> bool:
    return rule_id in policy().rule(row.facts).rules


@pytest.mark.parametrize("rule_id", ["S06-place", "R39", "C01", "R07"])
def test_a_rule_without_a_row_is_found_with_a_row_that_would_do(rule_id: str) -> None:
    """The row that is offered reads as a row, holds as it stands, and notices the spoilt rule."""
    tables = tuple(
        replace(one, rows=tuple(row for row in one.rows if not _bears_on(rule_id, row)))
        for one in _tables()
    )
    place = [one.rule_id for one in policy().pack.rules].index(RuleId(rule_id))
    survivors = mutation(policy(), tables, most_hints=0).survivors
    assert {(one.rule.rule_id, one.how) for one in survivors} >= {(rule_id, how) for how in How}

    for one in explained(policy().pack, tables, [(place, how) for how in How], 2):
        row = hint_row(policy(), one)
        assert row is not None
        assert one.hint is not None
        assert one.hint.table is not None
        given = dict(one.hint.table.given)
        text = yaml.dump({"version": 1, "given": given, "rows": yaml.safe_load(row)})
        (pasted,), problems = _read({_TABLE: text.encode()})
        spoilt = _set(mutant(policy().pack, place, one.how))
        assert not problems
        assert not list(mismatches(policy(), (pasted,)))
        assert differences(pasted.rows[0], spoilt.rule(pasted.rows[0].facts))


@pytest.mark.parametrize("how", list(How), ids=str)
def test_spoiling_in_place_is_spoiling_and_reading_again(how: How) -> None:
    """What the quick trial says of a mutant is what its own table says, row by row."""
    survivors = _survivors_of_few()
    rows = [row for one in _few_rows() for row in one.rows]
    rules = policy().pack.rules
    for place in range(0, len(rules), len(rules) // 25):
        spoilt = _set(mutant(policy().pack, place, how))
        fails = any(differences(row, spoilt.rule(row.facts)) for row in rows)

        assert fails is ((rules[place].rule_id, how) not in survivors), rules[place].rule_id
    assert 0 < len(survivors) < 2 * len(rules)


def _doubled() -> PolicySet:
    """Return a pack of one rule that stands there twice."""
    first = policy().pack.rules[0]
    again = replace(first, rule_id=RuleId("S01-again"))
    return _set(replace(policy().pack, rules=(first, again), served=()))


def test_a_rule_that_changes_nothing_is_said_to_change_nothing() -> None:
    """Where another rule always says the same, no row is made up."""
    found = mutation(_doubled(), ()).survivors

    assert [(one.hint, one.sought) for one in found] == [(None, True)] * 4
    assert hint_row(_doubled(), found[0]) is None


def test_what_is_noticed_only_by_a_name_is_counted() -> None:
    """A row whose answer stays the same and only names another rule is told apart."""
    row = next(row for one in _tables() for row in one.rows if row.rules == ("S01",))
    table = replace(_tables()[0], rows=(replace(row, rules=("S01", "S01-again")),))
    found = mutation(_doubled(), (table,))

    assert not list(mismatches(_doubled(), (table,)))
    assert (found.by_name, found.survivors) == (4, ())


def test_the_last_permission_of_a_purpose_is_not_taken_unnoticed() -> None:
    """Without it the purpose is served no more, and its gaps turn from a question to a no."""
    allows = [one for one in policy().pack.rules if one.condition("purpose") == "idva-support"]
    kept = next(one for one in allows if one.gives)
    rules = tuple(one for one in policy().pack.rules if one is kept or one not in allows)
    alone = _set(replace(policy().pack, rules=rules))
    gap = next(
        row
        for one in _tables()
        for row in one.rows
        if row.facts.purpose == "idva-support" and not alone.rule(row.facts).deciding_rules
    )
    ruling = alone.rule(gap.facts)
    row = replace(gap, outcome=ruling.outcome, rules=(), unmet=(), obligations=None, profile=None)
    found = mutation(alone, (replace(_tables()[0], rows=(row,)),), most_hints=0)

    assert ruling.outcome == "refer-human"
    assert kept.rule_id not in {one.rule.rule_id for one in found.survivors}


def test_a_purpose_without_rows_and_a_rule_that_decides_in_none_are_named() -> None:
    """Both are read off the tables."""
    tables = tuple(one for one in _tables() if "idva" not in one.file)

    assert untested(policy().pack, tables) == ("idva-support",)
    assert "R35" in untried(policy(), tables)
    assert "R35" not in untried(policy(), _tables())


def test_a_row_is_read_as_it_is_written() -> None:
    """`given` and `facts` come together, what is not said is unknown, and a row knows its line."""
    (table,), problems = _read({_TABLE: _SMALL.encode()})
    (row,) = table.rows

    assert not problems
    assert (row.facts.purpose, row.facts.consent, row.facts.risk) == (
        "marac-research",
        "given-explicit",
        "unknown",
    )
    assert (row.obligations, row.profile, row.place.line) == (None, None, 4)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 1", "version: 3", "1:10: the version must be 1"),
        ("given:", "givn:", "2:1: unknown key; nearest: given"),
        ("category:", "categry:", "`fact` has no such word; nearest: category"),
        ("given-explicit", "given-explict", "`consent` has no such word; nearest: given-explicit"),
        ("given-explicit", "consent-given", "`consent` has no such word"),
        ("Nothing is known", "Nothing, is known", "4:29: there is nothing here; a sentence with"),
        ("facts: {}", "fakts: {}", "4:30: unknown key; nearest: facts"),
        ("outcome: deny", "outcome: dney", "4:50: `outcome` has no such word; nearest: deny"),
        (", outcome: deny", "", "4:5: `outcome` is missing here; add it"),
        ("[S01,", "[S01x,", "`rules` has no such word; nearest: S01"),
        ("[S01,", "[[S01],", "write a word here, or a list of words"),
        ("rules:", "unmet: [RSM], rules:", "`unmet` has no such word; nearest: RSN"),
        ("rules:", "obligations: MYN, rules:", "`obligations` has no such word; nearest: MIN"),
        ("rules:", "profile: P-VICTM-SAFE, rules:", "`profile` has no such word; nearest: P-V"),
    ],
)
def test_a_row_that_is_not_right_is_refused_with_its_place(old: str, new: str, says: str) -> None:
    """A misspelt fact would make a row about another case, so it names line, column and word."""
    assert old in _SMALL
    _, problems = _read({_TABLE: _SMALL.replace(old, new, 1).encode()})

    assert any(one.startswith(f"{_TABLE}:") and says in one for one in problems), problems


def test_two_rows_of_one_name_are_refused() -> None:
    """Whoever reads a failure must know which row is meant."""
    _, problems = _read({_TABLE: (_SMALL + _SMALL.splitlines()[-1]).encode()})

    assert problems == [f"{_TABLE}:5:5: line 4 has this name too; say what differs"]


def test_a_pack_whose_tables_cannot_be_read_is_not_checked() -> None:
    """Bad tests are bad input, and everything that is wrong is said in one go."""
    spoilt = files(**{_TABLE: b"version: 1\n", "properties.yaml": b"version: 1\n"})
    with pytest.raises(PolicyLoadError) as error:
        findings_of(spoilt, TODAY)

    assert {one.split(":")[0] for one in error.value.problems} == {_TABLE, "properties.yaml"}
