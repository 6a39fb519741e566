"""A case whose term is over is gone: for its advocate, for a thief, and for the broker itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broker.domain.errors import CaseChangedError, LedgerVerificationError
from broker.domain.ids import CaseId, PractitionerId
from broker.domain.ledger import InclusionProof
from broker.domain.retention import HoldKind, HoldVerb
from broker.domain.words import EventKind
from broker.ledger.tokens import case_tag
from broker.ledger.tree import check_consistency, check_inclusion
from broker.service.deliver import deliver_due
from broker.service.gather import gather
from broker.service.retention import run
from broker.service.retention_holds import change_hold
from broker.service.retention_watch import RetentionWatch
from broker.service.timeline import timeline
from broker.storage.retention_rows import sealed_tables
from broker.storage.tables import data_keys, metadata
from tests import builders as a
from tests.erasures import (
    CASE,
    LATER_CASE,
    STRANGE,
    YEARS,
    World,
    confirmed,
    guesses,
    reopened,
    rows_of,
    salts_left,
    spellings,
    texts_of,
    world,
)
from tests.leads import ANN, BEN, lead

NOT_PERSONAL = {"housing-1", "idva-1"}
IDVA = a.requester("idva-1", "idva-service")


@contextmanager
def erased(url: str) -> Iterator[tuple[World, list[bytes]]]:
    """The world after a run, seven years on; with the salts that an attacker would want."""
    with world(url) as made:
        salts = salts_left(made.store)
        before = confirmed(made, made.store, salts)
        # The attack works: what points at somebody is found while the case is on file.
        assert {CASE, "quillon-victim"} < before
        made.clock.advance(YEARS)
        done = run(made.furnished.desk.keeping, made.clock.now())
        assert (done.waiting, done.held, done.scrubbed) == (0, 0, True)
        assert made.furnished.desk.cases.case(CaseId(CASE)) is None
        yield made, salts


def test_no_guess_can_be_confirmed(database_url: str) -> None:
    """Names, numbers, addresses, ids and whole requests are tried on all that is left: no hit."""
    with erased(database_url) as (made, salts):
        assert len(guesses(made)) > 30
        assert confirmed(made, made.store, salts_left(made.store)) == set()
        # The log still has the tokens: whoever had kept the case's salt would be told all of it.
        assert {CASE, "quillon-victim"} < confirmed(made, made.store, salts)


def test_nothing_of_the_case_is_in_any_row(database_url: str) -> None:
    """No table has a row under the case's key, and no row anywhere names the case."""
    with erased(database_url) as (made, _):
        ref = made.store.log.sealing.keyring.ref("case", CASE)
        assert ref not in texts_of(rows_of(made.store))
        keys = {row[0] for row in rows_of(made.store)["data_keys"]}
        for table in sealed_tables():
            column = list(table.c).index(table.c.data_key)
            used = {row[column] for row in rows_of(made.store)[table.name]}
            assert used <= keys | {"directory"}
        assert all(case.repeat_of is None for case in made.store.archive.cases())
        assert all(one.listing(CaseId(CASE)) is None for one in made.store.cases.meetings())
        nine = made.store.directory.practitioner(PractitionerId("housing-9"))
        assert nine is not None
        assert nine.declared_conflicts == ()


def test_from_outside_the_case_is_unknown(database_url: str) -> None:
    """An advocate, a requester and the list get what they would get for a case that never was."""
    with erased(database_url) as (made, _):
        desk = made.furnished.desk
        assert timeline(desk, IDVA, CaseId(CASE)) is None
        assert desk.cases.caseload(a.IDVA) == ()
        asked = gather(desk, a.requester(), a.share_request(case_id=CaseId(CASE)))
        never = gather(desk, a.requester(), a.share_request(case_id=CaseId("MR-0000")))
        assert asked.facts == never.facts
        assert asked.case is None
        assert desk.tasks.open_of(IDVA) == ()


