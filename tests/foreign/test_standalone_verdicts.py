"""One verdict from three verifiers, on every file that somebody might hand an advocate."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import pytest

from broker.domain.ledger import EntryDraft
from broker.ledger.checkpoint import LogKey
from tests.foreign.logs import Log, log_of, rehashed, signed
from tests.foreign.verdicts import Question, Verdict, agreed
from tests.simulators import MemoryCustody

SIZE = 7
FLIPS = 400
LOG = log_of(SIZE)
KEY = LOG.key.verifier_text()
OTHER_KEY = LogKey(
    origin=LOG.origin, public_key=MemoryCustody(seed=bytes(32)).public_key("log")
).verifier_text()
EXPORT = LOG.export()
HEAD, *LINES = EXPORT.splitlines(keepends=True)
BODIES = [one.canonical for one in LOG.entries]
NEWEST_AT = json.loads(HEAD)["newest_at"]

Lines = Sequence[bytes]


def written(found: object) -> bytes:
    """A proof as a file."""
    return json.dumps(found, indent=2, ensure_ascii=False).encode()


def edited(index: int, old: bytes, new: bytes) -> list[bytes]:
    """The entries' bytes with one of them changed."""
    assert old in BODIES[index]
    changed = BODIES[index].replace(old, new, 1)
    return [*BODIES[:index], changed, *BODIES[index + 1 :]]


def later(index: int, draft: EntryDraft) -> EntryDraft:
    """The log's third entry, made an hour before it was."""
    return replace(draft, at=draft.at - timedelta(hours=1)) if index == 2 else draft


SOUND: dict[str, Question] = {
    "whole": Question(file=EXPORT, key=KEY),
    "whole-kept": Question(file=EXPORT, key=KEY, kept=LOG.checkpoint(3).note),
    "whole-kept-same": Question(file=EXPORT, key=KEY, kept=LOG.checkpoint().note),
    "one-entry": Question(file=log_of(1).export(), key=KEY),
    "proof": Question(file=written(LOG.proof(4)), key=KEY),
    "receipt": Question(file=written(LOG.receipt(5)), key=KEY),
    "answer": Question(file=written({"status": "released", "receipt": LOG.receipt(0)}), key=KEY),
    "growth": Question(file=written(LOG.growth(3)), key=KEY, kept=LOG.checkpoint(3).note),
    "growth-none": Question(file=written(LOG.growth(7)), key=KEY, kept=LOG.checkpoint(7).note),
}

