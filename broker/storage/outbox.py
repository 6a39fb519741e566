"""What is logged and has not been taken by its mailbox yet (outbox.Outbox)."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Select, or_, select, update

from broker.domain.errors import CustodyError, LedgerVerificationError
from broker.domain.ids import CaseId
from broker.domain.outbox import DueDelivery
from broker.storage import sealing
from broker.storage.blinding import DIRECTORY_KEY
from broker.storage.directory import StoredDirectory
from broker.storage.engine import reading
from broker.storage.reader import StoredLog
from broker.storage.sealing import DataKey
from broker.storage.sequencer import Sequencer
from broker.storage.tables import AnyRow, claims, data_keys, disclosures

LEASE = timedelta(minutes=1)
"""Longer than a mailbox may take to answer; a crashed worker's package waits this long."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOutbox:
    """Leases packages, and hands out those that are what was logged."""

    sequencer: Sequencer
    log: StoredLog
    directory: StoredDirectory
    readers: Engine

    def due(self, now: datetime, limit: int) -> tuple[DueDelivery, ...]:
        """Return packages whose turn it is, leased for one minute."""
        with reading(self.readers) as connection:
            if connection.execute(_waiting(now).limit(1)).first() is None:
                return ()  # Polling an empty outbox costs nobody a commit.
        until = now + LEASE
        leased = self.sequencer.aside(lambda connection: _lease(connection, now, limit, until))
        found = [self._delivery(disclosure_id, until) for disclosure_id in leased]
        return tuple(one for one in found if one is not None)

    def _delivery(self, disclosure_id: str, until: datetime) -> DueDelivery | None:
        """Return the package, or None and an alarm for one that is not as it was logged."""
        query = (
            select(
                disclosures,
                data_keys.c.wrapped,
                claims.c.data_key.label("claim_key"),
                claims.c.sealed.label("claim_sealed"),
            )
            .outerjoin(data_keys, data_keys.c.ref == disclosures.c.data_key)
            .join(claims, claims.c.ref == disclosures.c.claim)
            .where(disclosures.c.disclosure_id == disclosure_id)
        )
        try:
            with reading(self.readers) as connection:
                row = connection.execute(query).one()
                return self._checked(connection, row, until)
        except (LedgerVerificationError, CustodyError) as error:
            _log.error(
                "Disclosure %s is not delivered, because it is not as it was logged: %s",
                disclosure_id,
                error,
            )
            return None

    def _checked(self, connection: Connection, row: AnyRow, until: datetime) -> DueDelivery:
        receipt = self.log.receipt(connection, row)
        document = self.log.open_disclosure(row)
        digest = hashlib.sha256(row.content).hexdigest()
        if receipt.entry.detail["package_digest"] != digest:
            raise LedgerVerificationError("The package was changed.", receipt.entry.index)
        # An agency that moved its mailbox gets there what was decided before it moved.
        agency = self.directory.agency(document.recipient_agency)
        return DueDelivery(
            receipt=receipt,
            content=row.content,
            mailbox_url=document.mailbox_url if agency is None else agency.mailbox_url,
            attempts=row.attempts,
            leased_until=until,
            case_id=self._case_of(row),
            recipient=document.recipient,
            recipient_agency=document.recipient_agency,
            consents=document.consents,
        )

    def _case_of(self, row: AnyRow) -> CaseId:
        """Return the case that was asked about, as the claim of the request has it."""
        shared = row.claim_key == DIRECTORY_KEY
        key = DataKey(name=row.claim_key, wrapped=row.wrapped or b"")
        key = self.log.sealing.directory_key if shared else key
        claim = self.log.sealing.open(key, sealing.CLAIM, row.claim_sealed)
        if claim.request is None:
            raise LedgerVerificationError("The package's request was not kept.", row.entry)
        return claim.request.case_id


def _waiting(now: datetime) -> Select[str]:
    free = or_(disclosures.c.leased_until.is_(None), disclosures.c.leased_until <= now)
    return (
        select(disclosures.c.disclosure_id)
        .where(disclosures.c.next_attempt_at <= now, free)
        .order_by(disclosures.c.next_attempt_at, disclosures.c.disclosure_id)
    )


def _lease(connection: Connection, now: datetime, limit: int, until: datetime) -> Sequence[str]:
    """Take what no other worker has; a crash after this lapses with the lease."""
    query = _waiting(now).limit(limit).with_for_update(skip_locked=True)
    taken = list(connection.scalars(query))
    mine = disclosures.c.disclosure_id.in_(taken)
    connection.execute(update(disclosures).where(mine).values(leased_until=until))
    return taken
