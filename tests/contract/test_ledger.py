import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from broker.domain.changes import ClaimRequest
from broker.domain.decision import Refusal
from broker.domain.errors import (
    IdempotencyConflictError,
    InvalidRequestError,
    LedgerError,
)
from broker.domain.ids import CaseTag, DisclosureId, PractitionerId, RequestId
from broker.domain.ledger import Receipt
from broker.domain.record import HeldRecord
from broker.domain.words import EventKind, Outcome
from broker.ledger.checkpoint import check_checkpoint
from broker.ledger.receipts import check_receipt
from broker.ledger.tokens import case_tag
from broker.ledger.tree import check_consistency, check_inclusion
from broker.storage import Store
from tests import builders
from tests.builders import NOW
from tests.contract.county import disclose, draft, package, settle


def test_an_empty_log(store: Store) -> None:
    """A new log has no checkpoint, no entries, and no proofs."""
    assert store.log.checkpoint() is None
    assert store.log.entry(0) is None
    assert store.log.entries(0, 10) == ()
    with pytest.raises(LedgerError):
        store.log.inclusion(0, 1)
    with pytest.raises(LedgerError):
        store.log.verify()


def test_entries_read_back_as_they_were_recorded(store: Store) -> None:
    """What record returned is what the log shows, in order, page by page."""
    made = [store.ledger.record(draft(n)) for n in range(5)]

    assert made[3] == store.log.entry(3)
    assert tuple(made[1:3]) == store.log.entries(1, 2)
    assert tuple(made) == store.log.entries(0, 100)
    assert store.log.entries(5, 100) == ()
    assert [one.index for one in made] == [0, 1, 2, 3, 4]


def test_every_entry_is_under_a_signed_checkpoint_when_record_returns(store: Store) -> None:
    """The checkpoint after each call covers its entry, is signed, and extends the one before."""
    before = None
    for n in range(9):
        entry = store.ledger.record(draft(n))
        now = store.log.checkpoint()
        assert now is not None
        assert now == check_checkpoint(store.log.key, store.log.check, now.note)
        proof = store.log.inclusion(entry.index, now.size)
        assert check_inclusion(entry.leaf_hash, entry.index, now.size, proof.path, now.root)
        if before is not None:
            path = store.log.consistency(before.size, now.size)
            assert check_consistency((before.size, before.root), (now.size, now.root), path)
        before = now
    assert before == store.log.verify()


def test_no_proof_for_a_tree_that_never_was(store: Store) -> None:
    """Asking beyond the newest checkpoint is an error, not a guess."""
    store.ledger.record(draft())

    for index, size in ((0, 2), (1, 1)):
        with pytest.raises(LedgerError):
            store.log.inclusion(index, size)
    for old, new in ((0, 1), (1, 2), (2, 1)):
        with pytest.raises(LedgerError):
            store.log.consistency(old, new)


def test_entries_of_a_case_are_numbered_and_chained(store: Store) -> None:
    """An advocate can check that these are all entries of the case and that none was left out."""
    settle(store)
    disclose(store)
    store.ledger.record(draft())
    store.ledger.record_held(HeldRecord(permit=builders.permit(), flags=("party-name item 2",)))

    mine = store.log.entries_of_case(case_tag(builders.SALT, builders.case().case_id))

    kinds = ("case-recorded", "decision", "disclosure", "held-for-person")
    assert kinds == tuple(one.kind for one in mine)
    assert [one.case_number for one in mine] == [1, 2, 3, 4]
    hashes = ["", *(one.leaf_hash.hex() for one in mine)]
    assert hashes[:-1] == [one.case_previous for one in mine]
    assert store.log.entries_of_case(CaseTag("0" * 32)) == ()


