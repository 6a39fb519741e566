"""Somebody can write to the database but does not hold the log's key."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, RowMapping, create_engine, delete, insert, select, update

from broker.domain.broker_keys import PutLogKey
from broker.domain.changes import (
    MarkAcknowledged,
    MarkDelivered,
    PutAgency,
    PutPractitioner,
    PutRecipientKey,
    PutSystem,
)
from broker.domain.errors import CustodyError, LedgerUnavailableError, LedgerVerificationError
from broker.domain.ids import AgencyId, Thumbprint
from broker.domain.people import AgencySystem
from broker.ledger import custody_events, events
from broker.ledger.tree import leaf_hash
from broker.storage import Store, open_store
from broker.storage.appending import packed_nodes, split_frontier
from broker.storage.sealing import COMMITTED
from broker.storage.tables import (
    Moment,
    broker_secrets,
    claims,
    disclosures,
    log_checkpoints,
    log_entries,
    metadata,
)
from broker.storage.writes import PutRow
from tests import builders
from tests.builders import NOW
from tests.contract.county import disclose, draft, settle
from tests.contract.test_directory import recipient_key
from tests.leads import file_policy
from tests.simulators import ORIGIN, SPARE, MemoryCustody, MemoryVault, SetClock, open_test_store

Attack = Callable[[Connection], object]


@pytest.fixture
def full(store: Store) -> Store:
    """A store with a row in every table that the log vouches for; the disclosure is entry 8."""
    settle(store)
    store.ledger.record(draft(), PutPractitioner(practitioner=builders.practitioner()))
    store.ledger.record(draft(), PutRecipientKey(key=recipient_key()))
    system = AgencySystem(
        thumbprint=Thumbprint("system"), agency_id=AgencyId("ashmere-police"), name="Niche"
    )
    store.ledger.record(draft(), PutSystem(system=system))
    receipt = disclose(store, purpose="marac-emergency")
    (due,) = store.outbox.due(NOW, 1)
    marks = (
        MarkDelivered(disclosure_id=receipt.disclosure_id, leased_until=due.leased_until, at=NOW),
        MarkAcknowledged(disclosure_id=receipt.disclosure_id, at=NOW),
    )
    store.ledger.record(events.delivered(receipt, NOW), marks[0])
    store.ledger.record(events.acknowledged(receipt, NOW), marks[1])
    assert store.log.verify().size == 11
    return store


def url_of(store: Store) -> str:
    """Where the store's database is."""
    return store.engines[0].url.render_as_string(hide_password=False)


def change_database(store: Store, change: Attack) -> None:
    """Change the database past every constraint."""
    engine = create_engine(url_of(store))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        change(connection)
    engine.dispose()


def attack(store: Store, change: Attack) -> LedgerVerificationError:
    """Change the database, and return what verification finds."""
    change_database(store, change)
    with pytest.raises(LedgerVerificationError) as found:
        store.log.verify()
    return found.value


def altered(value: object, at: int = 40) -> object:
    """The value with one bit of one place changed; a time, by one second."""
    if isinstance(value, datetime):
        return value + timedelta(seconds=1)
    if isinstance(value, bytes):
        at %= len(value)
        return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
    if isinstance(value, str):
        at %= len(value)
        return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
    assert isinstance(value, int)
    return value ^ 1


def attack_cell(store: Store, table: str, row: RowMapping, cell: dict[str, object]) -> int | None:
    """Change one cell of one row, return which entry verification names, and put it back."""
    target = metadata.tables[table]
    # A changed key moves the row, so it is found again by what it holds besides.
    where = [target.c[name] == row[name] for name in row if name not in cell]
    found = attack(store, lambda connection: connection.execute(update(target).where(*where), cell))
    before = {name: row[name] for name in cell}
    change_database(
        store, lambda connection: connection.execute(update(target).where(*where), before)
    )
    return found.entry


def rows_of(store: Store, table: str) -> list[RowMapping]:
    """Everything in a table."""
    with store.log.readers.begin() as connection:
        return list(connection.execute(select(metadata.tables[table])).mappings())


def test_a_byte_of_an_entry(full: Store) -> None:
    """One changed byte anywhere in an entry, and verification names that entry."""
    for row in rows_of(full, "log_entries"):
        for at in (9, -60):
            cell = {"canonical": altered(row["canonical"], at)}
            assert attack_cell(full, "log_entries", row, cell) == row["index"]
    full.log.verify()


def test_a_byte_of_a_node(full: Store) -> None:
    """Each node of the tree, changed by one byte, is found at the entry that completed it."""
    rows = rows_of(full, "log_entries")
    assert sum(len(row["nodes"]) for row in rows) == 32 * (11 + 5 + 2 + 1)
    for row in rows:
        for start in range(0, len(row["nodes"]), 32):
            cell = {"nodes": altered(row["nodes"], start + row["index"])}
            assert attack_cell(full, "log_entries", row, cell) == row["index"]
    full.log.verify()


