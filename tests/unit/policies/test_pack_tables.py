"""The rows of policies/tests/*.yaml, which IG leads read and write."""

import pytest

from policies.casetables import CaseTable, Row, differences, read_tables, untested, untried
from policies.decide import PACKAGED
from policies.problems import Problems
from tests.unit.policies.packs import policy


def _tables() -> tuple[CaseTable, ...]:
    problems = Problems()
    files = {f"tests/{one.name}": one.read_bytes() for one in (PACKAGED / "tests").glob("*.yaml")}
    tables = read_tables(files, policy().pack, problems)
    problems.raise_if_any()
    return tables


_TABLES = _tables()


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=f"{one.file}: {row.name}") for one in _TABLES for row in one.rows]
)
def test_the_pack_answers_as_its_own_table_says(row: Row) -> None:
    """Each situation in the pack's tables gets the outcome and the rules written beside it."""
    ruling = policy().rule(row.facts)

    assert differences(row, ruling) == (), ruling.sentence


def test_every_served_purpose_has_a_table() -> None:
    """No purpose is opened without situations that say what its rules are meant to do."""
    assert untested(policy().pack, _TABLES) == ()


def test_every_rule_decides_in_some_row() -> None:
    """A rule that no situation in the tables meets would be a rule that nobody has tried."""
    assert untried(policy(), _TABLES) == ()