def test_a_refusal_is_recorded_with_its_facts_and_its_rules(store: Store) -> None:
    """A no is in the log as fully as a yes: what was looked at, which rules, which version."""
    ruling = builders.ruling(outcome=Outcome.DENY, unmet=("APPROVAL",), profile=None)
    permit = builders.permit()
    refusal = Refusal(
        requester=permit.requester,
        request=permit.request,
        context=replace(permit.context, case=None),
        rulings=(ruling,),
        policy_version=permit.policy_version,
    )

    entry = store.ledger.record_decision(refusal)

    # Seen by the requester or not: the attempt stands in the chain of the case that was asked for.
    assert entry.case_tag == case_tag(builders.SALT, permit.request.case_id)
    detail = entry.detail
    assert detail["outcome"] == "deny"
    assert detail["policy_version"] == "0" * 64
    logged = json.loads(entry.canonical)["detail"]["rulings"][0]
    assert logged["facts"]["consent"] == "given-explicit"
    assert logged["deciding_rules"] == ["R07"]
    assert logged["unmet"] == ["APPROVAL"]


def test_a_receipt_proves_the_entry_to_anybody(store: Store) -> None:
    """Entry, checkpoint and path verify with the public key alone, now and after more entries."""
    settle(store)
    receipt = disclose(store)
    for n in range(20):
        store.ledger.record(draft(n))

    check_receipt(store.log.key, store.log.check, receipt)
    assert receipt.entry.kind is EventKind.DISCLOSURE
    found = store.log.disclosure(receipt.disclosure_id)
    assert found is not None
    assert receipt == found.receipt


def test_where_a_disclosure_stands(store: Store) -> None:
    """Status names request, requester and recipient; an unknown id has none."""
    settle(store)
    receipt = disclose(store)

    found = store.log.disclosure(receipt.disclosure_id)

    assert found is not None
    assert found.request_id == "request-0001"
    assert (found.requester, found.recipient) == ("housing-1", "housing-1")
    assert found.recipient_agency == "ashmere-housing-la"
    assert (found.delivered_at, found.acknowledged_at) == (None, None)
    assert store.log.disclosure(DisclosureId("0" * 32)) is None


def test_the_same_request_finds_its_receipt(store: Store) -> None:
    """A client that asks again, later, gets the receipt it had; before a disclosure, none."""
    settle(store)
    permit = builders.permit()
    later = replace(permit.request, made_at=NOW + timedelta(hours=1))

    assert store.ledger.earlier_receipt(permit.requester, permit.request) is None
    store.ledger.record_decision(permit)
    assert store.ledger.earlier_receipt(permit.requester, permit.request) is None
    receipt = store.ledger.record_disclosure(package(permit))
    assert receipt == store.ledger.earlier_receipt(permit.requester, later)
    assert store.ledger.earlier_receipt(builders.requester("police-1"), later) is None


def test_an_id_used_for_something_else_is_refused(store: Store) -> None:
    """One request id cannot be stretched to another person, category or recipient."""
    settle(store)
    permit = builders.permit()
    store.ledger.record_decision(permit)
    other = builders.share_request(recipient=PractitionerId("somebody-else"))
    size = store.log.checkpoint()

    with pytest.raises(IdempotencyConflictError):
        store.ledger.earlier_receipt(permit.requester, other)
    with pytest.raises(IdempotencyConflictError):
        store.ledger.record_decision(builders.permit(other))
    with pytest.raises(IdempotencyConflictError):
        store.ledger.record_disclosure(package(builders.permit(other)))
    with pytest.raises(IdempotencyConflictError):
        store.ledger.record(
            draft(),
            ClaimRequest(
                practitioner_id=permit.requester.practitioner_id,
                request_id=RequestId("request-0001"),
                fingerprint="f" * 64,
            ),
        )
    assert size == store.log.checkpoint()


