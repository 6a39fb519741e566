"""Everything registered, read (ports.Directory)."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine, Table, bindparam, select

from broker.domain.errors import InvalidRequestError
from broker.domain.ids import AgencyId, PractitionerId, Thumbprint
from broker.domain.package import RecipientKey
from broker.domain.people import Agency, AgencySystem, Practitioner
from broker.storage import sealing
from broker.storage.documents import Documents
from broker.storage.engine import read_rows
from broker.storage.sealing import Sealing, T, check_same_row
from broker.storage.tables import agencies, practitioners, recipient_keys, systems

_ONE = {
    table.name: select(table.c.sealed).where(table.c.ref == bindparam("ref"))
    for table in (agencies, practitioners, systems, recipient_keys)
}
_AGENCIES = select(agencies.c.sealed)
_KEYS_OF_OWNER = select(recipient_keys.c.sealed).where(recipient_keys.c.owner == bindparam("owner"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDirectory:
    """Reads what is committed, every time."""

    sealing: Sealing
    readers: Engine

    def agency(self, agency_id: AgencyId) -> Agency | None:
        """Return the agency, or None."""
        found = self._one(agencies, self._ref("agency", agency_id), sealing.AGENCY)
        check_same_row(agency_id, agency_id if found is None else found.agency_id)
        return found

    def agencies(self) -> tuple[Agency, ...]:
        """Return every agency, by id."""
        rows = read_rows(self.readers, _AGENCIES)
        found = [self.sealing.open_shared(sealing.AGENCY, sealed) for (sealed,) in rows]
        return tuple(sorted(found, key=lambda one: one.agency_id))

    def practitioner(self, practitioner_id: PractitionerId) -> Practitioner | None:
        """Return the practitioner, or None."""
        ref = self._ref("practitioner", practitioner_id)
        found = self._one(practitioners, ref, sealing.PRACTITIONER)
        check_same_row(practitioner_id, practitioner_id if found is None else found.practitioner_id)
        return found

    def system(self, thumbprint: Thumbprint) -> AgencySystem | None:
        """Return the system that holds this key, or None."""
        found = self._one(systems, self._ref("system", thumbprint), sealing.SYSTEM)
        check_same_row(thumbprint, thumbprint if found is None else found.thumbprint)
        return found

    def recipient_keys(self, owner: PractitionerId) -> tuple[RecipientKey, ...]:
        """Return every key ever registered for the owner, oldest first, revoked ones too."""
        rows = read_rows(self.readers, _KEYS_OF_OWNER, owner=self._ref("practitioner", owner))
        found = [self.sealing.open_shared(sealing.RECIPIENT_KEY, sealed) for (sealed,) in rows]
        for key in found:
            check_same_row(owner, key.owner)
        return tuple(sorted(found, key=lambda one: (one.not_before, one.thumbprint)))

    def revoked(self, thumbprint: Thumbprint, at: datetime) -> RecipientKey:
        """Return the key as it is to be from `at` on; an earlier revocation stays.

        Raises:
            InvalidRequestError: no such key.

        """
        ref = self._ref("recipient-key", thumbprint)
        key = self._one(recipient_keys, ref, sealing.RECIPIENT_KEY)
        if key is None:
            raise InvalidRequestError("No such key is registered: check its thumbprint.")
        check_same_row(thumbprint, key.thumbprint)
        earliest = at if key.revoked_at is None else min(at, key.revoked_at)
        return replace(key, revoked_at=earliest)

    def _ref(self, kind: str, value: str) -> str:
        return self.sealing.keyring.ref(kind, value)

    def _one(self, table: Table, ref: str, documents: Documents[T]) -> T | None:
        for (sealed,) in read_rows(self.readers, _ONE[table.name], ref=ref):
            return self.sealing.open_shared(documents, sealed)
        return None
