"""Destroying what was kept: the changes, and what they need of the world (see ports).

Destroying a data key is the whole act. Rows that it sealed go in the same transaction, so that no
digest of anything in them is left to be tried.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NewType, Protocol

from broker.domain.case import Case
from broker.domain.ids import CaseId, CaseTag, DisclosureId
from broker.domain.retention import Hold

Period = NewType("Period", str)
"""A calendar month in UTC, such as `2026-11`: what a key of passing things is made for."""


def period_of(moment: datetime) -> Period:
    """Return the month of a moment."""
    return Period(f"{moment.astimezone(UTC):%Y-%m}")


def end_of(period: Period) -> datetime:
    """Return the first moment after a period."""
    year, month = (int(one) for one in period.split("-"))
    years, month = divmod(month, 12)
    return datetime(year + years, month + 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyToDestroy:
    """A data key that is there, and what was sealed under it.

    Args:
        key_id: SHA-256 hex over the wrapped key; says nothing about whose it is.
        rows: table to number of rows that go with it.
        tag: the case as the log names it; None for a key of passing things.

    """

    key_id: str
    rows: tuple[tuple[str, int], ...]
    tag: CaseTag | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutHold:
    """Add a hold, or its next revision."""

    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseCase:
    """Destroy a case's data key and every row that it sealed, and take its id out of all others.

    Nothing is written where the case is no longer of that version, or is held, or a package of it
    is on its way: InvalidRequestError. Where another broker was first: DoneAlreadyError.
    """

    case_id: CaseId
    version: int
    key: KeyToDestroy


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginPeriod:
    """Make the key and the salt of passing things of one month; DoneAlreadyError if it is made."""

    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePeriod:
    """Destroy the key and the salt of a month, and what was sealed under it."""

    period: Period
    key: KeyToDestroy


@dataclass(frozen=True, slots=True, kw_only=True)
class DropPackage:
    """Forget the bytes of a package; one that still waits is never delivered."""

    disclosure_id: DisclosureId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapping:
    """A data key wrapped anew. The row changes only while it holds `old`."""

    name: str
    old: bytes = field(repr=False)
    new: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewrapKeys:
    """Replace wrapped data keys by the same keys under this month's term key."""

    keys: tuple[Rewrapping, ...] = field(repr=False)


RetentionChange = PutHold | EraseCase | BeginPeriod | ErasePeriod | DropPackage | RewrapKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A key that was destroyed, as the store remembers it."""

    key_id: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPackage:
    """A package whose bytes are kept. `waits`: it was never delivered, and still might be."""

    disclosure_id: DisclosureId
    tag: CaseTag | None
    waits: bool


class Archive(Protocol):
    """What is kept, seen by whoever destroys it. Every read sees what was committed before."""

    def cases(self) -> Iterator[Case]:
        """Yield every case, one at a time."""

    def holds(self) -> tuple[Hold, ...]:
        """Return every hold there ever was on a case that is on file, lifted ones too."""

    def holds_of(self, case_id: CaseId) -> tuple[Hold, ...]:
        """Return every hold there ever was on one case."""

    def key_of_case(self, case: Case) -> KeyToDestroy | None:
        """Return what goes with the case's key; None where the case is gone."""

    def periods(self) -> tuple[Period, ...]:
        """Return the months whose key of passing things is there, oldest first."""

    def key_of_period(self, period: Period) -> KeyToDestroy | None:
        """Return what goes with the month's key; None where it is gone."""

    def packages_before(self, entry: int, limit: int) -> tuple[KeptPackage, ...]:
        """Return packages still kept of disclosures logged before `entry`, oldest first."""

    def keys_to_rewrap(self, limit: int) -> tuple[Rewrapping, ...]:
        """Return data keys that are not wrapped for this month, wrapped anew; none: all are."""

    def rewrap_shared_key(self) -> None:
        """Do the same for the key of what belongs to no case. Not logged: no row is named by it."""

    def forget_spans(self, before: datetime) -> int:
        """Delete kept spans that are older; return how many."""

    def erasures(self, after: int) -> tuple[Erasure, ...]:
        """Return what was destroyed by entries after that index, oldest first."""

    def forget_keys(self, key_ids: Collection[str]) -> None:
        """Drop destroyed keys from this process's memory."""

    def scrub(self) -> bool:
        """Leave nothing of deleted rows in the database's files; False: not now, try again.

        On PostgreSQL it is the server that re-uses the place; see the ADR on erasure.
        """


class TermKeys(Protocol):
    """Keys of one month each, outside the database: a copy of it is worth nothing without them."""

    def begin(self, period: Period) -> bool:
        """Make the month's key; False where it, or a later one, is there already."""

    def kept(self) -> tuple[Period, ...]:
        """Return the months whose keys are there, oldest first."""

    def destroy(self, period: Period) -> None:
        """Destroy a month's key for good; nothing happens where it is gone."""

    def forget_destroyed(self) -> None:
        """Drop keys from this process's memory that another one has destroyed."""


class Certifier(Protocol):
    """Signs what was destroyed, as this broker."""

    def certify(self, statement: bytes) -> bytes:
        """Return our Ed25519 signature over a certificate of destruction."""
