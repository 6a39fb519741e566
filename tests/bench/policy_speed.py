"""How fast the rules answer, at the size of the pack and padded to 500, 5,000 and 20,000 rules.

A process of its own. Everything is asked in turn in each round, in the same process, and every
answer of another engine is compared with ours: a fast wrong answer is worth nothing.
"""

import gc
import itertools
import sys
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Final

from broker.domain.context import Facts
from policies.agreement import check_agreement, drawn
from policies.decide import PolicySet
from policies.engine import policy_lines
from policies.loader import read_pack
from policies.pack import Pack
from policies.table import Table
from tests.bench.children import announce
from tests.bench.policy_findings import (
    CEDAR,
    COLD,
    DICT,
    STOCK,
    WARM,
    PolicySize,
    PolicySpeed,
)
from tests.bench.policy_peers import ASKED, Asks, cedar, stock
from tests.unit.policies.packs import TODAY, as_facts, files, policy
from tests.unit.policies.padding import padded, padded_files

PADDED: Final = (500, 5_000, 20_000)
QUESTIONS: Final = 100
"""Facts that are asked about, half of them with a yes where the rules give so many."""
WARM_SECONDS: Final = 0.1
"""How long a remembered answer and a dict are asked by turns in one round."""
PEER_SECONDS: Final = 0.2
"""How long another engine may be asked in one round; two questions are always asked."""
_DRAWN: Final = 4_000

Timings = dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One pack, with what is asked of it and the engines that are asked."""

    pack: Pack
    questions: Sequence[tuple[str, ...]]
    facts: Sequence[Facts]
    allowed: Sequence[bool]
    peers: dict[str, Asks]


def measured(rounds: int) -> PolicySpeed:
    """Measure every size, one after the other: together they would not fit a small machine."""
    own = len(policy().pack.rules)
    sizes = (None, *(size for size in PADDED if size > own))
    return PolicySpeed(sizes=tuple(_measure(size, rounds) for size in sizes), rounds=rounds)


def _measure(size: int | None, rounds: int) -> PolicySize:
    pack = policy().pack if size is None else padded(size)
    load = _load(files() if size is None else padded_files(size), pack)
    subject = _subject(pack)
    found: defaultdict[str, list[float]] = defaultdict(list)
    gc.collect()
    gc.freeze()  # What was built stays: the collector would be measured going through it.
    for turn in range(rounds):
        for name, seconds in _round(subject, reverse=bool(turn % 2)).items():
            found[name].append(seconds)
    gc.unfreeze()
    return PolicySize(
        rules=len(pack.rules),
        lines=len(policy_lines(pack)),
        seconds={name: median(each) for name, each in found.items()},
        ratios={name: median(each) for name, each in _ratios(found)},
        load=load,
        table_bytes=_table_bytes(pack),
    )


def _ratios(found: dict[str, list[float]]) -> Iterator[tuple[str, list[float]]]:
    """Yield ratios round by round, so that a neighbour's minute falls on both sides."""
    for name, under in ((WARM, DICT), (STOCK, COLD), (CEDAR, COLD)):
        if name in found:
            yield name, [a / b for a, b in zip(found[name], found[under], strict=True)]


def _load(content: dict[str, bytes], pack: Pack) -> Timings:
    """Return processor seconds: a neighbour's work is not ours."""
    spent: Timings = {}

    def timed(name: str, step: Callable[[], object]) -> None:
        began = time.process_time()
        step()
        spent[name] = time.process_time() - began

    timed("read", lambda: read_pack(content, today=TODAY))
    timed("compile", lambda: Table(pack))
    table = Table(pack)
    timed("compare", lambda: check_agreement(pack, table))
    return spent


def _table_bytes(pack: Pack) -> int:
    tracemalloc.start()
    table = Table(pack)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del table
    return taken


def _subject(pack: Pack) -> Subject:
    table = Table(pack)
    drawn_once = dict.fromkeys(drawn(pack, _DRAWN, seed="speed"))
    allowed = {words: table.verdict(words).outcome.width >= ASKED.width for words in drawn_once}
    yes = [words for words, one in allowed.items() if one]
    no = [words for words, one in allowed.items() if not one]
    pairs = itertools.chain.from_iterable(itertools.zip_longest(yes[: QUESTIONS // 2], no))
    questions = [words for words in pairs if words is not None][:QUESTIONS]
    peers = {STOCK: stock(pack), CEDAR: cedar(pack)}
    return Subject(
        pack=pack,
        questions=questions,
        facts=[as_facts(words) for words in questions],
        allowed=[allowed[words] for words in questions],
        peers={name: one for name, one in peers.items() if one is not None},
    )


def _round(subject: Subject, *, reverse: bool) -> Timings:
    steps: list[Callable[[], Timings]] = [
        lambda: _remembered(subject),
        lambda: _cold(subject),
        *(_peer(subject, name) for name in subject.peers),
    ]
    taken: Timings = {}
    for step in reversed(steps) if reverse else steps:
        taken |= step()
    return taken


def _remembered(subject: Subject) -> Timings:
    """Ask a dict and the rules by turns: both take less than a neighbour's slice of the core."""
    known = dict(zip(subject.questions, subject.facts, strict=True))
    keys = [(*one,) for one in subject.questions]  # Equal keys, as they come, not the very same.
    rules = PolicySet(subject.pack, Table(subject.pack))
    asked = [as_facts(words) for words in subject.questions]
    for one in subject.facts:
        rules.rule(one)
    passes: list[tuple[float, float]] = []
    until = time.perf_counter() + WARM_SECONDS
    while time.perf_counter() < until:
        passes.append((_pass(known.__getitem__, keys), _pass(rules.rule, asked)))
    bare, ours = zip(*passes, strict=True)
    return {DICT: median(bare) / len(keys), WARM: median(ours) / len(asked)}


def _pass(ask: Callable[..., object], asked: Iterable[object]) -> float:
    began = time.perf_counter()
    for one in asked:
        ask(one)
    return time.perf_counter() - began


def _cold(subject: Subject) -> Timings:
    rules = PolicySet(subject.pack, Table(subject.pack))
    return {COLD: _pass(rules.rule, subject.facts) / len(subject.facts)}


def _peer(subject: Subject, name: str) -> Callable[[], Timings]:
    asks = subject.peers[name]

    def ask() -> Timings:
        began, count = time.perf_counter(), 0
        for words, allowed in zip(subject.questions, subject.allowed, strict=True):
            if asks(words) is not allowed:
                raise ValueError("Another engine answered otherwise: the figures mean nothing.")
            count += 1
            # An even number: yes and no take turns, and a no is found sooner.
            if not count % 2 and time.perf_counter() - began > PEER_SECONDS:
                break
        return {name: (time.perf_counter() - began) / count}

    return ask


def main() -> None:
    """Measure, say what was found as one JSON line, and end."""
    announce(**asdict(measured(int(sys.argv[1]))))


if __name__ == "__main__":
    main()