def test_the_log_stands_and_every_old_proof_holds(database_url: str) -> None:
    """The tombstone is the chain's last entry; proofs and checkpoints kept from before verify."""
    with world(database_url) as made:
        log = made.store.log
        old, case = log.checkpoint(), made.store.cases.case(CaseId(CASE))
        assert old is not None
        assert case is not None
        tag = case_tag(case.salt, case.case_id)
        entries = log.entries_of_case(tag)
        proofs = [log.inclusion(one.index, old.size) for one in entries]
        made.clock.advance(YEARS)
        run(made.furnished.desk.keeping, made.clock.now())

        new = log.verify()
        chain = log.entries_of_case(tag)
        assert chain[: len(entries)] == entries
        assert chain[-1].kind is EventKind.CASE_ERASED
        for entry, proof in zip(entries, proofs, strict=True):
            _check(entry.leaf_hash, proof, old.root)
            _check(entry.leaf_hash, log.inclusion(entry.index, new.size), new.root)
        path = log.consistency(old.size, new.size)
        assert check_consistency((old.size, old.root), (new.size, new.root), path)


def _check(leaf: bytes, proof: InclusionProof, root: bytes) -> None:
    assert check_inclusion(leaf, proof.index, proof.size, proof.path, root)


def test_a_second_replica_forgets_the_key(database_url: str) -> None:
    """A broker that had the case's key in memory has it no longer after its next look."""
    with world(database_url) as made, reopened(database_url, made.clock) as other:
        assert other.desk.cases.case(CaseId(CASE)) is not None
        watch = RetentionWatch(other.desk.keeping)
        (wrapped,) = [
            row[1]
            for row in rows_of(made.store)["data_keys"]
            if row[0] == made.store.log.sealing.keyring.ref("case", CASE)
        ]
        vault = other.store.log.sealing.vault
        assert any(one[0] == wrapped for one in vault._unwrapped)  # type: ignore[attr-defined]
        made.clock.advance(timedelta(days=1))
        _erase_now(made)
        assert other.desk.cases.case(CaseId(CASE)) is None
        watch.look()
        assert not any(one[0] == wrapped for one in vault._unwrapped)  # type: ignore[attr-defined]


def _erase_now(made: World) -> None:
    """Run as if the years had passed, on a clock that only this run sees."""
    now = made.clock.now()
    made.clock.moment = now + YEARS
    run(made.furnished.desk.keeping, made.clock.now())
    made.clock.moment = now


def test_a_request_under_way_adds_nothing_to_what_is_gone(database_url: str) -> None:
    """Who had gathered before the case was destroyed cannot write under its key afterwards."""
    with world(database_url) as made:
        desk, request = made.furnished.desk, a.share_request("under-way-1", case_id=CaseId(CASE))
        decision = desk.policy.decide(a.requester(), request, gather(desk, a.requester(), request))
        made.clock.advance(YEARS)
        run(desk.keeping, made.clock.now())
        size = made.store.log.verify().size
        with pytest.raises(CaseChangedError):
            desk.ledger.record_decision(decision)
        assert made.store.log.verify().size == size


def test_a_second_run_has_nothing_to_do(database_url: str) -> None:
    """Run again, by this broker or another: nothing is destroyed twice and nothing is logged."""
    with erased(database_url) as (made, _), reopened(database_url, made.clock) as other:
        size = made.store.log.verify().size
        again = run(other.desk.keeping, made.clock.now())
        assert (again.erased, again.packages, again.waiting) == ((), 0, 0)
        # Another desk says that it loaded its policy, and nothing else.
        assert made.store.log.verify().size <= size + 1


def test_a_row_that_is_gone_without_its_entry_is_still_a_fault(database_url: str) -> None:
    """Whoever deletes a disclosure by hand cannot pass it off as its case's end."""
    with world(database_url) as made:
        log, tables = made.store.log, metadata.tables
        with made.store.engines[0].begin() as connection:
            for name in ("emergencies", "tasks", "disclosures"):
                connection.execute(tables[name].delete())
        with pytest.raises(LedgerVerificationError):
            log.verify()


