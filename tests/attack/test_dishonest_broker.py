"""A broker that holds the log's key and lies: what finds it, lie by lie.

Three things find it: the file that an advocate exports, two files or checkpoints compared, and a
witness, who asks `consistent` of the checkpoint that it signed last and the one it is shown.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO

import pytest

from broker.domain.errors import LedgerVerificationError
from broker.domain.ids import CaseTag
from broker.domain.ledger import Checkpoint, EntryDraft, LedgerEntry
from broker.ledger.case_file import CaseFile
from broker.ledger.case_map import CaseHead, map_of
from broker.ledger.compare import Finding, consistent
from broker.ledger.entry import place_entry
from broker.ledger.evidence import Verifier
from broker.ledger.export import Head, entry_line, head_line
from broker.ledger.shown import Shown, compare_shown, read_shown
from broker.ledger.tree import consistency_spans, hash_of
from keys.signing import verify as signature_holds
from tests.foreign.logs import Log, log_of, written_file

SIZE, LATER = 17, 22
MINE, THEIRS = CaseTag("c" * 32), CaseTag("d" * 32)
HONEST = log_of(LATER)
KEY = HONEST.key
VERIFIER = Verifier(
    key=KEY, check=lambda said, signature: signature_holds(KEY.public_key, said, signature)
)

Heads = dict[CaseTag, CaseHead]


def shown(file: bytes) -> Shown:
    """What a file shows to whoever has the log's key."""
    return read_shown(BytesIO(file), VERIFIER)


def placed(drafts: Iterable[EntryDraft]) -> Log:
    """A log of these events, numbered, chained and signed as if it had always been so."""
    entries: list[LedgerEntry] = []
    heads: dict[CaseTag | None, tuple[int, str]] = {}
    for index, draft in enumerate(drafts):
        number, previous = heads.get(draft.case_tag, (0, ""))
        number = 0 if draft.case_tag is None else number + 1
        made = place_entry(draft, index=index, case_number=number, case_previous=previous)
        heads[draft.case_tag] = (number, "" if draft.case_tag is None else made.leaf_hash.hex())
        entries.append(made)
    return replace(HONEST, entries=tuple(entries))


DRAFTS = [
    EntryDraft(kind=one.kind, at=one.at, case_tag=one.case_tag, detail=one.detail)
    for one in HONEST.entries
]
DROPPED = placed([*DRAFTS[:3], *DRAFTS[4:]])
REORDERED = placed([*DRAFTS[:3], DRAFTS[4], DRAFTS[3], *DRAFTS[5:]])
EDITED = placed([*DRAFTS[:3], replace(DRAFTS[3], detail={"disclosure": "0" * 32}), *DRAFTS[4:]])
BACK_DATED = placed(
    [*DRAFTS[:3], replace(DRAFTS[3], at=DRAFTS[3].at - timedelta(days=9)), *DRAFTS[4:]]
)
REWRITTEN = {
    "dropped": DROPPED,
    "reordered": REORDERED,
    "edited": EDITED,
    "back-dated": BACK_DATED,
}


def best_proof(log: Log, old: int, new: int) -> tuple[bytes, ...]:
    """The proof of growth that a broker can make of the tree that it has now."""
    return tuple(hash_of(span, log.lookup) for span in consistency_spans(old, new))


@pytest.mark.parametrize("lie", REWRITTEN)
def test_a_rewritten_log_is_refused_by_a_witness(lie: str) -> None:
    """Found by a witness: whatever was dropped, moved, edited or dated back, it had signed."""
    log, kept = REWRITTEN[lie], HONEST.checkpoint(SIZE)
    size = len(log.entries)

    for path in (best_proof(log, SIZE, size), best_proof(HONEST, SIZE, LATER), ()):
        assert consistent(kept, log.checkpoint(size), path) is Finding.FORKED
    honest = consistent(kept, HONEST.checkpoint(), best_proof(HONEST, SIZE, LATER))
    assert honest is Finding.GROWN


