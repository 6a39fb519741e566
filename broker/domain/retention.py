"""How long what is kept, and what stops its destruction.

A term is counted from when a case was closed. What no term speaks of is held for a person: nothing
is destroyed because somebody forgot a line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from broker.domain.errors import InvalidRequestError
from broker.domain.ids import CaseId, PractitionerId, Purpose

NOTHING_ASKED = Purpose("none")
"""Stands for the purpose of a case on which nothing was ever allowed or referred."""


class DataKind(StrEnum):
    """What a term is about. Words of retention.csv and of the log: add, never rename."""

    CASE_FILE = "case-file"
    PACKAGE = "package"
    UNKNOWN_CASE = "unknown-case"
    SPANS = "spans"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One line of the schedule.

    Args:
        purpose: whose cases it is about; None for everything but case files.
        days: after which it is destroyed; None: a person decides.

    """

    term_id: str
    data: DataKind
    purpose: Purpose | None
    days: int | None

    @property
    def length(self) -> timedelta | None:
        """How long it is kept; None: until a person decides."""
        return None if self.days is None else timedelta(days=self.days)


HELD_FOR_A_PERSON = Term(term_id="no-term", data=DataKind.CASE_FILE, purpose=None, days=None)
"""What applies where the schedule has no line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Every term of the policy in force. An empty one destroys nothing."""

    terms: tuple[Term, ...] = ()

    def of(self, data: DataKind) -> timedelta | None:
        """Return how long such data are kept; None: for ever, or until a person decides."""
        line = self.line_of(data)
        return None if line is None else line.length

    def line_of(self, data: DataKind) -> Term | None:
        """Return the line about data that are not case files."""
        return next((one for one in self.terms if one.data is data), None)

    def of_case(self, purposes: Iterable[Purpose]) -> Term:
        """Return the longest term of a case's purposes; one without a line is the longest."""
        lines = {one.purpose: one for one in self.terms if one.data is DataKind.CASE_FILE}
        wanted = sorted(set(purposes)) or [NOTHING_ASKED]
        return max((lines.get(one, HELD_FOR_A_PERSON) for one in wanted), key=_longest)

    @property
    def shortest(self) -> timedelta | None:
        """How long every case is kept, whatever was asked about it; None: there is no term."""
        found = (one.length for one in self.terms if one.data is DataKind.CASE_FILE)
        return min((one for one in found if one is not None), default=None)


def _longest(term: Term) -> timedelta:
    return timedelta.max if term.length is None else term.length


class HoldKind(StrEnum):
    """Why a case may not be destroyed. Stored: add, never rename."""

    LITIGATION = "litigation"
    DEATH_REVIEW = "death-review"
    CHILD_PROTECTION = "child-protection"
    INQUIRY = "inquiry"


class HoldStep(StrEnum):
    """How far a hold has come. Stored: add, never rename."""

    ASKED = "asked"
    PLACED = "placed"
    LIFT_ASKED = "lift-asked"
    LIFTED = "lifted"

    @property
    def stops(self) -> bool:
        """Whether nothing of the case may be destroyed: from the first word to the last."""
        return self is not HoldStep.LIFTED


class HoldVerb(StrEnum):
    """What an IG lead does with a hold."""

    PLACE = "place"
    LIFT = "lift"


HOLD_STEPS: Mapping[tuple[HoldVerb, HoldStep | None], HoldStep] = {
    (HoldVerb.PLACE, None): HoldStep.ASKED,
    (HoldVerb.PLACE, HoldStep.LIFTED): HoldStep.ASKED,
    (HoldVerb.PLACE, HoldStep.ASKED): HoldStep.PLACED,
    (HoldVerb.PLACE, HoldStep.LIFT_ASKED): HoldStep.PLACED,
    (HoldVerb.LIFT, HoldStep.ASKED): HoldStep.LIFT_ASKED,
    (HoldVerb.LIFT, HoldStep.PLACED): HoldStep.LIFT_ASKED,
    (HoldVerb.LIFT, HoldStep.LIFT_ASKED): HoldStep.LIFTED,
}
"""What a verb leads to. It holds from the first person's word on; it ends with the second's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One reason why a case may not be destroyed, and who said so.

    Args:
        revision: counts the changes of this hold, from 1.
        reason: of the newest step but one's own: why it was asked for, or why it is to end.
        by: who took the newest step.
        before: who took the step before it, where two people are needed; None for a first step.

    """

    case_id: CaseId
    kind: HoldKind
    step: HoldStep
    revision: int
    reason: str = field(repr=False)
    by: PractitionerId
    at: datetime
    before: PractitionerId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStatement:
    """What an IG lead says about one hold."""

    case_id: CaseId
    kind: HoldKind
    verb: HoldVerb
    reason: str = field(repr=False)
    by: PractitionerId
    at: datetime


def next_hold(found: Hold | None, said: HoldStatement) -> Hold:
    """Return the hold after somebody placed or lifted it; None was never placed.

    Raises:
        InvalidRequestError: there is nothing to do, or a second person has to do it.

    """
    step = HOLD_STEPS.get((said.verb, None if found is None else found.step))
    if step is None:
        raise InvalidRequestError("The hold stands as you want it already: read the holds again.")
    if found is not None and _needs_another(found.step, step) and found.by == said.by:
        raise InvalidRequestError(
            "You took the step before: a second IG lead has to place or lift this hold."
        )
    return Hold(
        case_id=said.case_id,
        kind=said.kind,
        step=step,
        revision=1 if found is None else found.revision + 1,
        reason=said.reason,
        by=said.by,
        at=said.at,
        before=None if found is None else found.by,
    )


def _needs_another(before: HoldStep, step: HoldStep) -> bool:
    """Whether it takes a second person; whoever asked for an end may take that back alone."""
    confirms = (HoldStep.ASKED, HoldStep.PLACED), (HoldStep.LIFT_ASKED, HoldStep.LIFTED)
    return (before, step) in confirms
