"""`marac-broker policies check`: what an IG lead runs on a Friday, and what it answers."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.commands.policies import app
from policies.check import Findings, findings_of
from policies.files import PROPERTIES
from policies.findings import lines, sentences, verdict
from tests.unit.policies.packs import GUARDS, RESEARCH, TODAY, files, without

_RUN = CliRunner()
_TABLE = "tests/marac-research.yaml"
_FEW = b"""version: 1
properties:
  - id: safe-address
    says: A safe address never reaches anybody who works with the perpetrator, or might.
    why: "Domain brief 3.2 S06"
    kind: never
    wider_than: deny
    where: {category: address-safe, recipient_perpetrator_facing: [yes, unknown]}
  - id: research-works
    says: A meeting can research every core category.
    why: "Domain brief 3.3 R07"
    kind: possible
    at_least: permit-redacted
    where: {purpose: marac-research, category: [identity-core, household]}
    for_each: category
"""
_ROWS = b"""version: 1
given:
  purpose: marac-research
  requester_agency: housing-la
  requester_role: agency-spoc
  holder_agency: police
  recipient_agency: housing-la
  recipient_perpetrator_facing: no
  subject_role: victim
  category: incident-summary
  consent: given-explicit
  risk: high
  risk_age: current
  case_listing: listed
  agreement: signed
  conflict: none
  record_age: within-window
rows:
  - {name: Agreed, facts: {}, outcome: permit-redacted, rules: [R07]}
  - {name: No agreement, facts: {agreement: lapsed}, outcome: deny, rules: [S01]}
  - {name: Hidden, facts: {category: address-safe, recipient_perpetrator_facing: yes}, outcome: deny, rules: [S06-place]}
