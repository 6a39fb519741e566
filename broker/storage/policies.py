"""Policy versions and publications, read (policy_ports.PolicyStore)."""

import json
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zlib import decompressobj
from zlib import error as NotCompressed  # noqa: N812  # its own name says nothing

from sqlalchemy import Engine, bindparam, func, select

from broker.domain.errors import CustodyError, LedgerVerificationError
from broker.domain.ids import PolicyVersion
from broker.domain.policy import PolicyFiles, PolicyRecord, SignedPublication, StoredPublication
from broker.domain.policy_ports import PolicyBell
from broker.ledger.entry import parse_entry
from broker.storage.engine import is_sqlite, read_rows
from broker.storage.sealing import (
    COMMITTED,
    POLICY_RECORD,
    PUBLICATION,
    Sealing,
    check_same_row,
    publication_mark_digest,
    row_digest,
    written_by,
)
from broker.storage.tables import (
    AnyRow,
    log_entries,
    policy_files,
    policy_publications,
    policy_versions,
)

MAX_PACK_BYTES = 64 * 1024 * 1024
"""What a stored pack may unfold to: eight times the largest that is taken in (api.limits)."""
MARKS = ("in_force", "refused")

_RECORD = select(policy_versions.c.sealed).where(policy_versions.c.ref == bindparam("ref"))
_RECORDS = select(policy_versions.c.ref, policy_versions.c.sealed)
_FILES = select(policy_files.c.content).where(policy_files.c.ref == bindparam("ref"))
_WROTE, _IN_FORCE, _REFUSED = (log_entries.alias(name) for name in ("wrote", *MARKS))
_PUBLICATIONS = (
    select(
        policy_publications,
        _WROTE.c.canonical.label("wrote"),
        _IN_FORCE.c.canonical.label("wrote_in_force"),
        _REFUSED.c.canonical.label("wrote_refused"),
    )
    .outerjoin(_WROTE, _WROTE.c.index == policy_publications.c.entry)
    .outerjoin(_IN_FORCE, _IN_FORCE.c.index == policy_publications.c.in_force_entry)
    .outerjoin(_REFUSED, _REFUSED.c.index == policy_publications.c.refused_entry)
    .order_by(policy_publications.c.number.desc())
)
_STEPS = (
    policy_versions.c.entry,
    policy_publications.c.entry,
    policy_publications.c.in_force_entry,
    policy_publications.c.refused_entry,
)
_PULSE = select(*(select(func.coalesce(func.max(one), -1)).scalar_subquery() for one in _STEPS))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPolicies:
    """Reads what is committed, every time."""

    sealing: Sealing
    readers: Engine

    def record(self, version: PolicyVersion) -> PolicyRecord | None:
        """Return a version's record, or None."""
        for (sealed,) in read_rows(self.readers, _RECORD, ref=version):
            return self._record(version, sealed)
        return None

    def records(self) -> tuple[PolicyRecord, ...]:
        """Return the record of every version, newest draft first."""
        found = [self._record(row.ref, row.sealed) for row in read_rows(self.readers, _RECORDS)]
        return tuple(sorted(found, key=lambda one: one.drafted_at, reverse=True))

    def files(self, version: PolicyVersion) -> PolicyFiles | None:
        """Return the files as they are stored, unchecked; None where they cannot be read."""
        for (content,) in read_rows(self.readers, _FILES, ref=version):
            return _unpack(content)
        return None

    def publications(self) -> tuple[StoredPublication, ...]:
        """Return every publication, newest first, damaged ones too."""
        return tuple(self._publication(row) for row in read_rows(self.readers, _PUBLICATIONS))

    def pulse(self) -> tuple[int, ...]:
        """Return numbers that change with every step of every version."""
        (row,) = read_rows(self.readers, _PULSE)
        return tuple(int(newest) for newest in row)

    @contextmanager
    def bell(self) -> Iterator[PolicyBell]:
        """Start listening for changes, for one thread."""
        if is_sqlite(self.readers):
            yield _Pause()
            return
        # Its driver takes ten megabytes, which a broker on SQLite does not need.
        from broker.storage.listening import PostgresBell  # noqa: PLC0415

        bell = PostgresBell(self.readers.url)
        try:
            yield bell
        finally:
            bell.close()

    def _record(self, version: str, sealed: bytes) -> PolicyRecord:
        found = self.sealing.open_shared(POLICY_RECORD, sealed)
        check_same_row(version, found.version)
        return found

    def _publication(self, row: AnyRow) -> StoredPublication:
        return StoredPublication(
            number=row.number,
            version=PolicyVersion(row.version),
            effective_at=row.effective_at,
            signed=self._signed(row.sealed),
            as_logged=_as_logged(row),
            in_force_at=row.in_force_at,
            refused_at=row.refused_at,
        )

    def _signed(self, sealed: bytes) -> SignedPublication | None:
        try:
            return self.sealing.open_shared(PUBLICATION, sealed)
        except (CustodyError, LedgerVerificationError):
            return None


class _Pause:
    """SQLite tells nobody anything: whoever waits looks again by themselves."""

    def wait(self, seconds: float) -> None:
        """Return after `seconds`."""
        time.sleep(seconds)


def _as_logged(row: AnyRow) -> bool:
    """Whether a publication and its marks are what their entries vouch for."""
    values = {name: getattr(row, name) for name in COMMITTED["policy_publications"]}
    if row_digest("policy_publications", values) not in _written(row.wrote):
        return False
    return all(_mark_holds(row, mark) for mark in MARKS)


def _mark_holds(row: AnyRow, mark: str) -> bool:
    at: datetime | None = getattr(row, f"{mark}_at")
    entry: int | None = getattr(row, f"{mark}_entry")
    if at is None or entry is None:
        return at is None and entry is None
    digest = publication_mark_digest(mark, row.number, at)
    return digest in _written(getattr(row, f"wrote_{mark}"))


def _written(canonical: bytes | None) -> tuple[str, ...]:
    try:
        return () if canonical is None else written_by(parse_entry(canonical))
    except LedgerVerificationError:
        return ()


def _unpack(content: bytes) -> PolicyFiles | None:
    """Undo `policy_rows.pack_files`; None for what it did not write."""
    try:
        unfolding = decompressobj()
        found = json.loads(unfolding.decompress(content, MAX_PACK_BYTES))
        return {str(name): b64decode(one, validate=True) for name, one in found["files"].items()}
    except (NotCompressed, NotBase64, ValueError, KeyError, TypeError, AttributeError):
        return None
