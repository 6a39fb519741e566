"""One verdict from three verifiers, on proofs and receipts that are one JSON object."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from broker.api.schemas import EntryOut
from broker.domain.words import EventKind
from broker.ledger.checkpoint import sign_checkpoint
from broker.ledger.entry import MAX_ENTRY_BYTES
from broker.ledger.tree import leaf_hash
from tests.foreign.logs import log_of
from tests.foreign.test_standalone_verdicts import BODIES, KEY, LOG, SIZE, edited, later, written
from tests.foreign.verdicts import Question, Verdict, agreed

LARGEST_TREE = 9
"""Every index and every older size of every tree up to here: all shapes of proof occur."""

Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, tuple[str, Change]] = {
    "proof-other-entry": ("proof", lambda one: one.update(entry=LOG.proof(3)["entry"])),
    "proof-other-path": ("proof", lambda one: one.update(path=LOG.proof(3)["path"])),
    "proof-path-short": ("proof", lambda one: one["path"].pop()),
    "proof-path-long": ("proof", lambda one: one["path"].append(one["path"][0])),
    "proof-path-object": ("proof", lambda one: one.update(path={})),
    "proof-path-loose-base64": ("proof", lambda one: one["path"].append("AB==")),
    "proof-other-index": ("proof", lambda one: one.update(index=3)),
    "proof-index-true": ("proof", lambda one: one.update(index=True)),
    "proof-other-size": ("proof", lambda one: one.update(size=SIZE - 1)),
    "proof-other-checkpoint": ("proof", lambda one: one.update(checkpoint=LOG.checkpoint(6).note)),
    "proof-no-checkpoint": ("proof", lambda one: one.update(checkpoint=None)),
    "proof-other-hash": ("proof", lambda one: one.update(leaf_hash=LOG.proof(3)["leaf_hash"])),
    "proof-edited": ("proof", lambda one: one.update(entry=one["entry"].replace(":1,", ":2,", 1))),
    "proof-half-character": ("proof", lambda one: one.update(entry="\ud800")),
    "receipt-other-time": ("receipt", lambda one: one["entry"].update(at="2026-11-10T10:00:00Z")),
    "receipt-other-kind": ("receipt", lambda one: one["entry"].update(kind="delivered")),
    "receipt-other-index": ("receipt", lambda one: one["entry"].update(index=1)),
    "receipt-other-number": ("receipt", lambda one: one["entry"].update(case_number=2)),
    "receipt-other-hash": (
        "receipt",
        lambda one: one["entry"].update(leaf_hash=LOG.receipt(3)["entry"]["leaf_hash"]),
    ),
    "receipt-loud-hash": (
        "receipt",
        lambda one: one["entry"].update(leaf_hash=one["entry"]["leaf_hash"].upper()),
    ),
    "receipt-second-entry": (
        "receipt",
        lambda one: (
            one["entry"].update(canonical="{}"),
            one["proof"].update(entry=LOG.proof(2)["entry"]),
        ),
    ),
    "receipt-other-proof": ("receipt", lambda one: one.update(proof=LOG.receipt(3)["proof"])),
    "receipt-no-entry": ("receipt", lambda one: one.update(entry=None)),
    "growth-other-path": ("growth", lambda one: one.update(path=LOG.growth(5)["path"])),
    "growth-no-path": ("growth", lambda one: one.update(path=[])),
    "growth-other-since": ("growth", lambda one: one.update(since=5)),
    "growth-other-size": ("growth", lambda one: one.update(size=6)),
    "growth-other-log": ("growth", lambda one: one.update(log_of(SIZE, later).growth(3))),
}
MAKERS: dict[str, Callable[[], dict[str, Any]]] = {
    "proof": lambda: LOG.proof(4),
    "receipt": lambda: LOG.receipt(2),
    "growth": lambda: LOG.growth(3),
}


def proofs() -> dict[str, Question]:
    """Proofs and receipts, each with one thing changed."""
    asked = {}
    for name, (kind, change) in CHANGES.items():
        found = MAKERS[kind]()
        change(found)
        kept = LOG.checkpoint(3).note if kind == "growth" else None
        file = json.dumps(found).encode()
        asked[name] = Question(file=file, key=KEY, kept=kept)
    return asked


@cache
def changed() -> dict[str, Verdict]:
    """Ask about all of them at once: Node starts once."""
    asked = proofs()
    return dict(zip(asked, agreed(list(asked.values())), strict=True))


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_proof_or_receipt_is_refused_by_all_three(name: str) -> None:
    """Whatever a proof says besides, it says it of this entry and this checkpoint or not at all."""
    assert changed()[name].status == 1


def test_another_spelling_of_a_number_is_no_proof() -> None:
    """Some software reads 4.0 and 4e0 as 4 and some does not, so that nobody may."""
    file = written(LOG.proof(4))
    spelt = [file.replace(b'"index": 4', b'"index": ' + one) for one in (b"4.0", b"4e0", b"04")]
    assert file not in spelt

    assert [one.status for one in agreed([Question(file=one, key=KEY) for one in spelt])] == [2] * 3


def test_what_is_no_disclosure_has_no_receipt() -> None:
    """The proof that a package was collected, dressed up as the receipt of its release."""
    log = log_of(SIZE, lambda _, one: replace(one, kind=EventKind.DELIVERED))
    entry, proof = log.entries[2], log.proof(2)
    told = {
        "entry": EntryOut.of(entry).model_dump(mode="json"),
        "checkpoint": {"note": proof["checkpoint"]},
        "proof": {name: proof[name] for name in ("index", "size", "path")},
    }
    asked = [Question(file=written(one), key=KEY) for one in (proof, told)]

    assert [one.status for one in agreed(asked)] == [0, 1]


def test_a_growth_proof_needs_the_checkpoint_that_was_kept() -> None:
    """Without it there is nothing that the log could have grown from; a forged one is none."""
    file = written(LOG.growth(3))
    forged = LOG.checkpoint(3).note.replace("\n3\n", "\n4\n")
    asked = [Question(file=file, key=KEY), Question(file=file, key=KEY, kept=forged)]

    assert [one.status for one in agreed(asked)] == [2, 1]


def test_an_entry_that_is_too_long_for_a_log_is_refused_in_a_proof_too() -> None:
    """A proof in JSON has room for more than an entry may have; one byte less, and it holds."""
    body = edited(
        0, b'"disclosure":"', b'"disclosure":"' + b"0" * (MAX_ENTRY_BYTES - len(BODIES[0]))
    )[0]
    asked = []
    for raw in (body, body.replace(b'"disclosure":"', b'"disclosure":"0', 1)):
        leaf = leaf_hash(raw)
        note = sign_checkpoint(LOG.key, lambda said: LOG.custody.sign("log", said), 1, leaf).note
        told = {"entry": raw.decode(), "leaf_hash": b64encode(leaf).decode(), "checkpoint": note}
        found = {"version": 1, "index": 0, "size": 1, "path": [], **told}
        asked.append(Question(file=written(found), key=KEY))

    assert [one.status for one in agreed(asked)] == [0, 1]


def test_every_proof_of_every_small_tree_holds_for_all_three() -> None:
    """No shape of tree is left out: each entry, and each older tree, of each size."""
    asked = []
    for size in range(1, LARGEST_TREE + 1):
        log = log_of(size)
        for at in range(size):
            kept = log.checkpoint(at + 1).note
            asked.append(Question(file=written(log.proof(at)), key=KEY))
            asked.append(Question(file=written(log.growth(at + 1)), key=KEY, kept=kept))

    assert {one.status for one in agreed(asked)} == {0}
