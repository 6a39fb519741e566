"""Replaying recorded decisions: the same for everybody, and stopped by a changed byte."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import policies
from broker.commands.policies import app
from broker.domain.context import Facts
from broker.domain.errors import InvalidRequestError
from broker.domain.ledger import EntryDraft, LedgerEntry
from broker.domain.words import Outcome
from broker.ledger.export import read_entries, read_head, verified
from policies.replay import Answer, AsItWas, Difference, difference, recorded
from policies.reviews import GRACE
from tests import builders as a
from tests.unit.policies.logs import (
    KEY,
    decision,
    export,
    other_event,
    without_case,
)
from tests.unit.policies.packs import GUARDS, TODAY, files, policy

_RUN = CliRunner()
YES, NO = a.facts(), a.facts(conflict="confirmed")
ASK = a.facts(consent="withdrawn")


def written(folder: Path, found: Mapping[str, bytes]) -> Path:
    """The folder, with the files of a pack in it."""
    for name, content in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def guarded(**cells: str) -> dict[str, bytes]:
    """The packaged pack with one more guard, like its first one but for these cells."""
    text = files()[GUARDS].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    facts = dict.fromkeys(a.facts().__slots__, "*")
    more = {**rows[0], **facts, "id": "Z99", "effect": "deny", "outcome": "deny", **cells}
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows([*rows, more])
    return files(**{GUARDS: sheet.getvalue().encode()})


@pytest.fixture(scope="module")
def same_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packaged pack."""
    return written(tmp_path_factory.mktemp("same"), files())