def test_a_byte_of_a_checkpoint(full: Store) -> None:
    """One changed character of a signed checkpoint is found at the entry before it."""
    row = rows_of(full, "log_checkpoints")[4]
    for column in ("note", "frontier"):
        for at in (0, 20, 50, 120, -3):
            cell = {column: altered(row[column], at)}
            assert attack_cell(full, "log_checkpoints", row, cell) == row["size"] - 1
    full.log.verify()


def made_up(store: Store, name: str) -> PutRow:
    """A row of a table that the fixture has none of: what it says does not matter here."""
    table, values = metadata.tables[name], dict[str, str | int | bytes | datetime | None]()
    for column in table.columns:
        if column.name == "entry" or (column.nullable and column.name not in COMMITTED[name]):
            continue
        room = getattr(column.type, "length", None) or 32
        made: dict[type, str | int | bytes] = {int: 1, str: "a" * min(32, room), bytes: b"b" * 90}
        moment = isinstance(column.type, Moment)
        values[column.name] = NOW if moment else made[column.type.python_type]
        for key in column.foreign_keys:
            (*_, row) = rows_of(store, key.column.table.name)
            values[column.name] = row[key.column.name]
    return PutRow(table=table, values=values)


@pytest.mark.parametrize("table", COMMITTED)
def test_a_byte_of_any_row_that_the_log_vouches_for(full: Store, table: str) -> None:
    """One change in a case, a key, a claim or a package is found at the entry that wrote it."""
    if table.startswith("policy_"):
        file_policy(full)
    if table == "log_keys":
        new = MemoryCustody().public_key(SPARE)
        rotated = custody_events.log_key_rotated("the old key", "the new one", NOW)
        full.ledger.record(rotated, PutLogKey(public_key=new))
    if not rows_of(full, table):
        full.ledger.sequencer.append(draft(), (made_up(full, table),))
    row = rows_of(full, table)[0]
    for column in COMMITTED[table]:
        cell = {column: altered(row[column])}
        assert attack_cell(full, table, row, cell) == row["entry"]
    full.log.verify()


@pytest.mark.parametrize("mark", ["delivered", "acknowledged"])
def test_a_delivery_that_did_not_happen_so(full: Store, mark: str) -> None:
    """When something was delivered or acknowledged cannot be changed, nor that it was."""
    (row,) = rows_of(full, "disclosures")
    moment, entry = f"{mark}_at", f"{mark}_entry"

    assert attack_cell(full, "disclosures", row, {moment: altered(row[moment])}) == row[entry]
    assert attack_cell(full, "disclosures", row, {moment: None}) == row[entry]
    assert attack_cell(full, "disclosures", row, {entry: 4}) == 4
    assert attack_cell(full, "disclosures", row, {entry: None}) == row["entry"]


def test_a_row_attributed_to_another_entry(full: Store) -> None:
    """A row cannot be passed off as another entry's."""
    change = update(disclosures).values(entry=disclosures.c.entry - 1)

    attack(full, lambda connection: connection.execute(change))


def test_a_deleted_entry(full: Store) -> None:
    """An entry that was taken out of the middle is named."""
    change = delete(log_entries).where(log_entries.c.index == 4)

    assert attack(full, lambda connection: connection.execute(change)).entry == 4


def test_a_deleted_disclosure(full: Store) -> None:
    """A package that was taken out of the outbox leaves its entry behind, which is named."""
    assert attack(full, lambda connection: connection.execute(delete(disclosures))).entry == 8


@pytest.mark.parametrize("table", ["agencies", "cases", "meetings"])
def test_what_was_put_on_file_and_taken_out_is_missed(full: Store, table: str) -> None:
    """An agency, a case or a meeting whose row is gone is named by the entry that recorded it."""
    rows = rows_of(full, table)
    target = metadata.tables[table]
    newest = max(row["entry"] for row in rows)
    change = delete(target).where(target.c.entry == newest)

    assert attack(full, lambda connection: connection.execute(change)).entry == newest


def test_what_was_replaced_is_not_missed(full: Store) -> None:
    """An agency that is recorded again, with other words, has one row, and nothing is wrong."""
    salt = full.cases.broker_salt()
    agency = builders.agency("police", name="Ashmere constabulary")
    full.ledger.record(events.agency_registered(agency, salt, NOW), PutAgency(agency=agency))

    full.log.verify()


def test_a_truncated_log(full: Store) -> None:
    """Entries cut off the end under a checkpoint that stays are missed."""
    change = delete(log_entries).where(log_entries.c.index >= 9)

    assert attack(full, lambda connection: connection.execute(change)).entry == 9


