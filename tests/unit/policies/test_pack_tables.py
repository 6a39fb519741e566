"""The rows of policies/tests/*.yaml, which IG leads read and write."""

from typing import Any

import pytest
import yaml

from broker.domain.context import Facts
from policies.decide import PACKAGED
from tests.unit.policies.packs import policy

_FILES = sorted((PACKAGED / "tests").glob("*.yaml"))
_ROWS: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    (f"{path.stem}: {row['name']}", loaded["given"], row)
    for path in _FILES
    for loaded in [yaml.safe_load(path.read_text(encoding="utf-8"))]
    for row in loaded["rows"]
]


@pytest.mark.parametrize(
    ("given", "row"), [pytest.param(given, row, id=name) for name, given, row in _ROWS]
)
def test_the_pack_answers_as_its_own_table_says(given: dict[str, str], row: dict[str, Any]) -> None:
    """Each situation in the pack's tables gets the outcome and the rules written beside it."""
    ruling = policy().rule(Facts(**{**given, **row["facts"]}))

    assert row["outcome"] == ruling.outcome, ruling.sentence
    assert tuple(row["rules"]) == ruling.deciding_rules
    assert row.get("unmet", []) == list(ruling.unmet)
    assert row.get("profile", ruling.profile) == ruling.profile
    assert tuple(row.get("obligations", ruling.obligations)) == ruling.obligations


def test_every_served_purpose_has_a_table_of_its_own() -> None:
    """No purpose is opened without situations that say what its rules are meant to do."""
    assert [path.stem for path in _FILES] == list(policy().pack.served)


def test_every_rule_decides_in_some_row() -> None:
    """A rule that no situation in the tables meets would be a rule that nobody has tried."""
    tried = {name for _, _, row in _ROWS for name in row["rules"]}

    assert {rule.rule_id for rule in policy().pack.rules} == tried