TAMPERED: dict[str, tuple[bytes, tuple[int, int | None]]] = {
    # Somebody who can write in the file.
    "first-dropped": (b"".join([HEAD, *LINES[1:]]), (1, 0)),
    "middle-dropped": (b"".join([HEAD, *LINES[:3], *LINES[4:]]), (1, 3)),
    "newest-dropped": (b"".join([HEAD, *LINES[:-1]]), (1, SIZE - 1)),
    "all-dropped": (HEAD, (1, 0)),
    "reordered": (b"".join([HEAD, LINES[0], LINES[2], LINES[1], *LINES[3:]]), (1, 1)),
    "duplicated": (b"".join([HEAD, *LINES[:3], LINES[2], *LINES[3:]]), (1, 3)),
    "one-too-many": (b"".join([HEAD, *LINES, LINES[-1]]), (1, SIZE)),
    "empty-line": (b"".join([HEAD, *LINES, b"\n"]), (1, SIZE)),
    "cut-short": (EXPORT[:-40], (1, SIZE - 1)),
    "no-last-line-end": (EXPORT[:-1], (1, SIZE - 1)),
    "dos-line-ends": (EXPORT.replace(b"\n", b"\r\n"), (2, None)),
    "edited": (EXPORT.replace(b'"kind":"disclosure"', b'"kind":"delivered"', 1), (1, 0)),
    "other-head": (
        log_of(SIZE - 1).export().splitlines(keepends=True)[0] + b"".join(LINES),
        (1, 6),
    ),
    "other-newest": (
        EXPORT.replace(NEWEST_AT.encode(), b"2027" + NEWEST_AT[4:].encode(), 1),
        (1, 6),
    ),
    "nothing": (b"", (2, None)),
    "no-head": (b"".join(LINES), (2, None)),
    "byte-order-mark": (b"\xef\xbb\xbf" + EXPORT, (2, None)),
    "head-with-spaces": (EXPORT.replace(b'","', b'", "', 1), (2, None)),
    "head-of-version-2": (EXPORT.replace(b'"version":1}', b'"version":2}', 1), (2, None)),
    "head-of-version-true": (EXPORT.replace(b'"version":1}', b'"version":true}', 1), (2, None)),
    "head-with-more": (EXPORT.replace(b'{"check', b'{"a":1,"check', 1), (2, None)),
    "no-note": (EXPORT.replace(b"\\n7\\n", b"\\n07\\n", 1), (2, None)),
    "another-size": (EXPORT.replace(b"\\n7\\n", b"\\n6\\n", 1), (1, None)),
    # Who also writes fitting hashes: only the signed root can tell.
    "edited-rehashed": (
        rehashed(edited(2, b'"kind":"disclosure"', b'"kind":"delivered"'), HEAD),
        (1, None),
    ),
    "newest-edited-rehashed": (
        rehashed(edited(6, b'"disclosure":"0', b'"disclosure":"1'), HEAD),
        (1, None),
    ),
    "caseless-edited-rehashed": (
        rehashed(edited(1, b"10:00:00.000001", b"09:00:00.000001"), HEAD),
        (1, None),
    ),
    "back-dated-rewritten": (
        rehashed([one.canonical for one in log_of(SIZE, later).entries], HEAD),
        (1, None),
    ),
    # A broker that signs anything: the form and the chain still have to be right.
    **{
        f"signed-{name}": (signed(bodies, LOG, NEWEST_AT), (1, entry))
        for name, bodies, entry in (
            ("spaces", edited(2, b'"index":2', b'"index": 2'), 2),
            ("fraction", edited(2, b'"index":2', b'"index":2.0'), 2),
            ("exponent", edited(2, b'"index":2', b'"index":2e0'), 2),
            ("minus-zero", edited(0, b'"index":0', b'"index":-0'), 0),
            ("index-as-text", edited(2, b'"index":2', b'"index":"2"'), 2),
            ("index-true", edited(1, b'"index":1', b'"index":true'), 1),
            ("too-large", edited(2, b"-9007199254740991", b"-9007199254740992"), 2),
            ("member-twice", edited(2, b'"index":2', b'"index":2,"index":2'), 2),
            ("member-more", edited(2, b'"kind"', b'"ix":0,"kind"'), 2),
            ("member-less", edited(2, b',"version":1', b""), 2),
            ("other-version", edited(2, b'"version":1', b'"version":2'), 2),
            ("half-character", edited(2, b'"disclosure":"0', b'"disclosure":"\\ud8000'), 2),
            ("escaped", edited(2, b'"disclosure":"0', b'"disclosure":"\\u0030'), 2),
            ("not-utf-8", edited(2, b'"disclosure":"0', b'"disclosure":"\xff0'), 2),
            ("wrong-order", edited(2, "\U00010000".encode(), "\uf000".encode()), 2),
            ("no-such-day", edited(1, b"2026-11-09", b"2026-02-30"), 1),
            ("no-such-hour", edited(1, b"T10:", b"T24:"), 1),
            ("no-utc", edited(1, b"1Z", b"1+00:00"), 1),
            ("case-of-a-list", edited(2, b'"case_tag":"' + b"d" * 32 + b'"', b'"case_tag":[]'), 2),
            ("gap", edited(3, b'"case_number":2', b'"case_number":3'), 3),
            ("chain", edited(3, b'"case_previous":"', b'"case_previous":"0'), 3),
            ("case-hidden", edited(0, b'"case_tag":"' + b"c" * 32 + b'"', b'"case_tag":null'), 0),
            (
                "case-dropped",
                edited(3, b'"case_tag":"' + b"c" * 32, b'"case_tag":"' + b"e" * 32),
                3,
            ),
            ("too-long", edited(2, b'"disclosure":"', b'"disclosure":"' + b"0" * 65_536), 2),
            (
                "deep",
                edited(2, b'"hard":', b'"hard":' + b"[" * 30_000 + b"]" * 30_000 + b',"i":'),
                2,
            ),
        )
    },
}


