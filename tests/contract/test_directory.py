from dataclasses import replace
from datetime import timedelta

import pytest

from broker.domain.changes import (
    PutAgency,
    PutPractitioner,
    PutRecipientKey,
    PutSystem,
    RevokeRecipientKey,
)
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import AgencyId, CaseId, PractitionerId, Thumbprint
from broker.domain.package import KeyHolder, RecipientKey
from broker.domain.people import AgencySystem
from broker.storage import Store
from tests import builders
from tests.builders import NOW
from tests.contract.county import draft


def recipient_key(thumbprint: str = "key-1", days: int = 0) -> RecipientKey:
    """A key of Perpetua Quill's, valid for a year from NOW + days."""
    return RecipientKey(
        thumbprint=Thumbprint(thumbprint),
        owner=PractitionerId("housing-1"),
        agency_id=AgencyId("ashmere-housing-la"),
        held_by=KeyHolder.PERSON,
        public_jwk='{"kty":"EC","crv":"P-256"}',
        not_before=NOW + timedelta(days=days),
        not_after=NOW + timedelta(days=days + 365),
    )


def test_nobody_is_registered_at_first(store: Store) -> None:
    """An empty directory answers nobody, not an error."""
    directory = store.directory

    assert directory.agency(AgencyId("ashmere-police")) is None
    assert directory.agencies() == ()
    assert directory.practitioner(PractitionerId("housing-1")) is None
    assert directory.system(Thumbprint("unknown")) is None
    assert directory.recipient_keys(PractitionerId("housing-1")) == ()


def test_agencies_read_back_as_written(store: Store) -> None:
    """Every field of an agency comes back, the newest version of it, and agencies in order."""
    police, housing = builders.agency("police"), builders.agency("housing-la")
    moved = replace(police, mailbox_url="http://127.0.0.1:9/moved", agreement_until=None)
    for agency in (police, housing, moved):
        store.ledger.record(draft(), PutAgency(agency=agency))

    assert moved == store.directory.agency(police.agency_id)
    assert (housing, moved) == store.directory.agencies()


def test_practitioners_read_back_as_written(store: Store) -> None:
    """Everything that the conflict check needs comes back."""
    made = builders.practitioner(
        phones=("07700 900777",),
        addresses=builders.victim().addresses,
        declared_conflicts=(CaseId("MR-0417"),),
        restricted_handler=True,
    )
    store.ledger.record(draft(), PutPractitioner(practitioner=made))

    assert made == store.directory.practitioner(made.practitioner_id)


def test_systems_are_found_by_their_key(store: Store) -> None:
    """A system is known by its key's thumbprint and by no other."""
    system = AgencySystem(
        thumbprint=Thumbprint("system-key"), agency_id=AgencyId("ashmere-police"), name="Niche"
    )
    store.ledger.record(draft(), PutSystem(system=system))

    assert system == store.directory.system(system.thumbprint)
    assert store.directory.system(Thumbprint("system-keY")) is None


def test_keys_come_oldest_first_revoked_ones_too(store: Store) -> None:
    """The history of a recipient's keys is complete, so that old receipts stay explicable."""
    newer, older = recipient_key("key-2", days=30), recipient_key("key-1")
    for key in (newer, older):
        store.ledger.record(draft(), PutRecipientKey(key=key))
    store.ledger.record(draft(), RevokeRecipientKey(thumbprint=older.thumbprint, at=NOW))

    assert (replace(older, revoked_at=NOW), newer) == store.directory.recipient_keys(older.owner)


def test_a_thumbprint_is_never_used_again(store: Store) -> None:
    """A key that is registered, revoked or not, cannot be registered for anybody else."""
    store.ledger.record(draft(), PutRecipientKey(key=recipient_key()))
    stolen = replace(recipient_key(), owner=PractitionerId("someone-else"))

    with pytest.raises(InvalidRequestError, match="registered already"):
        store.ledger.record(draft(), PutRecipientKey(key=stolen))

    assert store.directory.recipient_keys(stolen.owner) == ()


def test_a_later_revocation_does_not_extend_a_key(store: Store) -> None:
    """Revoking twice keeps the earlier moment: nothing becomes usable again."""
    key = recipient_key()
    store.ledger.record(draft(), PutRecipientKey(key=key))
    for at in (NOW, NOW + timedelta(days=1)):
        store.ledger.record(draft(), RevokeRecipientKey(thumbprint=key.thumbprint, at=at))

    assert store.directory.recipient_keys(key.owner)[0].revoked_at == NOW


def test_revoking_an_unknown_key_is_refused(store: Store) -> None:
    """A misspelt thumbprint is said, not silently accepted as a revocation."""
    revocation = RevokeRecipientKey(thumbprint=Thumbprint("no-such"), at=NOW)

    with pytest.raises(InvalidRequestError, match="thumbprint"):
        store.ledger.record(draft(), revocation)

    assert store.log.checkpoint() is None