@pytest.fixture(scope="module")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged pack with a guard that refuses incident summaries."""
    folder = tmp_path_factory.mktemp("stricter")
    return written(folder, guarded(category="incident-summary"))


def a_log() -> bytes:
    """Three requests about two cases, with an entry that is no decision between them."""
    return export(
        decision(policy(), YES, a.facts(category="risk-assessment")),
        other_event(),
        decision(policy(), NO, case="MR-0418"),
        decision(policy(), ASK, day=3),
    )


def run(log: bytes, new: Path, *more: str) -> Result:
    """What the command says of an exported log on standard input."""
    words = ["replay", str(new), "--log", "-", *more]
    return _RUN.invoke(app, words, input=log, catch_exceptions=False)


def test_the_same_pack_changes_nothing(same_pack: Path) -> None:
    """Replayed with the pack it was made with, a log gives what it recorded, and says so."""
    done = run(a_log(), same_pack, "--pack-old", str(same_pack), "--json")

    assert done.exit_code == 0, done.output
    (head,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (head["version"], head["decisions"], head["answers"]) == (1, 3, 4)
    assert head["differences"]["same"] == 4
    assert head["recorded_under"] == [
        {"pack": policy().version, "answers": 4, "given_again": 4},
    ]


def test_a_stricter_pack_names_who_would_have_got_less(stricter: Path) -> None:
    """Each changed answer is one line: entry, case token, what it was, what it would be, by what.

    Nothing in it says who is meant: the case is the token of the log.
    """
    log = a_log()
    done = run(log, stricter)

    head, unsigned, under, counts, *changed = done.stdout.splitlines()
    assert done.exit_code == 1
    assert head.startswith("log of 4 entries, tree head ")
    assert read_head(io.BytesIO(log)).checkpoint.root.hex() in head
    assert policies.load(stricter, today=TODAY).version in head
    assert "was not checked" in unsigned
    assert under == (
        f"recorded under {policy().version}: 4 answers, compared with what was recorded"
    )
    assert counts.startswith("3 decisions, 4 answers: 0 newly allowed, ")
    assert "2 newly refused" in counts
    assert "1 other terms only" in counts
    assert len(changed) == 3
    assert changed[0].startswith("entry 0, case ")
    assert "marac-research, incident-summary: newly refused: permit-redacted -> deny" in changed[0]
    assert changed[0].split("rules: ")[1].split(";")[0].endswith("-> Z99")
    assert "basis: " in changed[1]
    assert changed[2].startswith("entry 3, case ")
    assert "MR-0417" not in done.output
    assert "housing-1" not in done.output


def test_the_same_log_and_pack_give_the_same_bytes(stricter: Path, tmp_path: Path) -> None:
    """Somebody else, elsewhere, with a copy of both, gets the same output byte for byte."""
    log = a_log()
    copy = written(tmp_path / "elsewhere", guarded(category="incident-summary"))
    (tmp_path / "log.jsonl").write_bytes(log)

    for form in ((), ("--json",)):
        here = run(log, stricter, *form)
        words = ["replay", str(copy), "--log", str(tmp_path / "log.jsonl"), *form]
        there = _RUN.invoke(app, words, catch_exceptions=False)
        assert here.stdout_bytes == there.stdout_bytes


def test_a_decision_without_an_open_case_stays_a_no(tmp_path: Path) -> None:
    """A pack cannot open a case that the requester was never told of."""
    log = export(without_case(policy(), YES))

    done = run(log, written(tmp_path, files()), "--json")

    assert done.exit_code == 0, done.output


def _changed_line(log: bytes, number: int, old: bytes, new: bytes) -> bytes:
    lines = log.splitlines(keepends=True)
    assert old in lines[number + 1]
    lines[number + 1] = lines[number + 1].replace(old, new, 1)
    return b"".join(lines)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda log: _changed_line(log, 2, b'"deny"', b'"deni"'), "Entry 2: its line was changed"),
        (
            lambda log: _changed_line(log, 3, b'"withdrawn"', b'"given-verbal"'),
            "Entry 3: its line was changed",
        ),
        (lambda log: b"".join(log.splitlines(keepends=True)[:3]), "Entry 2: it is missing"),
        (lambda log: log[:-40], "Entry 3: its line was changed, or cut short"),
        (
            lambda log: log + log.splitlines(keepends=True)[-1],
            "Entry 4: the checkpoint does not cover it",
        ),
        (
            lambda log: b"".join(log.splitlines(keepends=True)[at] for at in (0, 1, 3, 2, 4)),
            "Entry 1: it says that it is entry 2",
        ),
        (
            lambda log: log.replace(b'"newest_at":"2026-11-12', b'"newest_at":"2026-11-13', 1),
            "Entry 3",
        ),
        (lambda _: b"", "no export of a log"),
        (lambda _: b"[]\n", "no export of a log"),
        (lambda log: log.replace(b'"version":1}\n', b'"version":2}\n', 1), "no export of a log"),
    ],
    ids=[
        "a word",
        "a fact",
        "left out at the end",
        "cut off",
        "once more",
        "in another order",
        "another time",
        "nothing",
        "something else",
        "another version",
    ],
)
def test_a_changed_export_is_not_replayed(
    spoil: Callable[[bytes], bytes], says: str, same_pack: Path
) -> None:
    """Whatever was changed on the way is found and named, and nothing is said about anybody."""
    done = run(spoil(a_log()), same_pack)

    assert done.exit_code == 2
    assert says in done.stderr
    assert done.stdout == ""


def test_an_entry_changed_with_its_hash_is_found_by_the_root(same_pack: Path) -> None:
    """Whoever mends the hash beside a changed entry still cannot mend the signed tree."""
    forged = export(decision(policy(), YES), decision(policy(), NO, case="MR-0418"))
    honest = export(decision(policy(), YES), decision(policy(), ASK, case="MR-0418"))
    mixed = honest.splitlines(keepends=True)[:2] + forged.splitlines(keepends=True)[2:]

    done = run(b"".join(mixed), same_pack)

    assert done.exit_code == 2
    assert "not those that the checkpoint was signed for" in done.stderr


def test_the_checkpoint_is_checked_with_the_logs_key(same_pack: Path) -> None:
    """With the log's key, a tree that somebody else signed is refused; without, it is said."""
    log, right = a_log(), KEY.verifier_text()
    other = replace(KEY, public_key=bytes(32)).verifier_text()

    checked = run(log, same_pack, "--log-key", right, "--json")
    refused = run(log, same_pack, "--log-key", other)
    forged = run(log.replace(b"\\n\\n", b"\\n\\nx", 1), same_pack, "--log-key", right)
    mistyped = run(log, same_pack, "--log-key", right[:-1])

    assert json.loads(checked.stdout)["log"]["signature"] == "checked"
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "not signed by this log's key" in refused.stderr
    assert forged.exit_code == 2
    assert "name+key id+base64" in mistyped.stderr


