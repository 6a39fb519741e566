"""The files run in Casbin's own tools: stock pycasbin from disk, and casbin under Node."""

import json
import subprocess
from functools import cache
from pathlib import Path

import casbin
import pytest
from typer.testing import CliRunner

from broker.commands.policies import app
from broker.demo.systems.node import node_executable, npm_ci
from broker.domain.words import Outcome
from policies.agreement import drawn
from policies.decide import PACKAGED
from policies.engine import group_lines, policy_lines
from policies.table import Table
from tests.unit.policies.packs import policy
from tests.unit.policies.rows import rows

HERE = Path(__file__).parent
SAMPLED = 150
"""Cells, as in sampling at load: near the rules, so that most of them are told apart."""
NODE_SECONDS = 240
_WIDEST_FIRST = [str(one) for one in reversed(Outcome) if one is not Outcome.DENY]


@cache
def lines() -> str:
    """What `policies check --casbin` writes."""
    done = CliRunner().invoke(app, ["check", "--casbin"], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@cache
def asked() -> list[tuple[str, ...]]:
    """Every row of the tables, and cells drawn near the rules."""
    return [
        *(one.facts.as_tuple() for one in rows()),
        *drawn(policy().pack, SAMPLED, seed="foreign"),
    ]


@cache
def expected() -> list[str]:
    """What the compiled table answers, before obligations that are still to be met."""
    table = Table(policy().pack)
    return [str(table.verdict(words).outcome) for words in asked()]


def test_stock_pycasbin_reads_the_files_from_disk(tmp_path: Path) -> None:
    """Casbin's own file adapter holds every line and answers as the table does."""
    (tmp_path / "policy.csv").write_text(lines(), encoding="utf-8")
    enforcer = casbin.Enforcer(str(PACKAGED / "model.conf"), str(tmp_path / "policy.csv"))
    few = slice(None, None, 10)

    answers = [
        next((one for one in _WIDEST_FIRST if enforcer.enforce(one, *words)), "deny")
        for words in asked()[few]
    ]

    assert len(enforcer.get_policy()) == len(policy_lines(policy().pack))
    assert len(enforcer.get_grouping_policy()) == len(group_lines(policy().pack))
    assert expected()[few] == answers


@pytest.fixture(scope="module")
def by_node() -> dict[str, object]:
    """What casbin under Node makes of the same two texts."""
    question = {
        "model": (PACKAGED / "model.conf").read_text(encoding="utf-8"),
        "policy": lines(),
        "asked": asked(),
        "outcomes": _WIDEST_FIRST,
    }
    done = subprocess.run(
        [node_executable(), npm_ci(HERE) / "casbin.mjs"],
        input=json.dumps(question).encode(),
        capture_output=True,
        check=False,
        timeout=NODE_SECONDS,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_casbin_under_node_loads_every_line(by_node: dict[str, object]) -> None:
    """A second Casbin, in another language, drops none of our lines."""
    assert by_node["held"] == len(policy_lines(policy().pack))


def test_casbin_under_node_answers_as_the_table_does(by_node: dict[str, object]) -> None:
    """On every row of the pack's tables and on cells near the rules, the outcome is the same."""
    assert set(expected()) == set(Outcome)
    assert by_node["answers"] == expected()
