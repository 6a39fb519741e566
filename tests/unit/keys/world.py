"""A county small enough for one test: real keys, real custody, a directory that is a list."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from broker.domain.ids import AgencyId, Category, PractitionerId, Thumbprint
from broker.domain.package import KeyHolder, RecipientKey, SealedPackage
from broker.domain.people import Agency, AgencySystem, Practitioner
from broker.domain.record import RedactedItem, RedactedRecord, Redaction, RedactionReceipt
from keys.custody.file import FileCustody
from keys.recipient import RecipientPrivateKey
from keys.sealer import PackageSealer
from tests.builders import NOW, agency, permit, practitioner

PASSPHRASE = "invented for tests only"
SECRET = "Mara was seen on Monday."


@dataclass
class Watch:
    """A clock that tests set."""

    at: datetime = NOW

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.at


@dataclass
class ListedDirectory:
    """Implements ports.Directory over what a test lists."""

    keys: tuple[RecipientKey, ...] = ()
    systems: tuple[AgencySystem, ...] = ()
    people: tuple[Practitioner, ...] = (practitioner(),)
    agency_list: tuple[Agency, ...] = (agency("housing-la"), agency("police"))

    def agency(self, agency_id: AgencyId) -> Agency | None:
        """Return the agency, or None."""
        return next((one for one in self.agency_list if one.agency_id == agency_id), None)

    def agencies(self) -> tuple[Agency, ...]:
        """Return every agency."""
        return self.agency_list

    def practitioner(self, practitioner_id: PractitionerId) -> Practitioner | None:
        """Return the practitioner, or None."""
        return next((one for one in self.people if one.practitioner_id == practitioner_id), None)

    def system(self, thumbprint: Thumbprint) -> AgencySystem | None:
        """Return the system that holds this key, or None."""
        return next((one for one in self.systems if one.thumbprint == thumbprint), None)

    def recipient_keys(self, owner: PractitionerId) -> tuple[RecipientKey, ...]:
        """Return every key of the owner."""
        return tuple(one for one in self.keys if one.owner == owner)


@cache
def custody() -> FileCustody:
    """The broker's keys, made once: stretching a passphrase takes a fifth of a second."""
    with TemporaryDirectory() as folder:
        return FileCustody.create(Path(folder), PASSPHRASE)


def private_key(name: str = "housing-1") -> RecipientPrivateKey:
    """A recipient's key pair; the same name gives the same key, so it protects nothing."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()) >> 1
    return RecipientPrivateKey.of(derive_private_key(number, SECP256R1()))


def registered(name: str = "housing-1", **changes: object) -> RecipientKey:
    """The public half as the broker has it, valid for a year round NOW."""
    made = RecipientKey(
        thumbprint=private_key(name).thumbprint,
        owner=PractitionerId("housing-1"),
        agency_id=AgencyId("ashmere-housing-la"),
        held_by=KeyHolder.PERSON,
        public_jwk=private_key(name).public_jwk,
        not_before=NOW - timedelta(days=180),
        not_after=NOW + timedelta(days=180),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def redacted(text: str | None = SECRET, **changes: object) -> RedactedRecord:
    """One police incident from which an address was removed."""
    removal = Redaction(
        item=0,
        field_name=None,
        start=0,
        end=4,
        label="ADDRESS",
        party_role="victim",
        reason="safe-location",
        rule="P-VICTIM-SAFE/ADDRESS/victim",
        recogniser="party",
        replacement="[address]",
        commitment="0" * 64,
    )
    made = RedactedRecord(
        permit=permit(),
        items=(
            RedactedItem(
                category=Category("incident-summary"),
                title="Incident",
                recorded_on=date(2026, 10, 1),
                fields=(("outcome", "no further action"),),
                text=text,
            ),
        ),
        receipt=RedactionReceipt(
            profile="P-VICTIM-SAFE", engine_version="1", removals=(removal,), salt=b"s" * 32
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # keyword pass-through of a test


def seal(
    record: RedactedRecord | None = None, *keys: RecipientKey, at: datetime = NOW
) -> SealedPackage:
    """The record sealed to the keys; to housing-1's one key unless others are given."""
    directory = ListedDirectory(keys=keys or (registered(),))
    sealer = PackageSealer(custody=custody(), directory=directory, clock=Watch(at))
    return sealer.seal(record or redacted())


def broker_key() -> bytes:
    """The key that packages are checked with."""
    return custody().public_key("package")
