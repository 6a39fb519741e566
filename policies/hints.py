"""What an advocate may be told would change an answer: each was tried on the rules, none guessed.

Only what somebody can find out or do is suggested. Consent is never a hint: "a yes would open
this" is how a survivor comes under pressure. Nor are a conflict, an agreement, a listing or a
count of emergencies: who is told which word opens the door learns what to declare. A fact that
a pack adds is left out until it is named here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Protocol

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.decision import Ruling
from broker.domain.words import UNKNOWN, Outcome
from policies.rules import Rule
from policies.vocabulary import ANY

_FOUND_OUT = {
    "purpose": "what it is for",
    "subject_role": "whose information it is",
    "category": "what kind of information it is",
    "requester_agency": "which agency asks",
    "holder_agency": "which agency holds the record",
    "recipient_agency": "which agency is to receive it",
    "recipient_perpetrator_facing": "whether the recipient works with the perpetrator",
    "risk": "how high the risk is judged to be",
    "child_at_risk": "whether a child is at risk",
    "record_age": "how old the record is",
}
"""Facts that may be found out, and how to say so; suggested only where they are not known."""
_DONE = {
    "reasons": (("recorded",), "the reasons were put on record"),
    "approval": (("manager", "caldicott", "ig-lead"), "a second person approved"),
    "risk_age": (("current",), "the risk were assessed again"),
}
"""Facts that may be brought about: words that say it is done, and how to say so."""


class _Asks(Protocol):
    """Rules that can be asked."""

    def rule(self, facts: Facts) -> Ruling:
        """Answer for one category."""
        ...

    def words(self, fact: str) -> tuple[str, ...]:
        """Return the words that a fact may be."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Something that would widen an answer.

    Args:
        when: the words after "if".
        outcome: the widest answer that then may be given.
        depends: whether that depends on what is found out.

    """

    when: str
    outcome: Outcome
    depends: bool


def hints(policy: _Asks, ruling: Ruling) -> tuple[Hint, ...]:
    """Return what would widen an answer that releases nothing; the fewest things at once."""
    if ruling.outcome.releases:
        return ()
    found = [*_to_find_out(policy, ruling)]
    for several in range(1, len(_DONE) + 1):
        done = [*_to_do(policy, ruling, several)]
        if done:
            return (*done, *found)
    return tuple(found)


def not_known(facts: Facts, deciding: Iterable[Rule]) -> tuple[str, ...]:
    """Return in words what could be found out, is not known, and decided for that reason."""
    looked_at = {
        fact
        for rule in deciding
        for fact, cell in zip(FACT_NAMES, rule.conditions, strict=True)
        if cell != ANY
    }
    return tuple(
        say
        for fact, say in _FOUND_OUT.items()
        if fact in looked_at and _word(facts, fact) == UNKNOWN
    )


def _to_find_out(policy: _Asks, ruling: Ruling) -> Iterator[Hint]:
    for fact, say in _FOUND_OUT.items():
        if _word(ruling.facts, fact) == UNKNOWN:
            answers = ({fact: word} for word in policy.words(fact))
            widest = max((_outcome(policy, ruling, one) for one in answers), key=_width)
            if widest.width > ruling.outcome.width:
                yield Hint(when=f"it were known {say}", outcome=widest, depends=True)


def _to_do(policy: _Asks, ruling: Ruling, several: int) -> Iterator[Hint]:
    """Try so many things at once, each with the word that opens most."""
    undone = [fact for fact, (words, _) in _DONE.items() if _word(ruling.facts, fact) not in words]
    for facts in combinations(undone, several):
        changes: list[Mapping[str, str]] = [{}]
        for fact in facts:
            known = [word for word in _DONE[fact][0] if word in policy.words(fact)]
            changes = [{**one, fact: word} for one in changes for word in known]
        outcomes = [_outcome(policy, ruling, one) for one in changes]
        widest = max(outcomes, key=_width, default=ruling.outcome)
        if widest.width > ruling.outcome.width:
            when = " and ".join(_DONE[fact][1] for fact in facts)
            yield Hint(when=when, outcome=widest, depends=False)


def _outcome(policy: _Asks, ruling: Ruling, change: Mapping[str, str]) -> Outcome:
    return policy.rule(replace(ruling.facts, **change)).outcome


def _word(facts: Facts, fact: str) -> str:
    return str(getattr(facts, fact))


def _width(outcome: Outcome) -> int:
    return outcome.width
