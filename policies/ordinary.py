"""Picks, among many cases, one that a reader can picture.

A counterexample with `unknown` in every column is right and tells nobody anything, so the words
that most cases of daily work have are preferred.
"""

from collections.abc import Callable, Hashable

from broker.domain.context import Facts
from broker.domain.words import UNKNOWN
from policies.forest import Forest
from policies.grid import LEVELS

ORDINARY = {
    "purpose": ("marac-research", "marac-referral"),
    "agreement": ("signed",),
    "conflict": ("none",),
    "case_listing": ("listed", "emergency"),
    "requester_role": ("agency-spoc", "requester", "idva"),
    "category": ("incident-summary", "risk-assessment", "identity-core"),
    "recipient_perpetrator_facing": ("no",),
    "recipient_agency": ("housing-la", "police", "idva-service"),
    "subject_role": ("victim", "perpetrator", "child"),
    "consent": ("given-explicit", "refused"),
    "risk": ("high",),
    "risk_age": ("current",),
    "requester_agency": ("housing-la", "police", "idva-service"),
    "holder_agency": ("police", "health-acute", "housing-la"),
    "child_at_risk": ("no", "yes"),
    "record_age": ("within-window",),
    "emergency_use": ("first-or-second",),
    "referral_history": ("first",),
    "reasons": ("recorded", "absent"),
    "approval": ("none", "manager"),
}
"""The words to take first, for each fact."""


def ordinary_case(forest: Forest, diagram: int, wanted: Callable[[Hashable], bool]) -> Facts:
    """Return one case whose answer is wanted.

    Raises:
        LookupError: no case has such an answer.

    """
    has = forest.leading_to(diagram, wanted)
    if diagram not in has:
        raise LookupError("No case has such an answer.")
    words: dict[str, str] = {}
    for level, fact in enumerate(LEVELS):
        roads = [(to, some) for to, some in forest.branches(diagram, level) if to in has]
        reachable = 0
        for _, some in roads:
            reachable |= some
        words[fact] = _taken(fact, forest.grid.of_bits(fact, reachable))
        bit = forest.grid.bits(fact, (words[fact],))
        diagram = next(to for to, some in roads if some & bit)
    return Facts(**words)


def _taken(fact: str, possible: tuple[str, ...]) -> str:
    known = [one for one in possible if one != UNKNOWN]
    first = [one for one in ORDINARY.get(fact, ()) if one in possible]
    return (*first, *known, UNKNOWN)[0]
