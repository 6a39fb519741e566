"""How fast notes are read for redaction, beside stock Presidio and bare spaCy on the same notes.

A process of its own, on one core but for the row of two workers. Stock Presidio is its analyzer as
it comes, with the small English model (the medium one is not in the lock) and its network off; it
knows nobody of the case. Everything is done by turns in each round, on notes not read before.
"""

import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import count
from statistics import median
from typing import Final

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

from redaction.detect import Detector
from redaction.engine import Engine, OfflineNlpEngine, silence
from redaction.kept import KeptFindings
from redaction.minimise import minimise
from redaction.model.base import load_model, model_directory
from redaction.page import Page
from redaction.pool import WorkerPool
from redaction.propagate import propagate
from redaction.recognisers import Reading
from tests.bench.children import announce
from tests.bench.footprint import memory_of
from tests.bench.notes import note
from tests.bench.redaction_report import Rate, RedactionSpeed
from tests.builders import item, perpetrator, victim
from tests.unit.redaction.support import MemorySpans, record_of

NOTES: Final = 6
"""Two-kilobyte notes of one measurement."""
LONG_NOTES: Final = 10
"""Which make twenty kilobytes."""
POOL_SECONDS: Final = 4.0
PEOPLE: Final = (victim(), perpetrator())
TIME_LIMIT: Final = 60.0
_MEGABYTES: Final = 400


def measured(rounds: int) -> RedactionSpeed:
    """Measure the ways of reading by turns, then the kept ones, then two workers."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    ways = _ways()
    seeds = count()
    for read in ways.values():
        read("Warm up: Ann Example of 1 Example Road.")
    for _ in range(rounds):
        texts = [note(f"redaction {next(seeds)}") for _ in range(NOTES)]
        for name, read in ways.items():
            found[name].append(_rate(read, texts))
    rate = {name: median(values) for name, values in found.items()}
    return RedactionSpeed(
        rows=(*_compared(rate), *_kept(rate["stock"], seeds), *_workers()), rounds=rounds
    )


def _ways() -> dict[str, Callable[[str], object]]:
    """Return every way of reading a text."""
    silence()
    detector, stock, bare = Detector(), _stock(), load_model()
    rules = Detector(Engine(WithoutModel()))
    return {
        "ours": lambda text: detector.detect(text, PEOPLE),
        "rules": lambda text: rules.detect(text, PEOPLE),
        "stock": lambda text: stock.analyze(text=text, language="en"),
        "bare": lambda text: list(bare(text).ents),
    }


def _stock() -> AnalyzerEngine:
    """Return Presidio's analyzer as it comes, over the small model."""
    configuration = {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": "en", "model_name": str(model_directory())}],
    }
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    return AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])


class WithoutModel(OfflineNlpEngine):
    """Reads nothing itself: everything else is done as ever, by Presidio's engine too."""

    def read(self, page: Page) -> Reading:
        """Find nobody."""
        return Reading(page, [])


def _rate(read: Callable[[str], object], texts: Sequence[str]) -> float:
    began = time.process_time()
    for text in texts:
        read(text)
    return sum(map(len, texts)) / (time.process_time() - began)


def _compared(rate: Mapping[str, float]) -> Iterator[Rate]:
    ours, rules, stock, bare = (rate[name] for name in ("ours", "rules", "stock", "bare"))
    yield _row(
        "never read before", ours, "stock Presidio, small model", ours / stock, "1.0 or more"
    )
    yield _row("", ours, "bare spaCy NER, small model", ours / bare, "")
    yield _row("without the model", rules, "stock Presidio", rules / stock, "10 or more")
    yield _row("stock Presidio, small model", stock, "", None, "")
    yield _row("bare spaCy NER, small model", bare, "", None, "")


def _row(name: str, value: float, against: str, ratio: float | None, bar: str) -> Rate:
    return Rate(name=name, value=value, against=against, ratio=ratio, bar=bar)


def _kept(stock: float, seeds: Iterator[int]) -> Iterator[Rate]:
    """Yield an unchanged long text and one with a changed paragraph, by time against the whole."""
    detector = Detector()
    kept = KeptFindings(
        MemorySpans(),
        b"k" * 32,
        lambda texts, people: [detector.detect(text, people) for text in texts],
    )
    paragraphs = [note(f"redaction {next(seeds)}") for _ in range(LONG_NOTES)]
    whole, size = _once(kept, paragraphs), len("\n\n".join(paragraphs))
    again = min(_once(kept, paragraphs) for _ in range(3))
    paragraphs[LONG_NOTES // 2] += " Neighbour Wilhelmina Tosh rang."
    changed = _once(kept, paragraphs)
    yield _row(
        "unchanged and kept", size / again, "time of stock", again * stock / size, "0.01 or less"
    )
    yield _row(
        "one paragraph changed",
        size / changed,
        "time of the whole",
        changed / whole,
        "0.15 or less",
    )


def _once(kept: KeptFindings, paragraphs: Sequence[str]) -> float:
    record = record_of(item("\n\n".join(paragraphs), title="Note", fields=()))
    items = minimise(record)
    began = time.process_time()
    found = kept.of(record.permit.context, items)
    propagate([unit.text for one in items for unit in one.units], found)
    return time.process_time() - began


def _workers() -> Iterator[Rate]:
    """Yield what two workers read beside two loops that know nothing of each other."""
    alone = _two_loops()
    pool = WorkerPool(2)
    try:
        pool.warm()
        totals = [0, 0]
        threads = [threading.Thread(target=_ask, args=(pool, totals, at)) for at in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        resident = [memory.main for pid in pool.pids if (memory := memory_of(pid))]
    finally:
        pool.close()
    rate = sum(totals) / POOL_SECONDS
    yield _row("two workers", rate, "two loops by themselves", rate / alone, "0.9 or more")
    if resident:
        size = max(resident)
        yield _row("memory of a worker, MB", size, "400 MB", size / _MEGABYTES, "1.0 or less")


def _two_loops() -> float:
    """Return what two processes read side by side, begun at the same moment."""
    loops = [
        subprocess.Popen(
            [sys.executable, "-m", __spec__.name, "loop"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for one in loops:
        assert one.stdout is not None
        one.stdout.readline()
    for one in loops:
        assert one.stdin is not None
        one.stdin.write("begin\n")
        one.stdin.flush()
    return sum(float(one.communicate()[0]) for one in loops)


def _ask(pool: WorkerPool, totals: list[int], at: int) -> None:
    until = time.monotonic() + POOL_SECONDS
    for number in count():
        text = note(f"pool {at} {number}")
        if time.monotonic() > until:
            return
        pool.detect([text], PEOPLE, TIME_LIMIT)
        totals[at] += len(text)


def _loop() -> None:
    """Read for as long as the pool does, and say how many characters a second."""
    detector = Detector()
    detector.detect("Warm up: Ann Example of 1 Example Road.", PEOPLE)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    total, until = 0, time.monotonic() + POOL_SECONDS
    for number in count():
        text = note(f"loop {number}")
        if time.monotonic() > until:
            break
        detector.detect(text, PEOPLE)
        total += len(text)
    sys.stdout.write(f"{total / POOL_SECONDS}\n")


if __name__ == "__main__":
    if sys.argv[1] == "loop":
        _loop()
    else:
        announce(**asdict(measured(int(sys.argv[1]))))