def test_a_package_that_is_not_its_digest_is_refused(store: Store) -> None:
    """What is logged is what is sent: a package swapped after sealing goes nowhere."""
    settle(store)

    with pytest.raises(LedgerError, match="not the one"):
        store.ledger.record_disclosure(replace(package(), content=b"another"))
    nobody = builders.permit(context=builders.context(recipient=None))
    with pytest.raises(InvalidRequestError, match="recipient"):
        store.ledger.record_disclosure(package(nobody))
    assert store.outbox.due(NOW, 10) == ()


def test_a_disclosure_id_is_one_request_s(store: Store) -> None:
    """A disclosure id that is taken cannot be taken again by another request."""
    settle(store)
    first = package()
    store.ledger.record_disclosure(first)
    other = builders.permit(builders.share_request("request-0002"))

    with pytest.raises(LedgerError, match="seal the record again"):
        store.ledger.record_disclosure(replace(first, permit=other))


def test_racing_twins_get_one_disclosure(store: Store) -> None:
    """When the same request runs eight times at once, one package is queued and all learn of it."""
    settle(store)
    permit = builders.permit()
    store.ledger.record_decision(permit)
    together = Barrier(8)

    def race(number: int) -> Receipt:
        mine = package(permit, content=b"sealed %d" % number)
        together.wait()
        return store.ledger.record_disclosure(mine)

    with ThreadPoolExecutor(8) as threads:
        receipts = list(threads.map(race, range(8)))

    assert all(receipts[0] == one for one in receipts)
    assert len(store.outbox.due(NOW, 10)) == 1
    assert store.log.verify().size == 6  # Four of the county, the decision, the disclosure.


def test_a_refused_call_does_not_hurt_its_neighbours(store: Store) -> None:
    """In a batch where half the calls are refused, the other half is stored, in one tree."""
    settle(store)
    start = store.log.verify().size
    together = Barrier(16)

    def call(number: int) -> bool:
        together.wait()
        try:
            claim = ClaimRequest(
                practitioner_id=PractitionerId("housing-1"),
                request_id=RequestId(f"request-{number // 2}"),
                fingerprint=f"{number % 2}" * 64,
            )
            store.ledger.record(draft(number), claim)
        except IdempotencyConflictError:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(call, range(16)))

    assert answers.count(True) == 8
    assert all(answers[n] != answers[n + 1] for n in range(0, 16, 2))
    assert store.log.verify().size == start + 8


def test_nobody_starves(store: Store) -> None:
    """With 32 threads writing without pause, each gets its turn: the queue is first come."""
    rounds = 12
    together = Barrier(32)

    def write(number: int) -> list[int]:
        together.wait()
        return [store.ledger.record(draft(number)).index for _ in range(rounds)]

    with ThreadPoolExecutor(32) as threads:
        indexes = list(threads.map(write, range(32)))

    assert sorted(i for mine in indexes for i in mine) == list(range(32 * rounds))
    # Fair: by the time anybody is through, everybody has had nearly all of their turns.
    first_done = min(max(mine) for mine in indexes)
    assert all(sum(i < first_done for i in mine) >= rounds // 2 for mine in indexes)
    assert store.log.verify().size == 32 * rounds


def test_reads_do_not_wait_for_the_writer(store: Store, database_url: str) -> None:
    """While a writer holds its transaction open, readers answer from what is committed."""
    del database_url
    settle(store)
    with store.engines[0].begin() as writing:
        writing.exec_driver_sql("DELETE FROM cases")
        assert store.cases.case(builders.case().case_id) is not None
        assert store.log.verify().size == 4
        writing.rollback()


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    """A naive time would be somebody's guess; its caller hears it and nobody else."""
    with pytest.raises(LedgerError, match="zone"):
        store.ledger.record(draft(at=NOW.replace(tzinfo=None)))
    assert store.ledger.record(draft()).index == 0


def test_a_closed_store_takes_nothing(store: Store) -> None:
    """After closing, a call is refused at once instead of waiting for ever."""
    store.ledger.record(draft())
    store.close()

    with pytest.raises(LedgerError, match="stopping"):
        store.ledger.record(draft())