def test_an_entry_that_nobody_signed(full: Store) -> None:
    """An entry put in by hand is not covered by a checkpoint, and is named."""
    forged = rows_of(full, "log_entries")[-1]["canonical"].replace(b'"index":10', b'"index":11')
    edge = split_frontier(11, rows_of(full, "log_checkpoints")[-1]["frontier"])
    nodes = packed_nodes(edge.append(leaf_hash(forged))[1])
    row = {"index": 11, "nodes": nodes, "canonical": forged, "case_tag": None, "case_number": 0}

    assert attack(full, lambda connection: connection.execute(insert(log_entries), row)).entry == 11


def test_an_entry_filed_under_another_case(full: Store) -> None:
    """An entry cannot be hidden from its case's timeline by filing it elsewhere."""
    change = update(log_entries).where(log_entries.c.index == 8).values(case_tag="0" * 32)

    assert attack(full, lambda connection: connection.execute(change)).entry == 8


def test_a_changed_package_is_never_delivered(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """A package swapped in the outbox stays there; the others go out, and an alarm is raised."""
    settle(store)
    swapped, honest = disclose(store, "request-0001"), disclose(store, "request-0002")
    mine = disclosures.c.disclosure_id == swapped.disclosure_id
    with store.engines[0].begin() as connection:
        connection.execute(update(disclosures).where(mine).values(content=b"poisoned"))

    due = store.outbox.due(NOW, 10)

    assert [honest.disclosure_id] == [one.receipt.disclosure_id for one in due]
    assert swapped.disclosure_id in caplog.text


def test_a_redirected_package_is_never_delivered(store: Store) -> None:
    """One disclosure's address cannot be put on another's package."""
    settle(store)
    first, second = disclose(store, "request-0001"), disclose(store, "request-0002")
    with store.engines[0].begin() as connection:
        theirs = select(disclosures.c.sealed).where(
            disclosures.c.disclosure_id == second.disclosure_id
        )
        sealed = connection.scalar(theirs)
        mine = disclosures.c.disclosure_id == first.disclosure_id
        connection.execute(update(disclosures).where(mine).values(sealed=sealed))

    due = store.outbox.due(NOW, 10)

    assert [second.disclosure_id] == [one.receipt.disclosure_id for one in due]


def test_a_package_tied_to_another_request_is_never_delivered(store: Store) -> None:
    """A disclosure whose row is not what its entry vouches for stays in the outbox."""
    settle(store)
    disclose(store, "request-0001")
    store.ledger.record_decision(builders.permit(builders.share_request("request-0002")))
    other = select(claims.c.ref).where(claims.c.ref.not_in(select(disclosures.c.claim)))
    with store.engines[0].begin() as connection:
        connection.execute(update(disclosures).values(claim=connection.scalar(other)))

    assert store.outbox.due(NOW, 10) == ()


@pytest.mark.parametrize("column", ["note", "frontier"])
def test_a_broker_does_not_build_on_a_broken_tree(full: Store, column: str) -> None:
    """With the newest checkpoint changed, a broker neither starts nor appends."""
    newest = log_checkpoints.c.size == 11
    with full.engines[0].begin() as connection:
        value = connection.scalar(select(log_checkpoints.c[column]).where(newest))
        row = update(log_checkpoints).where(newest)
        connection.execute(row.values({column: altered(value, 21)}))

    with pytest.raises(LedgerUnavailableError):
        full.ledger.record(draft())
    with pytest.raises(LedgerVerificationError) as found:
        open_test_store(url_of(full))
    assert found.value.entry == 10


def test_another_log_s_key_does_not_open_the_store(full: Store) -> None:
    """A broker with other keys, or under another name, refuses to continue this log."""
    other = MemoryCustody(seed=bytes(32))
    with pytest.raises(CustodyError):
        open_store(
            url_of(full), custody=other, vault=MemoryVault(), clock=SetClock(), origin=ORIGIN
        )
    with pytest.raises(LedgerVerificationError):
        open_store(
            url_of(full),
            custody=MemoryCustody(),
            vault=MemoryVault(),
            clock=SetClock(),
            origin="another.example/log",
        )


def test_changed_secrets_do_not_open_the_store(full: Store) -> None:
    """The broker's own stored secrets cannot be swapped for an attacker's."""
    with full.engines[0].begin() as connection:
        named = broker_secrets.c.name == "broker-salt"
        wrapped = connection.scalar(select(broker_secrets.c.wrapped).where(named))
        row = update(broker_secrets).where(named)
        connection.execute(row.values(wrapped=altered(wrapped, 20)))

    with pytest.raises(CustodyError):
        open_test_store(url_of(full))