@pytest.mark.parametrize("lie", REWRITTEN)
def test_a_rewritten_case_is_found_by_comparing_two_exports(lie: str) -> None:
    """Found by comparing: the advocate's file from before has the entries as they were."""
    kept, now = HONEST.case_file(MINE, SIZE), REWRITTEN[lie].case_file(MINE)

    found = compare_shown(shown(written_file(kept)), shown(written_file(now)))

    assert found in {Finding.CASE_REWRITTEN, Finding.CASE_SHRUNK}
    assert not found.holds


def test_an_edit_that_was_not_signed_is_found_by_the_export() -> None:
    """Found by the export: who holds the files but not the key can change no byte of an entry."""
    file = written_file(HONEST.case_file(MINE))

    for old, new in ((b'"kind":"disclosure"', b'"kind":"delivered"'), (b"2026-11", b"2026-10")):
        with pytest.raises(LedgerVerificationError):
            shown(file.replace(old, new, 1))


def test_a_new_entry_with_an_old_date_is_pointed_out_by_the_export() -> None:
    """Found by the export: it stands behind entries that say a later time."""
    drafts = [*DRAFTS[:-1], replace(DRAFTS[-1], case_tag=MINE, at=DRAFTS[0].at - timedelta(days=9))]
    file = written_file(placed(drafts).case_file(MINE))

    said = VERIFIER.verify(BytesIO(file))

    assert f"Ask about entry {LATER - 1}: it says an earlier time than one before." in said


def test_two_people_who_are_shown_two_trees_find_it_by_comparing() -> None:
    """Found by comparing: one size and two roots; or two sizes, and no proof that joins them."""
    hers = written_file(HONEST.case_file(MINE, SIZE))
    for theirs, size in ((EDITED, SIZE), (EDITED, LATER)):
        other = shown(written_file(theirs.case_file(THEIRS, size)))
        for path in (None, best_proof(theirs, SIZE, size), best_proof(HONEST, SIZE, size)):
            found = compare_shown(shown(hers), other, path)
            assert found is (Finding.UNPROVEN if path is None and size > SIZE else Finding.FORKED)


def test_an_old_head_is_found_by_who_has_a_newer_one() -> None:
    """Found by a witness and by comparing: the log that is shown is shorter than one that was."""
    old, kept = HONEST.checkpoint(SIZE), HONEST.checkpoint()

    assert consistent(kept, old, None) is Finding.OLDER_HEAD
    found = compare_shown(
        shown(kept.note.encode()), shown(written_file(HONEST.case_file(MINE, SIZE)))
    )
    assert found is Finding.OLDER_HEAD


def hiding(count: int, *, honest_map: bool) -> tuple[CaseFile, Checkpoint]:
    """The case's file with its newest entries hidden, under an honest or a dishonest map."""
    file = HONEST.case_file(MINE)
    heads = heads_of(HONEST)
    if not honest_map:
        heads = with_count(heads, count)
    made = map_of(heads.items())
    signed = HONEST.sign(LATER, HONEST.checkpoint().root, made.root)
    hidden = replace(file, note=signed.note, entries=file.entries[:count], proof=made.proof(MINE))
    return hidden, signed


def heads_of(log: Log) -> Heads:
    """How far each case has come."""
    return {
        one.case_tag: CaseHead(count=one.case_number, newest=one.leaf_hash)
        for one in log.entries
        if one.case_tag is not None
    }


def with_count(heads: Heads, count: int) -> Heads:
    """The heads, with one case that is said to have come no further; or that is left out."""
    if not count:
        return {tag: head for tag, head in heads.items() if tag != MINE}
    entry = HONEST.case_file(MINE).entries[count - 1][0]
    return {**heads, MINE: CaseHead(count=count, newest=entry.leaf_hash)}


@pytest.mark.parametrize("count", [0, 1, 12], ids=["all", "but-one", "the-newest"])
def test_hidden_entries_are_found_by_the_export(count: int) -> None:
    """Found by the export: the signed map has more entries of the case than the file."""
    file, _ = hiding(count, honest_map=True)

    with pytest.raises(LedgerVerificationError, match="hidden"):
        shown(written_file(file))


