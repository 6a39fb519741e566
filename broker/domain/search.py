"""Looking things up in the disclosure log: what can be asked for, and one page of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from broker.domain.ids import AgencyKind, CaseTag, Purpose, RuleId
from broker.domain.ledger import InclusionProof, LedgerEntry
from broker.domain.words import EventKind, Outcome

Position = tuple[datetime, int]
"""Moment and index of an entry: where a page begins, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What entries must be like; everything that is set must hold, nothing set means all.

    Args:
        since: the earliest moment.
        until: the first moment that is too late.
        agency_kind: of whoever asked, held, received, reviewed or was turned away.
        rule: among the rules that matched in a decision, whether or not it decided.
        after: the last entry of the page before.

    """

    kind: EventKind | None = None
    purpose: Purpose | None = None
    outcome: Outcome | None = None
    agency_kind: AgencyKind | None = None
    rule: RuleId | None = None
    case_tag: CaseTag | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: Position | None = None

    @property
    def filters(self) -> tuple[str, ...]:
        """The names of what is set."""
        names = ("kind", "purpose", "outcome", "agency_kind", "rule", "case_tag", "since", "until")
        return tuple(one for one in names if getattr(self, one) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page, newest first.

    Args:
        next: where the following page begins; None after the last. A page may be short, or empty,
            and still have one: looking is bounded.
        searched: so many entries, from the first, were looked at; the rest is not indexed yet.

    """

    entries: tuple[LedgerEntry, ...]
    next: Position | None
    searched: int


class LogSearch(Protocol):
    """Finds entries. What it keeps for that follows from the log alone and can be made anew."""

    def follow(self) -> int:
        """Index some entries that were not yet; return how many. 0: all there are."""

    def find(self, search: Search, limit: int) -> Found:
        """Return one page; the time it takes does not grow with the log."""

    def proofs(self, indexes: Sequence[int], size: int) -> tuple[InclusionProof, ...]:
        """Return the audit path of each entry in the tree of `size`, read at once.

        Raises:
            LedgerError: an index is not below the size.

        """
