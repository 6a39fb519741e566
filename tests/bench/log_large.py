"""A log of a million entries: what an append, a proof and a page of it cost, and how it grows.

The rows are written by the tables' own statements without a client waiting, because a million
commits would take the day; the tree, the map, the checkpoint and the proofs are the broker's.
"""

import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from io import BytesIO
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

from sqlalchemy import insert
from starlette.responses import JSONResponse

from broker.api.timeline_schemas import TimelineOut
from broker.demo.systems.node import node_executable
from broker.domain.ids import CaseId, CaseTag
from broker.domain.ledger import EntryDraft, LedgerEntry
from broker.domain.words import EventKind
from broker.ledger import events, standalone
from broker.ledger.case_file import file_lines
from broker.ledger.case_map import CaseHead, CaseMap
from broker.ledger.checkpoint import LogKey, parse_checkpoint, sign_checkpoint
from broker.ledger.entry import place_entry
from broker.ledger.evidence import Verifier
from broker.ledger.export import Head, entry_line, head_line
from broker.ledger.tree import Frontier
from broker.service.telling import tell
from broker.service.timeline import Timeline, TimelineEvent
from broker.storage import Store, open_store, upgrade
from broker.storage.appending import packed_nodes
from broker.storage.case_files import case_file
from broker.storage.engine import open_engine
from broker.storage.tables import log_checkpoints, log_entries
from keys.signing import verify as signature_holds
from tests import builders
from tests.bench.children import announce
from tests.contract.county import package
from tests.simulators import ORIGIN, MemoryCustody, MemoryVault, SetClock

LEAVES: Final = 1_000_000
ENTRIES_A_CASE: Final = 10
EXPORTED: Final = 100_000
PAGE: Final = 20
"""Entries of one page of a timeline, each with its proof."""
KEY: Final = LogKey(origin=ORIGIN, public_key=MemoryCustody().public_key("log"))
STANDALONE: Final = Path(standalone.__file__).parent
_TIMED: Final = 300
_AT_ONCE: Final = 5_000
_KIB_A_MB: Final = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeLog:
    """Middles; times are of the processor, so that a busy machine measures itself and not others.

    Args:
        append_us: leaf and new root of the tree, at that many leaves, before the disk.
        map_us: one case's new place in the map and its root, beside it.
        start_seconds: a broker's first append, for which it reads every case's newest entry.
        memory_mb: what the cases and their map then take.
        verify_seconds: what checking the export takes our verifier; then the two stand-alone ones,
            start of the program and all its threads included.
        entry_bytes: of a disclosure's entry.
        stored_bytes: of the database file, for each entry.

    """

    entries: int
    cases: int
    append_us: float
    map_us: float
    start_seconds: float
    memory_mb: float
    inclusion_ms: float
    page_ms: float
    exported: int
    verify_seconds: float
    python_seconds: float
    javascript_seconds: float
    entry_bytes: float
    stored_bytes: float
    proof_bytes: float
    map_proof_bytes: float
    case_file_bytes: int

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "LargeLog":
        """Return what the measuring process announced."""
        return cls(**said)


