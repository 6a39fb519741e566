"""The rows of the pack's own tables, for whoever asks the same of other software."""

from functools import cache

from policies.casetables import Row, read_tables
from policies.decide import PACKAGED
from policies.problems import Problems
from tests.unit.policies.packs import policy


@cache
def rows() -> tuple[Row, ...]:
    """Every situation in policies/tests/*.yaml, with its facts in full."""
    problems = Problems()
    files = {f"tests/{one.name}": one.read_bytes() for one in (PACKAGED / "tests").glob("*.yaml")}
    tables = read_tables(files, policy().pack, problems)
    problems.raise_if_any()
    return tuple(row for table in tables for row in table.rows)