"""  # noqa: E501  # A row stands on one line.


def _kept(name: str, *rule_ids: str) -> bytes:
    """Return a packaged file of rules with its header and some of its lines."""
    header, *rules = files()[name].decode().splitlines()
    kept = [one for one in rules if one.split(",")[0] in rule_ids]
    assert len(kept) == len(rule_ids)
    return "\n".join((header, *kept, "")).encode()


def _small(**changes: bytes | None) -> dict[str, bytes]:
    """Return a pack of three of the packaged rules, with a row for each and two properties."""
    kept: dict[str, bytes | None] = {
        GUARDS: _kept(GUARDS, "S01", "S06-place"),
        RESEARCH: _kept(RESEARCH, "R07"),
        _TABLE: _ROWS,
        PROPERTIES: _FEW,
    }
    gone: dict[str, bytes | None] = dict.fromkeys(
        name for name in files() if name.startswith(("purposes/", "tests/", "areas/"))
    )
    return without({**files(), **gone, **kept, **changes})


def _without_row(name: str) -> bytes:
    kept = [one for one in _ROWS.decode().splitlines() if f"name: {name}," not in one]
    assert len(kept) == len(_ROWS.splitlines()) - 1
    return "\n".join(kept).encode()


def _checked(found: dict[str, bytes]) -> Findings:
    return findings_of(found, TODAY)


def _written(directory: Path, found: dict[str, bytes]) -> Path:
    for name, content in found.items():
        (directory / name).parent.mkdir(exist_ok=True, parents=True)
        (directory / name).write_bytes(content)
    return directory


def test_a_rule_taken_out_breaks_its_promise_and_names_a_case() -> None:
    """Without S06-place the safe address gets out, and the check says where and by which rules."""
    spoilt = {GUARDS: _kept(GUARDS, "S01"), _TABLE: _without_row("Hidden")}
    found = _checked(_small(**spoilt))
    text = "\n".join(lines(found))

    assert [one.stated.property_id for one in found.proofs[0].broken] == ["safe-address"]
    assert re.search(r"[\d,]+ cases break it\. One gets [a-z-]+, and deny is the most", text)
    assert "category: address-safe" in text
    assert "recipient_perpetrator_facing: yes" in text
    assert "properties.yaml:3 safe-address; Domain brief 3.2 S06" in text
    assert "decided by no rule" in text
    assert verdict(found) == "The pack does not pass: 1 broken property."
    assert sentences(found)[0].startswith("A safe address never reaches anybody who works")


def test_a_row_that_differs_says_what_was_expected_and_which_rules_answered() -> None:
    """The row, its line, what it wanted, what it got and by which line of which file."""
    table = _ROWS.replace(b"permit-redacted, rules: [R07]", b"permit, rules: []")
    found = _checked(_small(**{_TABLE: table}))
    text = "\n".join(lines(found))

    assert (len(found.mismatches), found.mutation) == (1, None)
    assert "tests/marac-research.yaml:19 Agreed" in text
    assert "outcome: expected permit, got permit-redacted" in text
    assert "rules: expected none, got R07" in text
    assert "decided by R07 (purposes/marac-research.csv:2)" in text
    assert verdict(found).endswith("1 row that differs.")


def test_a_rule_that_no_row_notices_is_named_with_a_row_to_paste() -> None:
    """The rule, what could be done to it unseen, and the row."""
    found = _checked(_small(**{_TABLE: _without_row("No agreement")}))
    text = " ".join(" ".join(lines(found)).split())

    assert found.untried == ("S01",)
    assert "guards.csv:2 S01 can be removed and no row notices; this one in tests/" in text
    assert (
        '- {name: "S01 holds here", facts: {agreement: lapsed}, outcome: deny, rules: [S01],'
    ) in text
    assert verdict(found) == "The pack does not pass: 2 spoilt rules that no row notices."


def test_a_purpose_without_tests_does_not_pass() -> None:
    """Nobody opens a purpose without saying what it is meant to do."""
    found = _checked(_small(**{_TABLE: None}))

    assert found.untested == ("marac-research",)
    assert "write tests/marac-research.yaml" in " ".join(lines(found))
    assert not found.passed


def test_a_pack_without_properties_does_not_pass() -> None:
    """Where nothing is stated, nothing is proven, and that is said."""
    found = _checked(_small(**{PROPERTIES: None}))

    assert found.unproven
    assert sentences(found) == ("properties.yaml is missing, so nothing is proven",)


def test_the_rules_of_each_area_are_proven_too() -> None:
    """What an area may change must keep the promises as well."""
    header, rule = _kept(RESEARCH, "R07").decode().splitlines()
    opened = rule.replace("R07,", "O01,", 1).replace("core-research", "tenancy", 1)
    promise = _FEW.replace(b"than: deny", b"than: refer-human").replace(
        b"category: address-safe, recipient_perpetrator_facing: [yes, unknown]",
        b"category: tenancy",
    )
    area = {"areas/oakdale/rules.csv": f"{header}\n{opened}\n".encode(), PROPERTIES: promise}
    found = _checked(_small(**area))
    text = "\n".join(lines(found))

    assert [(one.area, len(one.broken)) for one in found.proofs] == [(None, 0), ("oakdale", 1)]
    assert "In oakdale: 1 of 2 hold over all" in text
    assert "decided by O01 (areas/oakdale/rules.csv:2)" in text
    assert sentences(found)[0].startswith("In oakdale: ")


def test_a_check_tells_how_far_it_has_come() -> None:
    """Each stage begins at nothing and ends with all of it."""
    heard: list[tuple[str, int, int]] = []
    findings_of(_small(), TODAY, watch=lambda *said: heard.append(said))
    stages = dict.fromkeys(stage for stage, _, _ in heard)

    assert list(stages) == ["Spoiling each rule", "Proving each property"]
    for stage in stages:
        done = [number for one, number, _ in heard if one == stage]
        assert done == sorted(done)
        assert (done[0], done[-1]) == (0, next(of for one, _, of in heard if one == stage))


@pytest.mark.parametrize(
    ("options", "changes", "status", "says"),
    [
        ([], {}, 0, "The pack passes."),
        (["--quick"], {PROPERTIES: None}, 1, "properties.yaml is missing"),
        (["--quick"], {}, 0, "The rows hold; nothing else was tried."),
        ([], {PROPERTIES: _FEW.replace(b"never\n", b"nevr\n")}, 2, "properties.yaml:3:5: "),
        (["--quick"], {_TABLE: b"version: 1\n"}, 2, f"{_TABLE}:1:1: `given` is missing here"),
        (
            ["--quick", "--area", "wolverley"],
            {one: content for one, content in files().items() if one.startswith("areas/")}
            | {RESEARCH: files()[RESEARCH]},
            0,
            "The pack can be read; nothing else was tried.",
        ),
        (["--area", "nowhere"], {}, 2, "this pack has no such area"),
    ],
    ids=[
        "passes",
        "no properties",
        "quick",
        "bad property",
        "bad table",
        "rows of no area",
        "no such area",
    ],
)
def test_the_exit_status_says_what_a_script_must_know(
    tmp_path: Path, options: list[str], changes: dict[str, bytes | None], status: int, says: str
) -> None:
    """0 for a pack that passes, 1 for one that does not, 2 for one that cannot be read."""
    directory = _written(tmp_path, _small(**changes))
    result = _RUN.invoke(app, ["check", str(directory), *options])
    heard = result.stderr if status == 2 else result.stdout

    assert result.exit_code == status, result.output
    assert says in heard
    assert bool(result.stdout) is (status != 2)


def test_everything_that_is_said_fits_a_terminal() -> None:
    """No line of the findings is longer than eighty characters."""
    changes = {GUARDS: _kept(GUARDS, "S01"), _TABLE: _without_row("Hidden")}
    said = list(lines(_checked(_small(**changes))))

    assert len(said) > 15
    assert max(map(len, said)) <= 80


def test_every_promise_of_the_packaged_pack_holds_and_no_spoilt_rule_goes_unnoticed() -> None:
    """The rules that come with the broker keep what they promise, in every area, over all cases."""
    found = _checked(files())

    assert sentences(found) == ()
    assert found.passed
    assert not found.untried
    assert found.mutation is not None
    assert found.mutation.mutants == 2 * len(found.policy.pack.rules)
    assert all(one.properties >= 40 for one in found.proofs)


def test_a_pack_that_casbin_reads_otherwise_does_not_pass() -> None:
    """One case with another outcome in Casbin is a fault, said with its number."""
    found = _checked(_small())
    assert "Casbin      gives the same outcome in every case" in lines(found)
    proof = replace(found.proofs[0], unequal=5)
    doubted = replace(found, proofs=(proof, *found.proofs[1:]))
    assert not doubted.passed
    assert "Casbin gives another outcome in 5 cases; do not use the pack" in sentences(doubted)
    assert "1 difference from Casbin" in verdict(doubted)
