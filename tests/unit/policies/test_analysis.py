"""What a pack leaves open and which rules do nothing: found over all cases."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.cli import app
from policies.analysis import Analysis, analysis
from policies.decide import PolicySet
from policies.loader import read_pack
from policies.table import Table
from tests.unit.policies import packs

_S10 = "S10,deny,deny,"
_R24 = "R24,allow,permit,"


def _read(files: Mapping[str, bytes]) -> PolicySet:
    pack = read_pack(files, today=packs.TODAY)
    return PolicySet(pack, Table(pack))


def _copy(file: bytes, begins: str, *changes: tuple[str, str]) -> bytes:
    """Return a file with one of its lines once more, changed."""
    text = file.decode()
    line = next(one for one in text.splitlines() if one.startswith(begins))
    for old, new in changes:
        assert old in line
        line = line.replace(old, new, 1)
    return f"{text.rstrip()}\r\n{line}\r\n".encode()


@pytest.fixture(scope="module")
def spoiled() -> Mapping[str, bytes]:
    """Return the packaged pack with one rule of each fault."""
    guards, research = packs.files()[packs.GUARDS], packs.files()[packs.RESEARCH]
    guards = _copy(guards, _S10, ("S10,deny,deny", "S10-soft,deny,refer-human"))
    guards = _copy(guards, _S10, ("S10,", "S10-again,"))
    research = _copy(research, _R24, ("R24,", "X10,"), ("movements", "legal-privileged"))
    research = _copy(research, _R24, ("R24,allow,permit", "X24,allow,refer-human"))
    kept = [one for one in research.splitlines(keepends=True) if not one.startswith(b"R22,")]
    return packs.files(**{packs.GUARDS: guards, packs.RESEARCH: b"".join(kept)})


@pytest.fixture(scope="module")
def faults(spoiled: Mapping[str, bytes]) -> Analysis:
    """Return what is found in it."""
    return analysis(_read(spoiled))


@pytest.fixture(scope="module")
def packaged() -> Analysis:
    """Return what is found in the pack that comes with the broker."""
    return analysis(_read(packs.files()))


def test_a_rule_behind_a_hard_stop_is_unreachable(faults: Analysis) -> None:
    """Nothing narrower than a denial helps where everything is denied already."""
    silent = {one.rule: one for one in faults.silent}
    assert silent["S10-soft"].unreachable
    assert silent["S10-soft"].behind


def test_a_rule_that_says_what_another_says_is_needless(faults: Analysis) -> None:
    """The same line under another id changes no answer, and both are named."""
    assert {"S10", "S10-again"} <= set(faults.needless)


def test_an_allow_that_is_held_back_everywhere_is_contradicted(faults: Analysis) -> None:
    """A permission on legal advice is held back by the hard stop in each of its cases."""
    assert ("X10", "S10") in {(one.one, one.other) for one in faults.contradictory}
    assert "X10" in {one.rule for one in faults.silent}


def test_two_permissions_with_different_answers_are_named(faults: Analysis) -> None:
    """Where they overlap the narrower decides, which the author may not have meant."""
    assert ("R24", "X24") in {(one.one, one.other) for one in faults.overlapping}


def test_a_category_that_loses_its_rules_becomes_a_gap(
    faults: Analysis, packaged: Analysis
) -> None:
    """Without its rule, the family network is something that no rule speaks about."""

    def open_for(found: Analysis) -> int:
        return sum(
            one.open_combinations
            for one in found.gaps
            if (one.purpose, one.category) == ("marac-research", "hba-network")
        )

    assert open_for(faults) > open_for(packaged)


def test_the_packaged_rules_all_decide_something(packaged: Analysis) -> None:
    """No rule of the pack that comes with the broker is dead or contradicted."""
    assert packaged.silent == ()
    assert packaged.contradictory == ()


def test_the_command_names_what_it_found(tmp_path: Path, spoiled: Mapping[str, bytes]) -> None:
    """Status 1, with the rule's id, where a rule can never decide."""
    for name, content in spoiled.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    told = CliRunner().invoke(app, ["policies", "analyse", str(tmp_path)])
    assert told.exit_code == 1, told.stderr
    assert "S10-soft: every case it matches is denied" in told.stdout
    assert max(len(line) for line in told.stdout.splitlines()) <= 80