@pytest.mark.parametrize("count", [0, 1, 12], ids=["left-out", "but-one", "the-newest"])
def test_a_map_that_hides_a_case_is_found_by_comparing(count: int) -> None:
    """Found by comparing: an earlier file, or the receipt of what was hidden, says otherwise."""
    file, _ = hiding(count, honest_map=False)
    now = shown(written_file(file))  # By itself it holds: that is what a receipt is for.

    newest = HONEST.case_file(MINE).entries[-1][0]
    for kept in (
        written_file(HONEST.case_file(MINE)),
        receipt_file(HONEST, newest.index),
        HONEST.export(),
    ):
        found = compare_shown(shown(kept), now)
        assert found in {Finding.CASE_SHRUNK, Finding.OTHER_MAP}, kept[:40]
    assert compare_shown(shown(receipt_file(HONEST, newest.index)), now) is Finding.CASE_SHRUNK


def receipt_file(log: Log, index: int) -> bytes:
    """A receipt that somebody was given."""
    return json.dumps(log.receipt(index)).encode()


@pytest.mark.parametrize("count", [0, 1, 12], ids=["left-out", "but-one", "the-newest"])
def test_a_map_that_was_not_made_from_the_log_is_found_by_the_whole_export(count: int) -> None:
    """Found by the export of the whole log, which a witness or an auditor reads."""
    _, signed = hiding(count, honest_map=False)
    head = Head(checkpoint=signed, newest_at=HONEST.entries[-1].at)
    file = head_line(head) + b"".join(map(entry_line, HONEST.entries))

    with pytest.raises(LedgerVerificationError, match="another map of cases"):
        VERIFIER.verify(BytesIO(file))


@pytest.mark.parametrize("count", [2, 99], ids=["too-few", "too-many"])
def test_a_wrong_count_in_the_map_is_found_by_the_export(count: int) -> None:
    """Found by the export: so many entries as the map says cannot be shown."""
    newest = HONEST.case_file(MINE).entries[-1][0].leaf_hash
    made = map_of({**heads_of(HONEST), MINE: CaseHead(count=count, newest=newest)}.items())
    signed = HONEST.sign(LATER, HONEST.checkpoint().root, made.root)
    file = replace(HONEST.case_file(MINE), note=signed.note, proof=made.proof(MINE))

    with pytest.raises(LedgerVerificationError, match="says otherwise"):
        shown(written_file(file))


def test_a_map_that_is_taken_away_is_found_by_a_witness_and_by_the_export() -> None:
    """Found by both: a log that once committed to its cases may not stop."""
    bare = HONEST.sign(LATER, HONEST.checkpoint().root, None)
    kept = HONEST.checkpoint(SIZE)

    path = best_proof(HONEST, SIZE, LATER)
    assert consistent(kept, bare, path) is Finding.UNMAPPED
    with pytest.raises(LedgerVerificationError, match="no map of cases"):
        shown(written_file(replace(HONEST.case_file(MINE), note=bare.note)))


def test_two_maps_of_one_log_are_found_by_a_witness() -> None:
    """Found by a witness: two people may be shown one tree and two maps."""
    _, signed = hiding(12, honest_map=False)

    assert consistent(HONEST.checkpoint(), signed, ()) is Finding.OTHER_MAP


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two statements that an honest broker makes."""

    kept: bytes
    now: bytes


HONESTLY = {
    "file-to-file": Pair(
        kept=written_file(HONEST.case_file(MINE, SIZE)),
        now=written_file(HONEST.case_file(MINE, since=HONEST.checkpoint(SIZE))),
    ),
    "note-to-file": Pair(
        kept=HONEST.checkpoint(SIZE).note.encode(),
        now=written_file(HONEST.case_file(THEIRS, since=HONEST.checkpoint(SIZE))),
    ),
    "receipt-to-log": Pair(kept=receipt_file(HONEST, 8), now=HONEST.export()),
    "file-to-log": Pair(kept=written_file(HONEST.case_file(MINE, SIZE)), now=HONEST.export()),
}


@pytest.mark.parametrize("pair", HONESTLY)
def test_an_honest_broker_is_never_accused(pair: str) -> None:
    """What really grew is said to have grown, whichever files are compared."""
    one = HONESTLY[pair]

    assert compare_shown(shown(one.kept), shown(one.now)).holds
