"""A copy of the database that is older than its term is worth nothing, wherever it lies."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from broker.domain.erasure import Period
from broker.domain.errors import CustodyError
from broker.domain.ids import CaseId
from broker.domain.words import EventKind
from broker.service.retention import run
from broker.service.retention_months import begin_month
from broker.storage import Store, open_store
from keys.records import CaseVault
from keys.term_keys import FileTermKeys
from tests import builders as a
from tests.desk import ORIGIN, term_keys_of
from tests.erasures import CASE, LATER_CASE, YEARS, World, world
from tests.simulators import MemoryCustody, SetClock

NOVEMBER, DECEMBER = Period("2026-11"), Period("2026-12")


@contextmanager
def copied(world_: World, url: str, folder: Path) -> Iterator[Path]:
    """A copy of the database file as a backup would make it, and nothing of the term keys."""
    folder.mkdir()
    assert world_.store.archive.scrub()
    shutil.copy(url.removeprefix("sqlite:///"), folder / "broker.db")
    yield folder / "broker.db"


def _open_copy(file: Path, terms: Path) -> Store:
    """Open a copy with everything that the thief of a broker would have: custody, and term keys."""
    custody = MemoryCustody()
    vault = CaseVault(custody, FileTermKeys(terms, custody))
    return open_store(
        f"sqlite:///{file}", custody=custody, vault=vault, clock=SetClock(), origin=ORIGIN
    )


def _run_on(made: World, days: int) -> None:
    made.clock.advance(timedelta(days=days))
    run(made.furnished.desk.keeping, made.clock.now())


def test_a_copy_opens_within_its_term_and_never_after(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    """Thirty days on the copy can be restored; once its month's key is gone not even we open it."""
    file = tmp_path / "broker.db"
    shutil.copy(migrated_sqlite, file)
    url = f"sqlite:///{file}"
    terms = term_keys_of(url)
    with world(url) as made, copied(made, url, tmp_path / "copy") as copy:
        _run_on(made, 30)
        assert made.furnished.desk.keeping.term_keys.kept() == (NOVEMBER, DECEMBER)
        restored = _open_copy(copy, terms)
        assert restored.cases.case(CaseId(CASE)) is not None
        restored.close()

        _run_on(made, 30)
        assert NOVEMBER not in made.furnished.desk.keeping.term_keys.kept()
        with pytest.raises(CustodyError, match="2026-11"):
            _open_copy(copy, terms)
        # The living database reads on: every key was wrapped anew in time.
        assert made.furnished.desk.cases.case(CaseId(LATER_CASE)) is not None
        assert made.store.log.verify()
        kinds = [one.kind for one in made.store.log.entries(0, 1_000)]
        assert EventKind.KEYS_REWRAPPED in kinds
        assert EventKind.TERM_KEY_DESTROYED in kinds


def test_a_case_that_was_destroyed_is_gone_from_copies_by_the_day_on_its_certificate(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    """A copy made on the day before holds the case until the day that the certificate names."""
    file = tmp_path / "broker.db"
    shutil.copy(migrated_sqlite, file)
    url = f"sqlite:///{file}"
    with world(url) as made:
        made.clock.advance(YEARS - timedelta(days=1))
        begin_month(made.furnished.desk.keeping)
        with copied(made, url, tmp_path / "copy") as copy:
            made.clock.advance(timedelta(days=1))
            done = run(made.furnished.desk.keeping, made.clock.now())
            entry = next(one for one in done.erased if one.kind is EventKind.CASE_ERASED)
            until = str(entry.detail["copies_open_until"])
            copy_opens = _open_copy(copy, term_keys_of(url))
            assert copy_opens.cases.case(CaseId(CASE)) is not None
            copy_opens.close()
            while made.clock.now().isoformat() < until:
                _run_on(made, 10)
            with pytest.raises(CustodyError):
                _open_copy(copy, term_keys_of(url))


def test_a_replica_that_runs_for_months_needs_no_old_key(database_url: str) -> None:
    """The keys that a process was given when it began are in its memory when their month goes."""
    with world(database_url) as made:
        for _ in range(5):
            _run_on(made, 31)
        desk = made.furnished.desk
        assert len(desk.keeping.term_keys.kept()) <= 3
        assert desk.directory.practitioner(a.IDVA) is not None
        assert desk.cases.case(CaseId(LATER_CASE)) is not None
        assert desk.cases.case(CaseId("MR-0000")) is None
