"""What a pack can be held to: the kinds of property that properties.yaml may state.

Each says something about every case, and none of them can be true for want of rules alone: what
protects by forbidding everything is found out by `possible` and `covered`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from broker.domain.words import Outcome
from policies.problems import Place

Words = Mapping[str, tuple[str, ...]]
"""Words of some facts; a fact that is not named may be anything."""


class Measure(StrEnum):
    """By what one answer is wider than another."""

    OUTCOME = "outcome"
    REACHES = "what-reaches-anybody"
    ALONE = "what-is-released-without-a-person"
    DUTIES = "obligations"

    def of(self, outcome: Outcome, obligations: tuple[str, ...] = ()) -> "Width":
        """Return how wide an answer is by this measure: how far, and under which obligations."""
        if self is Measure.OUTCOME:
            return Width(reach=outcome.width)
        least = Outcome.PERMIT_VERBAL_ONLY if self is Measure.ALONE else Outcome.REFER_HUMAN
        reach = max(outcome.width - least.width, 0)
        return Width(reach=reach, duties=frozenset(obligations if self is Measure.DUTIES else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """How wide an answer is. One that says or sends as much and asks for less is wider too."""

    reach: int
    duties: frozenset[str] = frozenset()

    def is_wider_than(self, other: "Width") -> bool:
        """Whether this answer gives away something that the other keeps."""
        if self.duties or other.duties:
            return 0 < other.reach <= self.reach and not other.duties <= self.duties
        return self.reach > other.reach


class When(StrEnum):
    """Which answers must carry what is required."""

    IN_WRITING = "released-in-writing"
    GIVEN = "said-or-released"
    REFERRED = "referred-to-a-person"
    REFUSED = "refused"

    def fits(self, outcome: Outcome) -> bool:
        """Whether an answer is one of those meant."""
        if self is When.IN_WRITING:
            return outcome.releases
        if self is When.GIVEN:
            return outcome.width > Outcome.REFER_HUMAN.width
        return outcome is (Outcome.DENY if self is When.REFUSED else Outcome.REFER_HUMAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The cases that a property speaks of: those of `where` that are in no `unless`."""

    where: Words
    unless: tuple[Words, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """No case gets anything wider."""

    cases: Cases
    wider_than: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Always:
    """Every case gets that much."""

    cases: Cases
    at_least: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Requires:
    """Every such answer carries these obligations and is redacted at least like this.

    Args:
        any_profile: it must name a redaction profile, whichever.

    """

    cases: Cases
    when: When
    obligations: tuple[str, ...]
    profiles: tuple[str, ...]
    any_profile: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverWider:
    """Changing a fact to one of some words never widens the answer.

    Args:
        to: words by fact; each of the facts is changed by itself.
        only_from: the words that it had before; a fact that is not named may have had any.

    """

    cases: Cases
    to: Words
    only_from: Words
    measure: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDifference:
    """Which of some words a fact has makes no difference."""

    cases: Cases
    among: Words
    measure: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Every served purpose has its core categories here, and an `allow` that decides about each."""

    categories: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """Some case gets that much, for each combination of the words of some facts."""

    cases: Cases
    at_least: Outcome
    for_each: Words


Claim = Never | Always | Requires | NeverWider | NoDifference | Covered | Possible


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One promise. `says` is the sentence that an IG lead reads, `why` names its source."""

    property_id: str
    says: str
    why: str
    claim: Claim
    place: Place
