"""Who cosigned, and when: one verdict from three verifiers, in every kind of file."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from broker.ledger.checkpoint import parse_checkpoint
from broker.ledger.cosignature import WitnessKey, cosign, with_lines
from tests.foreign.logs import log_of
from tests.foreign.verdicts import Question, agreed
from tests.simulators import MemoryCustody

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FLIPS = 200
LOG = log_of(5)
KEY = LOG.key.verifier_text()
NOTE = LOG.checkpoint().note


def witness(number: int) -> tuple[WitnessKey, MemoryCustody]:
    """A witness of its own key."""
    custody = MemoryCustody(seed=bytes([number]) * 32)
    public = custody.public_key("log")
    return WitnessKey(name=f"eye-{number}.example/witness", public_key=public), custody


EYES = [witness(number) for number in (1, 2, 3)]
KEYS = [key.verifier_text() for key, _ in EYES]


def line(number: int, at: datetime = AT, note: str = NOTE) -> str:
    """What that witness adds."""
    key, custody = EYES[number]
    return cosign(key, lambda message: custody.sign("log", message), parse_checkpoint(note), at)


COSIGNED = with_lines(NOTE, [line(0), line(1, AT + timedelta(hours=1))])


def files(note: str) -> dict[str, bytes]:
    """Every kind of file that has a checkpoint of that size, with this note."""
    old, new = json.dumps(NOTE, ensure_ascii=False), json.dumps(note, ensure_ascii=False)
    receipt = {"status": "released", "receipt": LOG.receipt(2)}
    written = {
        "log": LOG.export().decode(),
        "proof": json.dumps(LOG.proof(4), indent=2, ensure_ascii=False),
        "receipt": json.dumps(receipt, ensure_ascii=False),
    }
    assert all(one.count(old) == 1 for one in written.values())
    made = {name: one.replace(old, new).encode() for name, one in written.items()}
    return {**made, "checkpoint": note.encode()}


@pytest.mark.parametrize("name", ["log", "proof", "receipt", "checkpoint"])
def test_who_cosigned_and_when_is_said(name: str) -> None:
    """Of those who were asked about, each by name; one who did not is said, too."""
    asked = Question(file=files(COSIGNED)[name], key=KEY, witnesses=tuple(KEYS))

    (found,) = agreed([asked])

    assert found.status == 0
    assert "Cosigned by eye-1.example/witness at 2026-03-02T09:30:00Z.\n" in found.said
    assert "Cosigned by eye-2.example/witness at 2026-03-02T10:30:00Z.\n" in found.said
    assert "Not cosigned by eye-3.example/witness.\n" in found.said


def test_a_checkpoint_that_no_named_witness_cosigned_does_not_hold() -> None:
    """Nor does one with a line of another checkpoint, time or witness."""
    earlier = LOG.checkpoint(4).note
    moved = line(0, note=earlier)
    renamed = line(1).replace("eye-2", "eye-1")
    asked = [
        Question(file=with_lines(NOTE, lines).encode(), key=KEY, witnesses=(KEYS[0],))
        for lines in ([], [line(1)], [moved], [line(0), line(0)[:-8] + "AAAAAAA="], [renamed])
    ]

    assert [one.status for one in agreed(asked)] == [1] * len(asked)


def test_what_is_no_witness_key_is_told_so() -> None:
    """The log's own key least of all: it would vouch for itself."""
    wrong = [KEY, "eye", KEYS[0][:-4] + "AAA=", ""]
    asked = [Question(file=COSIGNED.encode(), key=KEY, witnesses=(one,)) for one in wrong]

    assert [one.status for one in agreed(asked)] == [2] * len(wrong)


def test_the_newest_of_a_witness_counts() -> None:
    """It cosigned twice: the later time says how old the checkpoint can be."""
    later = line(0, AT + timedelta(days=1))
    note = f"{COSIGNED}{later}\n"

    (found,) = agreed([Question(file=note.encode(), key=KEY, witnesses=(KEYS[0],))])

    assert found.said.splitlines()[1] == (
        "Cosigned by eye-1.example/witness at 2026-03-03T09:30:00Z."
    )


def test_a_flipped_byte_of_a_cosignature_is_seen_alike() -> None:
    """Three programs, one verdict; none tells another time."""
    random, start = Random(17), NOTE.encode()
    asked = []
    for _ in range(FLIPS):
        raw = bytearray(with_lines(NOTE, [line(0)]).encode())
        raw[random.randrange(len(start), len(raw))] ^= 1 << random.randrange(7)
        asked.append(Question(file=bytes(raw), key=KEY, witnesses=(KEYS[0],)))

    for one in agreed(asked):
        assert one.status != 0


def test_a_bare_checkpoint_is_compared_with_what_was_kept() -> None:
    """The same one holds; an older one does not; a newer one needs the proof."""
    older = LOG.checkpoint(3).note
    asked = [Question(file=NOTE.encode(), key=KEY, kept=kept) for kept in (NOTE, older)] + [
        Question(file=older.encode(), key=KEY, kept=NOTE)
    ]
    stranger = replace(LOG, origin="elsewhere.example/log")
    asked.append(Question(file=stranger.checkpoint().note.encode(), key=KEY))

    assert [one.status for one in agreed(asked)] == [0, 2, 1, 2]
