import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import MetaData, select

from broker.domain.changes import PutCase, PutMeeting, PutPractitioner
from broker.domain.errors import InvalidRequestError, LedgerVerificationError
from broker.domain.ids import CaseId, MeetingId, PractitionerId
from broker.storage import Store
from broker.storage.sealing import CASE
from broker.storage.tables import metadata
from tests import builders
from tests.builders import IDVA, NOW
from tests.contract.county import disclose, draft, settle
from tests.simulators import open_test_store


def put(store: Store, *cases: object) -> None:
    """Record cases, one call each."""
    for case in cases:
        store.ledger.record(draft(), PutCase(case=case))  # type: ignore[arg-type]


def test_a_case_reads_back_as_written(store: Store) -> None:
    """Every field of a case, with all its people, comes back."""
    made = builders.case(
        approvals=(),
        override_reasons=(("marac-research", "imminent risk"),),
        shielded=True,
        investigators=(PractitionerId("dc-7"),),
        employee_case=True,
        referrals=(NOW.date(), NOW.date() - timedelta(days=400)),
        risk=builders.risk(police_incidents=4),
    )
    put(store, made)

    assert made == store.cases.case(made.case_id)


def test_a_case_from_before_there_was_more_to_say_reads_on(store: Store) -> None:
    """What an older broker wrote is read by this one, with nothing in what it did not know."""
    made = builders.case()
    version, written = json.loads(CASE.dump(made))
    for name in ("investigators", "employee_case", "referrals"):
        del written[name]
    del written["risk"]["police_incidents"]
    put(store, made)
    sealing = store.cases.sealing
    ref = sealing.keyring.ref("case", made.case_id)
    with store.engines[0].begin() as connection:
        keys, table = metadata.tables["data_keys"], metadata.tables["cases"]
        (wrapped,) = connection.execute(select(keys.c.wrapped).where(keys.c.ref == ref)).one()
        old = sealing.vault.seal(wrapped, ref, json.dumps([version, written]).encode())
        connection.execute(table.update().values(sealed=old))

    found = store.cases.case(made.case_id)
    assert found == made
    assert (found.investigators, found.employee_case, found.referrals) == ((), False, ())


def test_a_case_survives_the_process(store: Store, database_url: str) -> None:
    """Another process with the same keys reads the same case and the same salt."""
    settle(store)
    again = open_test_store(database_url)
    try:
        assert builders.case() == again.cases.case(CaseId("MR-0417"))
        assert store.cases.broker_salt() == again.cases.broker_salt()
    finally:
        again.close()


def test_a_case_moves_by_exactly_one_version(store: Store) -> None:
    """Two people who change a case from the same version cannot both succeed."""
    first = builders.case()
    second = replace(first, version=2, shielded=True)
    put(store, first, second)

    for version in (1, 2, 4):
        with pytest.raises(InvalidRequestError, match="changed meanwhile"):
            put(store, replace(first, version=version))
    assert second == store.cases.case(first.case_id)


def test_two_versions_in_one_call(store: Store) -> None:
    """A new case may be made and changed in one entry."""
    first, second = builders.case(), builders.case(version=2, cross_allegations=True)
    store.ledger.record(draft(), PutCase(case=first), PutCase(case=second))

    assert second == store.cases.case(first.case_id)


def test_a_refused_change_takes_its_call_with_it(store: Store) -> None:
    """When the second change of a call is refused, the first and the entry are not stored."""
    good, bad = builders.case("MR-0001"), builders.case("MR-0002", version=7)

    with pytest.raises(InvalidRequestError):
        store.ledger.record(draft(), PutCase(case=good), PutCase(case=bad))

    assert store.cases.case(good.case_id) is None
    assert store.log.checkpoint() is None


def test_a_case_that_is_not_there_is_worked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that does not exist costs one query and one decryption, as one that exists does."""
    settle(store)
    opened: list[str] = []
    vault = type(store.cases.sealing.vault)
    original = vault.open

    def counting(self: object, wrapped: bytes, name: str, sealed: bytes) -> bytes:
        opened.append(name)
        return original(self, wrapped, name, sealed)  # type: ignore[arg-type]

    monkeypatch.setattr(vault, "open", counting)

    assert store.cases.case(CaseId("MR-0417")) is not None
    assert len(opened) == 1
    assert store.cases.case(CaseId("MR-9999")) is None
    assert len(opened) == 2


def test_meetings_come_newest_first(store: Store) -> None:
    """Meetings and their lists come back, the newest on top, replaced when put again."""
    november = builders.meeting("MR-0417", "MR-0418")
    december = builders.meeting(
        meeting_id=MeetingId("ashmere-2026-12"), held_at=NOW + timedelta(days=37)
    )
    changed = replace(november, area="ashmere-north")
    for meeting in (november, december, changed):
        store.ledger.record(draft(), PutMeeting(meeting=meeting))

    assert (december, changed) == store.cases.meetings()
    assert changed == store.cases.meeting(november.meeting_id)
    assert store.cases.meeting(MeetingId("ashmere-1999-01")) is None


def test_the_caseload_is_the_advocate_s_own(store: Store) -> None:
    """An advocate sees their cases, in order, and those that were handed over no longer."""
    put(store, builders.case("MR-0002"), builders.case("MR-0001"), builders.case("MR-0003"))
    other = PractitionerId("idva-2")
    put(store, builders.case("MR-0002", version=2, advocate=other))

    assert (CaseId("MR-0001"), CaseId("MR-0003")) == store.cases.caseload(IDVA)
    assert (CaseId("MR-0002"),) == store.cases.caseload(other)
    assert store.cases.caseload(PractitionerId("nobody")) == ()


def test_nobody_is_named_in_any_table(store: Store) -> None:
    """No case id, name, address, number, practitioner or reason stands readable in a table."""
    settle(store)
    practitioner = builders.practitioner(phones=("07700 900777",))
    store.ledger.record(draft(), PutPractitioner(practitioner=practitioner))
    disclose(store)
    request = builders.share_request("request-0002", reasons="He waits outside Larch Court.")
    store.ledger.record_decision(builders.permit(request))
    written = b"|".join(_everything(store))

    assert b"broker-started" in written  # The search itself works.
    personal = (
        *("MR-0417", "Ellwood", "Mara", "Maz", "Tanners", "Larch", "9990000123", "07700"),
        *("idva-1", "housing-1", "Quill", "NOM-1001", "ashmere-police", "request-000"),
    )
    for word in personal:
        assert word.encode() not in written, word
        assert word.encode().hex().encode() not in written, word


def _everything(store: Store) -> list[bytes]:
    tables: MetaData = metadata
    found = []
    with store.log.readers.begin() as connection:
        for table in tables.tables.values():
            for row in connection.execute(select(table)):
                found += [one if isinstance(one, bytes) else str(one).encode() for one in row]
    return found


def test_a_document_in_another_s_row_is_not_read(store: Store) -> None:
    """Somebody who can write to the database cannot pass one practitioner off as another."""
    table = metadata.tables["practitioners"]
    for one in ("housing-1", "housing-2"):
        made = builders.practitioner(one)
        store.ledger.record(draft(), PutPractitioner(practitioner=made))
    with store.engines[0].begin() as connection:
        rows = connection.execute(select(table.c.ref, table.c.sealed)).all()
        (_, first), (second, _) = rows
        connection.execute(table.update().where(table.c.ref == second).values(sealed=first))

    answers = []
    for one in ("housing-1", "housing-2"):
        try:
            answers.append(store.directory.practitioner(PractitionerId(one)))
        except LedgerVerificationError:
            answers.append(None)
    assert answers.count(None) == 1