def measure(entries: int) -> LargeLog:
    """Make a log of that many entries, and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "broker.db"
        url = f"sqlite:///{file}"
        upgrade(url)
        frontier, heads = _fill(url, entries)
        stored = file.stat().st_size / entries
        made = CaseMap().put(heads)
        append, mapped = _append_us(frontier), _map_us(made, list(heads))
        del made
        gc.collect()
        store = open_store(
            url, custody=MemoryCustody(), vault=MemoryVault(), clock=SetClock(), origin=ORIGIN
        )
        try:
            before = _memory_mb()
            began = time.process_time()
            store.ledger.record(EntryDraft(**_event(0)))
            start = time.process_time() - began
            memory = _memory_mb() - before
            inclusion, page = _inclusion_ms(store, entries), _page_ms(store, list(heads))
            proof = store.log.inclusion(entries // 3, entries).path
            one = case_file(store.log, next(iter(heads)))
        finally:
            store.close()
    exported = min(EXPORTED, entries)
    export = _export(exported)
    return LargeLog(
        entries=entries,
        cases=len(heads),
        append_us=append,
        map_us=mapped,
        start_seconds=start,
        memory_mb=memory,
        inclusion_ms=inclusion,
        page_ms=page,
        exported=exported,
        verify_seconds=_verify_seconds(export),
        python_seconds=_program_seconds(export, sys.executable, "verify_log.py"),
        javascript_seconds=_program_seconds(export, node_executable(), "verify_log.mjs"),
        entry_bytes=len(export) / exported,
        stored_bytes=stored,
        proof_bytes=sum(map(len, proof)),
        map_proof_bytes=sum(map(len, one.proof.path)),
        case_file_bytes=sum(map(len, file_lines(one))),
    )


def _event(number: int) -> dict[str, Any]:
    """What makes a small event of a case; entries of one case are spread over the whole log."""
    case = CaseTag(Random(number).randbytes(16).hex())
    detail = {"failure": "SourceUnavailableError", "number": number}
    return {"kind": EventKind.SOURCE_FAILED, "at": builders.NOW, "case_tag": case, "detail": detail}


def _entries(count: int, event: Callable[[int], dict[str, Any]]) -> Iterator[LedgerEntry]:
    """Yield entries in their places, of cases in turn."""
    cases = max(1, count // ENTRIES_A_CASE)
    newest: dict[int, LedgerEntry] = {}
    for index in range(count):
        before = newest.get(index % cases)
        placed = place_entry(
            EntryDraft(**event(index % cases)),
            index=index,
            case_number=1 if before is None else before.case_number + 1,
            case_previous="" if before is None else before.leaf_hash.hex(),
        )
        newest[index % cases] = placed
        yield placed


def _fill(url: str, count: int) -> tuple[Frontier, dict[CaseTag, CaseHead]]:
    """Write a log with one checkpoint, and return its tree and how far its cases have come."""
    engine = open_engine(url, writes=True)
    frontier, heads = Frontier(), dict[CaseTag, CaseHead]()
    entries = _entries(count, _event)
    with engine.begin() as connection:
        while some := list(islice(entries, _AT_ONCE)):
            rows = []
            for one in some:
                frontier, completed = frontier.append(one.leaf_hash)
                rows.append({**_row(one), "nodes": packed_nodes(completed)})
                heads[CaseTag(str(one.case_tag))] = CaseHead(
                    count=one.case_number, newest=one.leaf_hash
                )
            connection.execute(insert(log_entries), rows)
        note = _signed(frontier, CaseMap().put(heads).root)
        packed = b"".join(frontier.hashes)
        row = {"size": count, "frontier": packed, "note": note}
        connection.execute(insert(log_checkpoints), row)
    engine.dispose()  # The last connection to leave folds SQLite's log into the file.
    return frontier, heads


def _row(one: LedgerEntry) -> dict[str, object]:
    names = ("index", "canonical", "case_tag", "case_number")
    return {name: getattr(one, name) for name in names}


def _signed(frontier: Frontier, map_root: bytes) -> str:
    custody = MemoryCustody()
    return sign_checkpoint(
        KEY, lambda said: custody.sign("log", said), frontier.size, frontier.root(), map_root
    ).note


def _append_us(frontier: Frontier) -> float:
    """Return microseconds of a leaf and the new root."""
    leaves = [os.urandom(32) for _ in range(_TIMED * 10)]
    began = time.process_time()
    for leaf in leaves:
        frontier, _ = frontier.append(leaf)
        frontier.root()
    return (time.process_time() - began) / len(leaves) * 1e6


def _map_us(made: CaseMap, tags: list[CaseTag]) -> float:
    head = CaseHead(count=ENTRIES_A_CASE + 1, newest=os.urandom(32))
    chosen = Random(1).choices(tags, k=_TIMED * 10)
    began = time.process_time()
    for tag in chosen:
        made = made.put({tag: head})
    return (time.process_time() - began) / len(chosen) * 1e6


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_A_MB


def _middle_ms(work: Callable[[int], object], numbers: list[int]) -> float:
    """Return the middle of what each took, in milliseconds."""
    took = []
    for number in numbers:
        began = time.process_time()
        work(number)
        took.append(time.process_time() - began)
    return median(took) * 1e3


def _inclusion_ms(store: Store, entries: int) -> float:
    indexes = Random(2).choices(range(entries), k=_TIMED)
    return _middle_ms(lambda index: store.log.inclusion(index, entries), indexes)


def _page_ms(store: Store, tags: list[CaseTag]) -> float:
    """Return what a timeline of PAGE entries takes, from the log to the bytes of the answer.

    They are the entries of two cases, with their proofs and what is told of each.
    """

    def page(number: int) -> None:
        newest = store.log.checkpoint()
        assert newest is not None
        both = (tags[number], tags[number - 1])
        found = [entry for tag in both for entry in store.log.entries_of_case(tag)][:PAGE]
        proofs = store.search.proofs([one.index for one in found], newest.size)
        shown = tuple(
            TimelineEvent(entry=one, told=tell(one, lambda _: None), proof=proof)
            for one, proof in zip(found, proofs, strict=True)
        )
        whole = Timeline(
            case_id=CaseId("2031"), case_tag=tags[number], events=shown, checkpoint=newest
        )
        JSONResponse(TimelineOut.of(whole).model_dump(mode="json"))

    return _middle_ms(page, Random(3).choices(range(len(tags)), k=_TIMED // 10))


@cache
def _real() -> EntryDraft:
    """A disclosure as it really is."""
    return events.disclosure(package(), builders.NOW)


def _disclosure(number: int) -> dict[str, Any]:
    return {**_event(number), "kind": _real().kind, "detail": _real().detail}


def _export(count: int) -> bytes:
    """Return an export of so many disclosures."""
    frontier, heads, lines = Frontier(), dict[CaseTag, CaseHead](), list[bytes]()
    for one in _entries(count, _disclosure):
        frontier, _ = frontier.append(one.leaf_hash)
        heads[CaseTag(str(one.case_tag))] = CaseHead(count=one.case_number, newest=one.leaf_hash)
        lines.append(entry_line(one))
    note = _signed(frontier, CaseMap().put(heads).root)
    head = head_line(Head(checkpoint=parse_checkpoint(note), newest_at=builders.NOW))
    return head + b"".join(lines)


def _verify_seconds(export: bytes) -> float:
    verifier = Verifier(key=KEY, check=lambda said, by: signature_holds(KEY.public_key, said, by))
    began = time.process_time()
    verifier.verify(BytesIO(export))
    return time.process_time() - began


def _program_seconds(export: bytes, runs: str | Path, program: str) -> float:
    """Return what a stand-alone program takes of the processor."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(export)
        file.flush()
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        words = [runs, STANDALONE / program, file.name, "--key", KEY.verifier_text()]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


if __name__ == "__main__":
    announce(**asdict(measure(int(sys.argv[1]))))
