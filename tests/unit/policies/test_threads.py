"""Many threads at once, with every chance to get in each other's way."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from broker.domain.context import CaseContext, Facts
from broker.domain.ids import Category, Purpose
from broker.domain.request import ShareRequest
from policies.agreement import drawn
from policies.decide import PolicySet
from policies.table import Table
from tests import builders
from tests.unit.policies.packs import as_facts, policy
from tests.unit.policies.padding import padded

_THREADS = 8
_DECISIONS = 4_000
_PACKS = {"packaged": policy().pack, "a thousand rules": padded(1_000)}


@pytest.fixture(autouse=True)
def _shortest_switch() -> Iterator[None]:
    """Let the interpreter change threads as often as it can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def _questions(facts: Facts) -> tuple[ShareRequest, CaseContext]:
    category = Category(facts.category)
    request = builders.share_request(categories=(category,), purpose=Purpose(facts.purpose))
    return request, builders.context(request, facts=((category, facts),))


def _at_once(work: Callable[[int], int]) -> list[int]:
    """Return what each thread counted; all of them begin together."""
    begin = Barrier(_THREADS)

    def one(number: int) -> int:
        begin.wait()
        return work(number)

    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(one, range(_THREADS)))


@pytest.mark.parametrize("size", _PACKS)
@pytest.mark.parametrize("kept", [65_536, 32], ids=["remembering", "forgetting all the time"])
def test_threads_get_the_answers_that_one_gets_alone(
    size: str, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight threads, four thousand decisions each: no error, and not one wrong answer."""
    monkeypatch.setattr("policies.decide.MAX_RULINGS", kept)
    monkeypatch.setattr("policies.table.MAX_VERDICTS", kept)
    pack = _PACKS[size]
    asked = [_questions(as_facts(words)) for words in drawn(pack, 500, "threads")]
    alone = PolicySet(pack, Table(pack))
    right = [alone.decide(builders.requester(), *one) for one in asked]
    together = PolicySet(pack, Table(pack))

    def wrong(number: int) -> int:
        found = 0
        for turn in range(_DECISIONS):
            place = (turn * (2 * number + 1) + number) % len(asked)
            found += together.decide(builders.requester(), *asked[place]) != right[place]
        return found

    assert _at_once(wrong) == [0] * _THREADS
    assert len({one.outcome for one in right}) > 2
    assert len(together._rulings) <= kept + _THREADS


def test_threads_explain_alike() -> None:
    """Near misses are worked out anew each time, and are the same in every thread."""
    facts = [as_facts(words) for words in drawn(policy().pack, 20, "explain")]
    right = [policy().nearly(one) for one in facts]

    assert (
        _at_once(
            lambda _: sum(
                policy().nearly(one) != two for one, two in zip(facts, right, strict=True)
            )
        )
        == [0] * _THREADS
    )
