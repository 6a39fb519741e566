"""`marac-broker policies`, as an IG lead, an advocate or a script uses it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.commands.policies import app
from policies.near import NEAREST
from tests import builders
from tests.unit.policies.packs import files, policy

_RUN = CliRunner()


def _line(**changes: str) -> str:
    facts = builders.facts(**changes)
    return json.dumps({name: getattr(facts, name) for name in facts.__slots__})


def test_decide_answers_each_line_in_order() -> None:
    """Facts in, one object a line out, with exactly the promised keys."""
    result = _RUN.invoke(
        app, ["decide", "--facts", "-"], input=f"{_line()}\n\n{_line(conflict='confirmed')}\n{{}}\n"
    )
    answers = [json.loads(line) for line in result.stdout.splitlines()]

    assert result.exit_code == 0
    assert [one["outcome"] for one in answers] == ["permit-redacted", "deny", "deny"]
    assert list(answers[0]) == [
        "outcome",
        "rules",
        "deciding_rules",
        "obligations",
        "profile",
        "basis",
        "policy_version",
        "sentence",
    ]
    assert {policy().version} == {one["policy_version"] for one in answers}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"purpos": "marac-research"}', "Line 2, key 1: there is no such fact; nearest: purpose."),
        ('{"risk": "hihg"}', "Line 2, key 1: `risk` has no such word; nearest: high."),
        ('{"risk": "high", "risk": "low"}', "Line 2, key 2: `risk` stands twice; say it once."),
        ('{"risk": 3}', "Line 2, key 1: write `risk` as a word in quotation marks."),
        ('{"risk": null}', "Line 2, key 1: write `risk` as a word in quotation marks."),
        ('{"category": "Mara Ellwood"}', "Line 2, key 1: `category` has no such word."),
        ("[]", "Line 2 is not an object: write facts as keys and words."),
        ("no", "Line 2 is not JSON: write one object a line."),
        ("[" * 40_000, "Line 2 is not JSON: write one object a line."),
        ('{"risk": ' + "9" * 5_000 + "}", "Line 2 is not JSON: write one object a line."),
        (" " * 70_000, "Line 2 is longer than 65536 bytes."),
    ],
)
def test_a_line_that_is_not_facts_is_named_and_nothing_is_answered(line: str, says: str) -> None:
    """One sentence on standard error names the line; it does not repeat what stood there."""
    result = _RUN.invoke(app, ["decide", "--facts", "-"], input=f"{_line()}\n{line}\n")

    assert result.exit_code == 2
    assert not result.stdout
    assert f"{says}\n" == result.stderr


def test_bytes_that_are_not_text_are_named(tmp_path: Path) -> None:
    """A file in another encoding is refused by line."""
    path = tmp_path / "facts.jsonl"
    path.write_bytes(b'{"risk": "\xff"}\n')
    result = _RUN.invoke(app, ["decide", "--facts", str(path)])

    assert (
        result.exit_code,
        result.stderr,
    ) == (2, "Line 1 is not JSON: write one object a line.\n")


def test_a_file_of_facts_that_is_not_there_says_so(tmp_path: Path) -> None:
    """A wrong file name is one sentence and the status for bad input."""
    result = _RUN.invoke(app, ["decide", "--facts", str(tmp_path / "nowhere")])

    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be read" in result.stderr


def test_check_counts_what_is_in_force() -> None:
    """A pack that is right is counted: rules, purposes, lines and version."""
    result = _RUN.invoke(app, ["check", "--quick"])

    assert result.exit_code == 0
    assert result.stdout.startswith(f"{len(policy().pack.rules)} rules (")
    assert policy().version in result.stdout


def test_check_says_everything_that_is_wrong(tmp_path: Path) -> None:
    """A pack that is wrong is refused with every problem, each with file, line and column."""
    for name, content in files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content.replace(b",deny,", b",dney,"))
    result = _RUN.invoke(app, ["check", str(tmp_path)])
    denials = sum(content.count(b",deny,deny,") for content in files().values())

    assert result.exit_code == 2
    assert not result.stdout
    assert len(result.stderr.splitlines()) > denials
    assert "guards.csv:2:2: " in result.stderr


def test_check_writes_lines_for_the_editor_of_casbin() -> None:
    """Anybody can take the rules to Casbin's own editor."""
    lines = _RUN.invoke(app, ["check", "--casbin"]).stdout.splitlines()

    assert any(line.startswith("p, S01, deny, permit, ") for line in lines)
    assert "g, high, high-or-above" in lines


def test_decide_names_near_misses_where_it_is_asked_to() -> None:
    """Two more keys, and only with --nearly: which rule, which fact, what would have fitted."""
    asked = ["decide", "--nearly", "--facts", "-"]
    plain = _RUN.invoke(app, ["decide", "--facts", "-"], input=_line(risk_age="stale"))
    result = _RUN.invoke(app, asked, input=_line(risk_age="stale"))
    answer = json.loads(result.stdout)
    near = answer.pop("nearly")

    assert answer.pop("nearly_more") > 0
    assert answer == json.loads(plain.stdout)
    assert near[0] == {"rule": "R07", "fact": "risk_age", "word": "stale", "fits": ["current"]}
    assert len(near) == NEAREST


def test_explain_names_rules_and_lines_for_the_ig_lead() -> None:
    """The IG lead sees which rules matched, which decided, where they stand and what follows."""
    result = _RUN.invoke(app, ["explain", "--facts", "-"], input=_line(consent="refused"))

    assert "R07 matches: allow permit-redacted when purpose=marac-research" in result.stdout
    assert " would have matched if " in result.stdout
    assert "R39 decides: deny permit-redacted" in result.stdout
    assert "before release: 2ND, RSN" in result.stdout
    assert "(purposes/marac-research.csv:" in result.stdout


def test_explain_is_plain_for_the_advocate() -> None:
    """The advocate reads the same in words, without ids of rules, profiles or laws."""
    result = _RUN.invoke(
        app, ["explain", "--plain", "--facts", "-"], input=_line(consent="refused")
    )

    assert result.stdout.startswith(
        "Incident in brief: a person decides.\nWhy:\n- The victim did not agree"
    )
    assert "What would change it:\n- If the reasons were put on record and" in result.stdout
    assert not any(word in result.stdout for word in ("R39", "RSN", "a6-1e", "P-VICTIM"))


def test_explain_has_words_for_nothing_known() -> None:
    """Even wholly unknown facts are explained."""
    result = _RUN.invoke(app, ["explain", "--plain", "--facts", "-"], input="{}")

    assert result.stdout.startswith("What was asked for: nothing is shared.")
