"""Changes of policy as rows: each checks what it may do before it touches anything.

If we crash between two steps, each step before is whole: a version is a draft or submitted, a
publication is there with its entry or not at all, and whichever broker starts next goes on from
what it finds (see service.rules).
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zlib import compress

from sqlalchemy import Connection, func, insert, select, text, update

from broker.domain.errors import InvalidRequestError
from broker.domain.policy import (
    AdvancePolicy,
    DraftPolicy,
    NotePolicyAlarm,
    PolicyChange,
    PolicyFiles,
    PolicyRecord,
    PublishPolicy,
    PutPolicyInForce,
    RefusePublication,
)
from broker.storage.sealing import (
    POLICY_RECORD,
    PUBLICATION,
    Sealing,
    Values,
    publication_mark_digest,
    row_digest,
)
from broker.storage.tables import (
    policy_alarms,
    policy_files,
    policy_publications,
    policy_versions,
)
from broker.storage.under_policy import forget_policy
from broker.storage.writes import PutNewRow, put

CHANNEL = "marac_policy"
"""PostgreSQL's name for the bell that is rung when a policy change commits."""
_FILES_VERSION = 1
_THERE = "This version is on file already: submit it, or change its files."
_MOVED = "The version was changed meanwhile: look at it, then try again."
_OVERTAKEN = "Another publication was made meanwhile: look at the versions, then try again."
_DONE = "This was done by another broker."


class DoneAlreadyError(InvalidRequestError):
    """Another broker was first with something that is done once for all of them."""


def pack_files(files: PolicyFiles) -> bytes:
    """Return the files as one value: zlib over `{"version": 1, "files": {name: base64}}`.

    DO NOT change what is written: stored packs are read back for as long as a rollback may want
    them.
    """
    named = {name: b64encode(files[name]).decode("ascii") for name in sorted(files)}
    return compress(json.dumps({"version": _FILES_VERSION, "files": named}).encode("ascii"))


def prepare(sealing: Sealing, change: PolicyChange) -> "tuple[PolicyWrite, ...]":
    """Return the writes of a change, in their order."""
    match change:
        case DraftPolicy(record=record, files=files):
            content: Values = {"ref": record.version, "content": pack_files(files)}
            row = _record_values(sealing, record)
            return (
                PutNewRow(table=policy_versions, values=row, refusal=_THERE),
                PutNewRow(table=policy_files, values=content, refusal=_THERE),
                Ring(),
            )
        case AdvancePolicy(record=record):
            return (Advance(values=_record_values(sealing, record)), Ring())
        case PublishPolicy(publication=one, signed=signed):
            values: Values = {
                "number": one.number,
                "version": one.version,
                "effective_at": one.effective_at,
                "sealed": sealing.seal(sealing.directory_key, PUBLICATION, signed),
            }
            return (Publish(values=values), Ring())
        case PutPolicyInForce(number=number, at=at):
            return (MarkPublication(mark="in_force", number=number, at=at), Ring())
        case RefusePublication(number=number, at=at):
            return (MarkPublication(mark="refused", number=number, at=at), Ring())
        case NotePolicyAlarm(version=version, day=day):
            return (NoteAlarm(values={"ref": sealing.keyring.ref("policy-alarm", version, day)}),)


def _record_values(sealing: Sealing, record: PolicyRecord) -> Values:
    return {
        "ref": record.version,
        "revision": record.revision,
        "step": record.step.value,
        "sealed": sealing.seal(sealing.directory_key, POLICY_RECORD, record),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """Replace a version's record by exactly its next revision."""

    values: Values = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The row's."""
        return (row_digest("policy_versions", self.values),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Write it; InvalidRequestError when somebody else was first."""
        query = select(policy_versions.c.revision).where(
            policy_versions.c.ref == self.values["ref"]
        )
        if connection.scalar(query) != int(str(self.values["revision"])) - 1:
            raise InvalidRequestError(_MOVED)
        put(connection, policy_versions, {**self.values, "entry": entry})


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Add the next publication."""

    values: Values = field(repr=False)

    @property
    def digests(self) -> tuple[str, ...]:
        """The row's."""
        return (row_digest("policy_publications", self.values),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Add it; InvalidRequestError when another one took its number."""
        newest = connection.scalar(select(func.max(policy_publications.c.number))) or 0
        if self.values["number"] != newest + 1:
            raise InvalidRequestError(_OVERTAKEN)
        connection.execute(insert(policy_publications), {**self.values, "entry": entry})
        forget_policy(connection)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkPublication:
    """What became of a publication, `in_force` or `refused`; whichever is first, once."""

    mark: str
    number: int
    at: datetime

    @property
    def digests(self) -> tuple[str, ...]:
        """The mark's."""
        return (publication_mark_digest(self.mark, self.number, self.at),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Mark it; DoneAlreadyError when it is marked."""
        table = policy_publications.c
        free = table.in_force_entry.is_(None) & table.refused_entry.is_(None)
        marked = connection.execute(
            update(policy_publications)
            .where(table.number == self.number, free)
            .values({f"{self.mark}_at": self.at, f"{self.mark}_entry": entry})
        )
        if marked.rowcount != 1:
            raise DoneAlreadyError(_DONE)
        forget_policy(connection)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAlarm:
    """That the alarms of one version on one day are in the log."""

    values: Values

    @property
    def digests(self) -> tuple[str, ...]:
        """The row's."""
        return (row_digest("policy_alarms", self.values),)

    def apply(self, connection: Connection, entry: int) -> None:
        """Note it; DoneAlreadyError when another broker did."""
        ref = policy_alarms.c.ref
        if connection.scalar(select(ref).where(ref == self.values["ref"])) is not None:
            raise DoneAlreadyError(_DONE)
        connection.execute(insert(policy_alarms), {**self.values, "entry": entry})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Wake the other brokers when this transaction commits; SQLite's look by themselves."""

    @property
    def digests(self) -> tuple[str, ...]:
        """None: nothing is stored."""
        return ()

    def apply(self, connection: Connection, entry: int) -> None:
        """Ring."""
        del entry
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"NOTIFY {CHANNEL}"))


PolicyWrite = PutNewRow | Advance | Publish | MarkPublication | NoteAlarm | Ring
PolicyWrites = Sequence[PolicyWrite]