@cache
def verdicts(name: str) -> dict[str, Verdict]:
    """Ask about a whole table at once: Node starts once."""
    asked = {"sound": sound, "tampered": tampered}[name]()
    return dict(zip(asked, agreed(list(asked.values())), strict=True))


def sound() -> dict[str, Question]:
    """What holds."""
    return SOUND


def tampered() -> dict[str, Question]:
    """What does not."""
    return {name: Question(file=file, key=KEY) for name, (file, _) in TAMPERED.items()}


@pytest.mark.parametrize("name", SOUND)
def test_what_holds_holds_for_all_three(name: str) -> None:
    """Every kind of file is accepted, and each says what a pass does not show."""
    verdict = verdicts("sound")[name]

    assert verdict.status == 0, verdict
    assert "Not shown" in verdict.said


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_refused_by_all_three(name: str) -> None:
    """They refuse alike, and name the same entry."""
    found = verdicts("tampered")[name]

    assert (found.status, found.entry) == TAMPERED[name][1]


def test_another_key_or_another_logs_name_is_refused_by_all_three() -> None:
    """Who asks with the key that somebody else gave out is told so, for every kind of file."""
    name, _, rest = KEY.partition("+")
    wrong = [OTHER_KEY, f"another.example/log+{rest}", KEY[:-4], "", name, KEY + "\u00e9"]
    asked = [replace(one, key=key) for one in SOUND.values() for key in wrong]

    statuses = [one.status for one in agreed(asked)]

    assert statuses == [1, 2, 2, 2, 2, 2] * len(SOUND)


def resigned(log: Log) -> Log:
    """The log, under the key of the log that was there before."""
    return replace(log, custody=LOG.custody)


def test_a_log_that_its_own_broker_rewrote_is_found_by_who_kept_a_checkpoint() -> None:
    """A back-dated entry or a cut-off end, newly signed: only an old checkpoint shows it."""
    rewritten, shorter = resigned(log_of(SIZE, later)).export(), resigned(log_of(SIZE - 2)).export()
    before, after = LOG.checkpoint(2).note, LOG.checkpoint().note

    alone = agreed([Question(file=one, key=KEY) for one in (rewritten, shorter)])
    asked = [(rewritten, before), (rewritten, after), (shorter, before), (shorter, after)]
    compared = agreed([Question(file=file, key=KEY, kept=kept) for file, kept in asked])

    assert [one.status for one in alone] == [0, 0]
    assert all("Not compared" in one.said for one in alone)
    assert [(one.status, one.entry) for one in compared] == [
        (0, None),
        (1, None),
        (0, None),
        (1, SIZE - 2),
    ]


def flipped(file: bytes, random: Random) -> bytes:
    """The file with one byte changed, left out or put in."""
    at, byte = random.randrange(len(file)), bytes([random.choice(b'0123"{}[]:,.eE-\\nA+=/ \xc3')])
    return file[:at] + random.choice((byte, b"", byte + file[at : at + 1])) + file[at + 1 :]


@pytest.mark.parametrize("name", ["whole", "proof", "receipt", "growth"])
def test_any_changed_byte_gets_one_verdict(name: str) -> None:
    """Wherever a byte is changed, all three say the same; in an export, it is never let pass."""
    random, asked = Random(name), SOUND[name]
    changed = [flipped(asked.file, random) for _ in range(FLIPS)]
    different = [one for one in changed if one != asked.file]

    found = agreed([replace(asked, file=one) for one in different])

    assert len(different) > FLIPS // 2
    if name == "whole":
        assert all(one.status for one in found)
    else:
        # A proof is not in one form: a space outside its text is no change.
        passed = [one for one, verdict in zip(different, found, strict=True) if not verdict.status]
        assert all(json.loads(one) == json.loads(asked.file) for one in passed)
