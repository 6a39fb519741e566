"""What policy answers. A *no* is a value, not an exception.

`Permit` is what fetching needs, and only `policies` constructs one.
"""

from dataclasses import dataclass

from broker.domain.context import CaseContext, Facts
from broker.domain.ids import Category, PolicyVersion, RuleId
from broker.domain.request import Requester, ShareRequest
from broker.domain.words import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Policy's answer for one category.

    Args:
        facts: exactly what was looked at; replaying them must give the same answer.
        rules: every rule that matched, sorted; `deciding_rules` are those that set the outcome.
        unmet: obligations that had to be met before release and were not; they turned the outcome
            into refer-human.
        profile: redaction profile such as `P-VICTIM-SAFE`; None only where nothing is released.
        basis: lawful bases and gateways of the deciding rules.
        sentence: the answer in plain English; no personal data.

    """

    category: Category
    outcome: Outcome
    facts: Facts
    rules: tuple[RuleId, ...]
    deciding_rules: tuple[RuleId, ...]
    obligations: tuple[str, ...]
    unmet: tuple[str, ...]
    profile: str | None
    basis: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    requester: Requester
    request: ShareRequest
    context: CaseContext
    rulings: tuple[Ruling, ...]
    policy_version: PolicyVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit(_Decided):
    """Yes, for exactly `grants`; construct only in `policies`."""

    @property
    def grants(self) -> tuple[Ruling, ...]:
        """What may be fetched, redacted and sent."""
        return tuple(one for one in self.rulings if one.outcome.releases)

    @property
    def withheld(self) -> tuple[Ruling, ...]:
        """What was asked for and is not released in writing."""
        return tuple(one for one in self.rulings if not one.outcome.releases)

    @property
    def outcome(self) -> Outcome:
        """The widest outcome among the grants."""
        return max((one.outcome for one in self.grants), key=lambda o: o.width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral(_Decided):
    """A person has to act first: decide, approve, or say it at the meeting."""

    @property
    def outcome(self) -> Outcome:
        """The widest outcome among the rulings: refer-human or permit-verbal-only."""
        return max((one.outcome for one in self.rulings), key=lambda o: o.width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(_Decided):
    """No, because. The requester sees one form of words for every refusal."""

    @property
    def outcome(self) -> Outcome:
        """Always deny."""
        return Outcome.DENY


Decision = Permit | Referral | Refusal
