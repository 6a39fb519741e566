"""Changes as rows: each checks what it may do before it touches anything (see sequencer.Write)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from broker.domain.errors import (
    CaseChangedError,
    IdempotencyConflictError,
    InvalidRequestError,
    LeaseLostError,
    LedgerError,
)
from broker.domain.ids import DisclosureId
from broker.storage.ahead import Ahead, Ask, Question, ahead_of
from broker.storage.blinding import DIRECTORY_KEY
from broker.storage.key_rows import KeyRow, asks_of_keys, check_keys
from broker.storage.sealing import Values, mark_digest, row_digest
from broker.storage.tables import cases, claims, data_keys, disclosures, recipient_keys

_CLAIMED = Question(claims.c.ref, claims.c.fingerprint)
_KEY = Question(data_keys.c.ref, data_keys.c.ref)
_ANSWER = Question(disclosures.c.claim, disclosures.c.disclosure_id)
_SAME_ID = Question(disclosures.c.disclosure_id, disclosures.c.claim)
_VERSION = Question(cases.c.ref, cases.c.version)
_DISCLOSURE = select(disclosures.c.claim).where(
    disclosures.c.disclosure_id == bindparam("disclosure_id")
)
_LEASE = select(disclosures.c.leased_until).where(
    disclosures.c.disclosure_id == bindparam("disclosure_id")
)


class AlreadyDisclosedError(LedgerError):
    """Internal: the request has its disclosure already; the journal answers with its receipt."""

    def __init__(self, disclosure_id: DisclosureId) -> None:
        """Keep which one."""
        super().__init__("This request has been answered: ask for its receipt.")
        self.disclosure_id = disclosure_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRow:
    """Add or replace one row, whatever was there."""

    table: Table
    values: Values = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The row's."""
        return (row_digest(self.table.name, self.values),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Replace, or add where there is nothing to replace; the lock keeps others out."""
        put(connection, self.table, {**self.values, "entry": entry})


def put(connection: Connection, table: Table, values: Mapping[str, object]) -> None:
    """Replace the row of the same `ref`, or add it."""
    replaced = connection.execute(
        update(table).where(table.c.ref == values["ref"]).values(dict(values))
    )
    if replaced.rowcount == 0:
        connection.execute(insert(table), dict(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class PutNewRow(PutRow):
    """Add one row that may not be there yet."""

    refusal: str

    def apply(self, connection: Connection, entry: int) -> None:
        """Add it; InvalidRequestError when it is there."""
        ref = self.table.c.ref
        if connection.scalar(select(ref).where(ref == self.values["ref"])) is not None:
            raise InvalidRequestError(self.refusal)
        connection.execute(insert(self.table), {**self.values, "entry": entry})


@dataclass(frozen=True, slots=True, kw_only=True)
class PutCaseRow(PutRow):
    """Add or replace a case by exactly one version; its data key comes with the first."""

    new_key: PutRow | None

    @property
    def digests(self) -> tuple[str, ...]:
        """The case's, and its key's when it is new."""
        own = (row_digest(self.table.name, self.values),)
        return own if self.new_key is None else (*own, *self.new_key.digests)

    def apply(self, connection: Connection, entry: int) -> None:
        """Write it; InvalidRequestError when somebody else changed the case first."""
        query = select(cases.c.version).where(cases.c.ref == self.values["ref"])
        stored = connection.scalar(query) or 0
        if self.values["version"] != stored + 1:
            raise InvalidRequestError("The case was changed meanwhile: read it, then change it.")
        if self.new_key is not None:
            self.new_key.apply(connection, entry)
        put(connection, self.table, {**self.values, "entry": entry})


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeKeyRow(PutRow):
    """Replace a recipient's key by the same key, revoked."""

    def apply(self, connection: Connection, entry: int) -> None:
        """Write it; InvalidRequestError for a key that nobody registered."""
        ref = recipient_keys.c.ref
        if connection.scalar(select(ref).where(ref == self.values["ref"])) is None:
            raise InvalidRequestError("No such key is registered: check its thumbprint.")
        put(connection, self.table, {**self.values, "entry": entry})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request id and what it was used for."""

    values: Values = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The row's. A claim that was there already leaves the entry with a digest of no row."""
        return (row_digest("claims", self.values),)

    @property
    def asks(self) -> tuple[Ask, ...]:
        """Who claimed it, and whether there is still a key for its case."""
        return (self._claimed, self._key)

    def is_new(self, ahead: Ahead) -> bool:
        """Whether nobody has claimed it; IdempotencyConflictError when for something else."""
        stored = ahead.value(self._claimed)
        check_same_request(stored, str(self.values["fingerprint"]))
        return stored is None

    def apply(self, connection: Connection, entry: int) -> None:
        """Claim it, or find that it was claimed for the same."""
        ahead = ahead_of(connection)
        if self.is_new(ahead):
            self._check_key(ahead)
            ahead.add(claims, {**self.values, "entry": entry})

    @property
    def _claimed(self) -> Ask:
        return (_CLAIMED, self.values["ref"])

    @property
    def _key(self) -> Ask:
        return (_KEY, self.values["data_key"])

    def _check_key(self, ahead: Ahead) -> None:
        """Add nothing to a case that was destroyed while the request was under way."""
        if self.values["data_key"] != DIRECTORY_KEY and ahead.value(self._key) is None:
            raise CaseChangedError("The case has changed meanwhile: ask again under the same key.")


def check_same_request(stored: str | None, fingerprint: str) -> None:
    """Check a request id against what it was used for, if it was.

    Raises:
        IdempotencyConflictError: it was something else.

    """
    if stored is not None and stored != fingerprint:
        raise IdempotencyConflictError(
            "This request id was used for another request: send this one under a new id."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePackage:
    """A package for the outbox; the first of its request, or none."""

    claim: Claim
    values: Values = field(repr=False)
    next_attempt_at: datetime
    case_ref: str
    case_version: int
    keys: tuple[KeyRow, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """The disclosure's and the claim's, which comes with it where no decision made it."""
        return (row_digest("disclosures", self.values), *self.claim.digests)

    @property
    def asks(self) -> tuple[Ask, ...]:
        """What the claim asks; what answers the request or has the id; the case; the keys."""
        own = (self._answer, self._same_id, self._version)
        return (*self.claim.asks, *own, *asks_of_keys(self.keys))

    def apply(self, connection: Connection, entry: int) -> None:
        """Queue it; AlreadyDisclosedError when the request has its disclosure."""
        ahead = ahead_of(connection)
        unclaimed = self.claim.is_new(ahead)
        made = ahead.value(self._answer)
        if made is not None:
            raise AlreadyDisclosedError(DisclosureId(made))
        if ahead.value(self._same_id) is not None:
            raise LedgerError("This disclosure id is another request's: seal the record again.")
        # Fetching and redacting take seconds, in which consent may have been withdrawn.
        if ahead.value(self._version) != self.case_version:
            raise CaseChangedError("The case has changed meanwhile: ask again under the same key.")
        check_keys(ahead, self.keys)
        if unclaimed:
            self.claim.apply(connection, entry)
        row = {**self.values, "entry": entry, "attempts": 0}
        ahead.add(disclosures, {**row, "next_attempt_at": self.next_attempt_at})

    @property
    def _answer(self) -> Ask:
        return (_ANSWER, self.claim.values["ref"])

    @property
    def _same_id(self) -> Ask:
        return (_SAME_ID, self.values["disclosure_id"])

    @property
    def _version(self) -> Ask:
        return (_VERSION, self.case_ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that a recipient did with a disclosure, `acknowledged`; the first counts."""

    mark: str
    disclosure_id: DisclosureId
    at: datetime

    @property
    def digests(self) -> tuple[str, ...]:
        """The mark's."""
        return (mark_digest(self.mark, self.disclosure_id, self.at),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Mark it, and end the deliveries; InvalidRequestError for no such disclosure."""
        check_disclosure(connection, self.disclosure_id)
        moment = disclosures.c[f"{self.mark}_at"]
        row = disclosures.c.disclosure_id == self.disclosure_id
        connection.execute(
            update(disclosures)
            .where(row, moment.is_(None))
            .values({f"{self.mark}_at": self.at, f"{self.mark}_entry": entry})
        )
        # An acknowledgement proves arrival too: nothing needs to be delivered again. A lease stays,
        # so that whoever holds it can still say that the mailbox took the package.
        connection.execute(update(disclosures).where(row).values(next_attempt_at=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """The end of a delivery, `delivered` or `stopped`, by whoever holds its lease."""

    mark: str
    disclosure_id: DisclosureId
    leased_until: datetime
    at: datetime

    @property
    def digests(self) -> tuple[str, ...]:
        """The mark's."""
        return (mark_digest(self.mark, self.disclosure_id, self.at),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Mark it, and end the deliveries."""
        check_lease(connection, self.disclosure_id, self.leased_until)
        connection.execute(
            update(disclosures)
            .where(disclosures.c.disclosure_id == self.disclosure_id)
            .values(
                {
                    f"{self.mark}_at": self.at,
                    f"{self.mark}_entry": entry,
                    "next_attempt_at": None,
                    "leased_until": None,
                }
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Postpone:
    """A delivery that failed and comes again."""

    disclosure_id: DisclosureId
    leased_until: datetime
    next_attempt_at: datetime

    @property
    def digests(self) -> tuple[str, ...]:
        """None: when to try again is no fact about the case."""
        return ()

    def apply(self, connection: Connection, entry: int) -> None:
        """Set the time, unless its recipient has acknowledged it meanwhile."""
        del entry
        check_lease(connection, self.disclosure_id, self.leased_until)
        row = disclosures.c.disclosure_id == self.disclosure_id
        connection.execute(
            update(disclosures)
            .where(row, disclosures.c.next_attempt_at.is_not(None))
            .values(
                next_attempt_at=self.next_attempt_at,
                leased_until=None,
                attempts=disclosures.c.attempts + 1,
            )
        )


def check_lease(connection: Connection, disclosure_id: DisclosureId, until: datetime) -> None:
    """Check that a package is still the caller's to deliver.

    Raises:
        InvalidRequestError: there is no such disclosure.
        LeaseLostError: the lease is another one by now, or the delivery has come to its end.

    """
    check_disclosure(connection, disclosure_id)
    if connection.scalar(_LEASE, {"disclosure_id": disclosure_id}) != until:
        raise LeaseLostError("Another worker delivers this package by now: leave it to them.")


def check_disclosure(connection: Connection, disclosure_id: DisclosureId) -> None:
    """Check that there is such a disclosure; InvalidRequestError otherwise."""
    if connection.scalar(_DISCLOSURE, {"disclosure_id": disclosure_id}) is None:
        raise InvalidRequestError("No such disclosure: check its id.")
