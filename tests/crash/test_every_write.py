"""Every write of every act fails once; every commit is lost, or lands and is said to have failed.

Which writes there are is found by doing the act once with a trigger on every table: a table or a
commit that is added to an act is tried here without a change of this test.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from itertools import count, product

import pytest

from broker.domain.words import EventKind
from broker.storage.outbox import LEASE
from redaction.service import RedactionService
from tests.api.doors import Doors, new_sqlite
from tests.crash.acts import ACTS, UNAVAILABLE, Act
from tests.crash.faults import Faults
from tests.mailboxes import delivered
from tests.postgres import TEMPLATE
from tests.reviews import Town, reviewing_town

BOTH = ("share", "deliver", "roll-back", "revoke-key", "answer-challenge")
"""One of each kind of thing that is written, on PostgreSQL too: the rest are written alike."""
Breaking = Callable[[], AbstractContextManager[object]]


NUMBERS = count(1)
"""Every act has its own, so that all of them can be done in one town."""


@pytest.fixture(scope="module")
def towns(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    redactor: RedactionService,
) -> Iterator[Callable[[str], Town]]:
    """Open a town on each kind of database once: its police hold a note that waits for somebody."""
    with ExitStack() as stack:

        @cache
        def town(kind: str) -> Town:
            folder = tmp_path_factory.mktemp("town")
            if kind == "postgresql":
                url = request.getfixturevalue("postgresql").new_database(TEMPLATE)
            else:
                url = new_sqlite(request.getfixturevalue("migrated_sqlite"), folder)
            return stack.enter_context(reviewing_town(url, folder, redactor))

        yield town


@pytest.mark.parametrize(
    ("database", "name"),
    [("sqlite", name) for name in ACTS] + [("postgresql", name) for name in BOTH],
)
def test_whatever_fails_nothing_leaves_unlogged_or_twice(
    towns: Callable[[str], Town], database: str, name: str
) -> None:
    """Each write fails, each commit's answer is lost: asking again does it once, and logs it."""
    act, town = ACTS[name], towns(database)
    faults = Faults(engine=town.doors.furnished.store.engines[0])
    made = act.prepares(town, next(NUMBERS))
    assert act.does(town, made) == act.good
    made = act.prepares(town, next(NUMBERS))
    writes = faults.writes_of(lambda: act.does(town, made))
    assert len(writes) >= 3
    for table, write in writes:
        made, left = act.prepares(town, next(NUMBERS)), delivered(town.mailboxes)
        answered = _tried(town, act, made, lambda: faults.failing(table, write))  # noqa: B023  # called at once
        if name != "deliver":
            assert answered == UNAVAILABLE, (table, write)
            assert delivered(town.mailboxes) == left
    made = act.prepares(town, next(NUMBERS))
    with faults.losing(0) as commits:
        act.does(town, made)
    for lost, lands in product(range(1, commits[0] + 1), (True, False)):
        made = act.prepares(town, next(NUMBERS))
        _tried(town, act, made, lambda: faults.losing(lost, lands=lands))  # noqa: B023  # called at once

    _check(town)


def _tried(town: Town, act: Act, made: str, breaking: Breaking) -> int:
    """Do it while something is broken, and again: done is what is logged, at each moment, once."""
    before = town.doors.size()
    with breaking():
        answered = act.does(town, made)
    assert answered in (UNAVAILABLE, act.good), made
    was_done = act.is_done is not None and act.is_done(town, made)
    if act.is_done:
        assert _logged(town.doors, act, before) == was_done
    assert act.does(town, made) in ((act.good, act.again) if was_done else (act.good,))
    if act.is_done:
        assert act.is_done(town, made)
        assert _logged(town.doors, act, before) == (2 if was_done and act.each_time else 1)
    return answered


def _logged(doors: Doors, act: Act, before: int) -> int:
    return sum(one.kind is act.leaves for one in doors.since(before))


def _check(town: Town) -> None:
    """Deliver what is left; hold the mailboxes against the log, and the log against itself."""
    doors = town.doors
    doors.clock.advance(2 * LEASE)
    while doors.deliver():
        pass
    entries = doors.desk.log.entries(0, doors.size())
    disclosed = [
        str(one.detail["disclosure"]) for one in entries if one.kind is EventKind.DISCLOSURE
    ]
    ended = [str(one.detail["disclosure"]) for one in entries if one.kind is EventKind.DELIVERED]
    asked = [one.detail["request"] for one in entries if one.kind is EventKind.DISCLOSURE]

    assert len(set(asked)) == len(asked)
    assert sorted(ended) == sorted(disclosed) == delivered(town.mailboxes)
    assert doors.furnished.store.log.verify().size == doors.size()