def test_facts_that_were_not_recorded_are_unknown() -> None:
    """A fact that rules learned later reads as `unknown`; one that nobody knows is refused."""
    (entry,) = _entries(export(decision(policy(), YES)))
    ruling: dict[str, Any] = dict(entry.detail["rulings"][0])  # type: ignore[index,arg-type]
    fewer = {name: word for name, word in ruling["facts"].items() if name != "record_age"}

    def of(facts: Mapping[str, str]) -> LedgerEntry:
        return replace(entry, detail={**entry.detail, "rulings": ({**ruling, "facts": facts},)})

    assert recorded(of(fewer))[0].facts == replace(YES, record_age="unknown")
    with pytest.raises(InvalidRequestError, match="Entry 0 was recorded by another version"):
        recorded(of({**fewer, "colour_of_hair": "unknown"}))


def _entries(log: bytes) -> tuple[LedgerEntry, ...]:
    file = io.BytesIO(log)
    return tuple(verified(read_head(file), read_entries(file)))


def test_a_recorded_answer_that_its_own_pack_does_not_give_is_a_finding(
    same_pack: Path, stricter: Path
) -> None:
    """If a broker recorded what its rules did not say, the replay says so before anything else."""
    honest = decision(policy(), YES)
    ruling = {**honest.detail["rulings"][0], "outcome": "permit"}  # type: ignore[index,dict-item]
    forged = replace(honest, detail={**honest.detail, "rulings": (ruling,)})

    done = run(export(forged), same_pack, "--pack-old", str(same_pack))

    assert done.exit_code == 1
    assert "1 answers, 0 of them given again by that pack" in done.stdout
    assert "NOT AS ITS OWN PACK ANSWERS: recorded permit by" in done.stdout
    other = run(export(honest), same_pack, "--pack-old", str(stricter))
    assert "compared with what was recorded" in other.stdout


def _answer(outcome: Outcome, **changes: object) -> Answer:
    made = Answer.of(a.ruling(outcome=outcome))
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


_D, _R, _V, _P, _W = Outcome


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (_D, _D, "same"),
        (_D, _R, "newly to a person"),
        (_D, _V, "newly allowed"),
        (_R, _P, "newly allowed"),
        (_R, _D, "newly refused"),
        (_W, _D, "newly refused"),
        (_W, _R, "newly to a person"),
        (_V, _P, "more released"),
        (_P, _W, "more released"),
        (_W, _P, "less released"),
        (_P, _V, "less released"),
    ],
    ids=str,
)
def test_each_change_has_one_name(old: Outcome, new: Outcome, kind: str) -> None:
    """Every step between two outcomes is counted as what it means to those who asked."""
    assert difference(_answer(old), _answer(new)) == kind


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"obligations": ("MIN",)}, Difference.TERMS_ONLY),
        ({"profile": "P-SOURCE"}, Difference.TERMS_ONLY),
        ({"unmet": ("RSN",)}, Difference.TERMS_ONLY),
        ({"basis": ()}, Difference.TERMS_ONLY),
        ({"deciding_rules": ()}, Difference.SAME),
    ],
    ids=["obligations", "profile", "unmet", "basis", "rule ids"],
)
def test_other_terms_are_another_answer(changes: Mapping[str, object], kind: Difference) -> None:
    """The same outcome with other obligations is a change; by another rule it is none."""
    assert difference(_answer(_P), _answer(_P, **changes)) is kind


def test_a_pack_is_replayed_as_it_was_on_the_day(same_pack: Path) -> None:
    """A permission that lapsed later still gave what it gave before; and none is read too often."""
    first = min(rule.review for rule in policy().pack.rules if rule.gives)
    lapses = first + GRACE
    was = AsItWas(same_pack, lapses + timedelta(days=100))
    days = {lapses + timedelta(days=one) for one in (-300, -40, 0, 1, 2, 60)}

    for day in sorted(days):
        fresh = policies.load(same_pack, today=day)
        assert was.on(day).rule(YES) == fresh.rule(YES), day
        assert {r.rule_id for r in was.on(day).pack.rules if r.suspended} == {
            r.rule_id for r in fresh.pack.rules if r.suspended
        }


def facts_of(draft: EntryDraft) -> Facts:
    """The facts of a decision's only category."""
    return recorded(_entries(export(draft))[0])[0].facts


def test_what_is_replayed_is_what_was_looked_at() -> None:
    """The facts of an entry are those that were ruled on, word for word."""
    for asked in (YES, NO, ASK):
        assert facts_of(decision(policy(), asked)) == asked