def test_the_memory_of_a_destruction_cannot_be_removed(database_url: str) -> None:
    """That a key was destroyed is a row that the log vouches for."""
    with erased(database_url) as (made, _):
        with made.store.engines[0].begin() as connection:
            connection.execute(metadata.tables["erasures"].delete())
        with pytest.raises(LedgerVerificationError):
            made.store.log.verify()


def test_the_files_hold_nothing_that_was_deleted(migrated_sqlite: Path, tmp_path: Path) -> None:
    """SQLite's own files: no deleted row, no blind index of the case, an empty write-ahead file."""
    file = tmp_path / "broker.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    with world(f"sqlite:///{file}") as made:
        keyring = made.store.log.sealing.keyring
        refs = [keyring.ref("case", one) for one in (CASE, LATER_CASE)]
        rows = rows_of(made.store)
        sealed = [
            cell
            for name in ("cases", "claims", "disclosures", "tasks", "reviews", "data_keys")
            for row in rows[name]
            for cell in row
            if isinstance(cell, bytes)
        ]
        assert len(sealed) > 10
        before = _files(tmp_path)
        assert any(one[:64] in before for one in sealed)
        made.clock.advance(YEARS)
        run(made.furnished.desk.keeping, made.clock.now())
        assert (tmp_path / "broker.db-wal").stat().st_size == 0
        after = _files(tmp_path)
    for ref in refs:
        assert ref.encode() not in after
    gone = [one for one in sealed if one[:64] in after]
    left = {cell for name in rows for row in rows_of_file(file)[name] for cell in row}
    assert [one for one in gone if one not in left] == []


def rows_of_file(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the file still gives, once the broker is gone."""
    import sqlite3  # noqa: PLC0415

    with sqlite3.connect(file) as connection:
        return {
            one.name: connection.execute(f"SELECT * FROM {one.name}").fetchall()  # noqa: S608
            for one in metadata.sorted_tables
        }


def _files(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(folder.glob("broker.db*")))


def test_the_count_of_keys_is_the_count_of_what_is_on_file(database_url: str) -> None:
    """After the run there is one key for each month that is kept, and none for any case."""
    with erased(database_url) as (made, _):
        with made.store.log.readers.begin() as connection:
            keys = connection.scalar(select(func.count()).select_from(data_keys))
        assert keys == len(made.store.archive.periods())


@pytest.mark.parametrize("word", STRANGE)
def test_the_dictionary_is_not_in_the_files(word: str, tmp_path: Path) -> None:
    """The search finds what it looks for, in each spelling, when it is there."""
    file = tmp_path / "found"
    for one in spellings(word):
        file.write_bytes(b"\x00before" + one + b"after\xff")
        assert any(each in file.read_bytes() for each in spellings(word))


def test_packages_end_at_their_own_term_but_for_a_hold(database_url: str) -> None:
    """Sealed bytes go after a month and their case's advocate is told; a hold keeps them."""
    with world(database_url) as made:
        desk = made.furnished.desk
        said = (HoldVerb.PLACE, "A claim was issued.")
        assert change_hold(desk, lead(ANN), CaseId(CASE), HoldKind.LITIGATION, said)
        made.clock.advance(timedelta(days=40))
        assert run(desk.keeping, made.clock.now()).packages == 0
        assert all(row[4] for row in rows_of(made.store)["disclosures"])

        said = (HoldVerb.LIFT, "The claim was settled.")
        for name in (ANN, BEN):
            assert change_hold(desk, lead(name), CaseId(CASE), HoldKind.LITIGATION, said)
        assert run(desk.keeping, made.clock.now()).packages == 2
        assert not any(row[4] for row in rows_of(made.store)["disclosures"])
        assert deliver_due(desk) == 0
        found = timeline(desk, IDVA, CaseId(CASE))
        assert found is not None
        told = [one.sentence for one in found.events]
        assert sum("never collected" in one for one in told) == 2
        assert made.store.log.verify()
