"""Rules again on recorded facts: who would have got something else under another pack.

It takes what the log holds and nothing else, so that anybody with an exported log and a pack gets
the same answer. A fact that a decision did not record, because it came later, reads as `unknown`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import cast

from broker.domain.context import Facts
from broker.domain.decision import Ruling
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import CaseTag, PolicyVersion, RuleId
from broker.domain.ledger import LedgerEntry
from broker.domain.words import EventKind, Outcome
from policies.decide import PolicySet, load, without_case

TERMS = ("obligations", "unmet", "profile", "basis")
"""What goes with an outcome: other terms are another answer."""
_NEWER = (
    "Entry {index} was recorded by another version of the broker than this one: replay with it."
)


class Difference(StrEnum):
    """How an answer differs from the recorded one, seen from those who asked."""

    NEWLY_ALLOWED = "newly allowed"
    NEWLY_REFUSED = "newly refused"
    NEWLY_TO_A_PERSON = "newly to a person"
    MORE_RELEASED = "more released"
    LESS_RELEASED = "less released"
    TERMS_ONLY = "other terms only"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was, or would be, answered for one category."""

    outcome: Outcome
    deciding_rules: tuple[RuleId, ...]
    obligations: tuple[str, ...]
    unmet: tuple[str, ...]
    profile: str | None
    basis: tuple[str, ...]

    @classmethod
    def of(cls, ruling: Ruling) -> "Answer":
        """Return what a ruling answers."""
        return cls(
            outcome=ruling.outcome,
            deciding_rules=ruling.deciding_rules,
            obligations=ruling.obligations,
            unmet=ruling.unmet,
            profile=ruling.profile,
            basis=ruling.basis,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One category of one recorded decision.

    Args:
        entry: position in the log.
        case: the case as the log names it.
        case_open: whether the requester might know of the case; without, the answer is no.

    """

    entry: int
    case: CaseTag | None
    day: date
    policy_version: PolicyVersion
    case_open: bool
    facts: Facts
    answer: Answer

    def ruled_by(self, policy: PolicySet) -> Answer:
        """Return what a pack answers to the same facts."""
        ruling = policy.rule(self.facts)
        return Answer.of(ruling if self.case_open else without_case(ruling))


def recorded(entry: LedgerEntry) -> tuple[Recorded, ...]:
    """Return what a decision's entry records, category by category; nothing for other entries.

    Raises:
        InvalidRequestError: it holds a fact or an outcome that this broker does not know.

    """
    if entry.kind is not EventKind.DECISION:
        return ()
    try:
        rulings = cast("tuple[Mapping[str, object], ...]", entry.detail["rulings"])
        return tuple(_recorded(entry, one) for one in rulings)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRequestError(_NEWER.format(index=entry.index)) from error


def _recorded(entry: LedgerEntry, ruling: Mapping[str, object]) -> Recorded:
    return Recorded(
        entry=entry.index,
        case=entry.case_tag,
        day=entry.at.date(),
        policy_version=PolicyVersion(str(entry.detail["policy_version"])),
        case_open=entry.detail.get("case_open") is not False,
        facts=Facts(**cast("Mapping[str, str]", ruling["facts"])),
        answer=_answer(ruling),
    )


def difference(old: Answer, new: Answer) -> Difference:
    """Return how the new answer differs; the ids of the deciding rules alone are no difference."""
    if old.outcome is new.outcome:
        same = all(getattr(old, one) == getattr(new, one) for one in TERMS)
        return Difference.SAME if same else Difference.TERMS_ONLY
    if new.outcome is Outcome.DENY:
        return Difference.NEWLY_REFUSED
    if new.outcome is Outcome.REFER_HUMAN:
        return Difference.NEWLY_TO_A_PERSON
    if old.outcome.width <= Outcome.REFER_HUMAN.width:
        return Difference.NEWLY_ALLOWED
    wider = new.outcome.width > old.outcome.width
    return Difference.MORE_RELEASED if wider else Difference.LESS_RELEASED


def _answer(ruling: Mapping[str, object]) -> Answer:
    listed = {
        name: cast("tuple[str, ...]", ruling[name])
        for name in ("deciding_rules", "obligations", "unmet", "basis")
    }
    return Answer(
        outcome=Outcome(cast("str", ruling["outcome"])),
        deciding_rules=tuple(RuleId(one) for one in listed["deciding_rules"]),
        obligations=listed["obligations"],
        unmet=listed["unmet"],
        profile=cast("str | None", ruling["profile"]),
        basis=listed["basis"],
    )


class AsItWas:
    """A pack as it was in force on each day of a log.

    A permission that nobody reviewed in time lapses on a day and does not come back by itself, so
    that two days with the same permissions lapsed have all days between them alike.
    """

    def __init__(self, directory: Path, last_day: date, *, area: str | None = None) -> None:
        """Read the pack as on the last day of the log.

        Raises:
            PolicyLoadError: it cannot be read as written.

        """
        self._directory = directory
        self._area = area
        self._loaded = {last_day: load(directory, today=last_day, area=area)}
        self.version = self._loaded[last_day].version

    def on(self, day: date) -> PolicySet:
        """Return the pack as it was on a day."""
        if day in self._loaded:
            return self._loaded[day]
        before = max((one for one in self._loaded if one < day), default=None)
        after = min((one for one in self._loaded if one > day), default=None)
        if before is None or after is None:
            return self._load(day)
        if _lapsed(self._loaded[before]) == _lapsed(self._loaded[after]):
            return self._loaded.setdefault(day, self._loaded[before])
        self._load(before + timedelta(days=(after - before).days // 2))
        return self.on(day)

    def _load(self, day: date) -> PolicySet:
        return self._loaded.setdefault(day, load(self._directory, today=day, area=self._area))


def _lapsed(policy: PolicySet) -> frozenset[RuleId]:
    return frozenset(rule.rule_id for rule in policy.pack.rules if rule.suspended)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a replay has counted so far.

    Args:
        proved: per recorded pack, how many answers it gives again; a pack that is not at hand is
            not in it.

    """

    decisions: int = 0
    differences: Counter[Difference] = field(default_factory=Counter)
    recorded_under: Counter[PolicyVersion] = field(default_factory=Counter)
    proved: Counter[PolicyVersion] = field(default_factory=Counter)

    @property
    def changed(self) -> int:
        """How many answers would be others."""
        return self.differences.total() - self.differences[Difference.SAME]

    def unproved(self, packs: Mapping[PolicyVersion, AsItWas]) -> int:
        """How many recorded answers a pack at hand does not give again."""
        return sum(self.recorded_under[one] - self.proved[one] for one in packs)
