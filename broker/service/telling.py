"""What one entry tells a client's advocate: the sentence, what was withheld and why, what first.

The log holds no sentence of a rule, so the answer is looked up in the very rules that gave it, by
the facts that the entry holds. Where those rules are no longer on file their ids are said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.duties import EMERGENCY
from broker.domain.errors import PolicyLoadError
from broker.domain.ids import PolicyVersion
from broker.domain.ledger import LedgerEntry
from broker.domain.ports import Policy
from broker.domain.words import ConsentStatus, EventKind, Outcome
from broker.service.desk import Desk
from broker.service.sentences import sentence_of
from broker.service.wording import Detail, facts_of, listing, many, rulings_of, word

AGAINST_HER_WISHES = frozenset(
    (
        ConsentStatus.REFUSED,
        ConsentStatus.WITHDRAWN,
        ConsentStatus.NOT_SOUGHT_UNSAFE,
        ConsentStatus.NOT_SOUGHT_IMPRACTICAL,
        ConsentStatus.GIVEN_SUSPECTED_COERCED,
        ConsentStatus.REFUSED_SUSPECTED_COERCED,
        ConsentStatus.LACKS_CAPACITY,
        ConsentStatus.UNKNOWN,
    )
)
"""What is not the client's own free yes: sharing all the same is an override."""

PolicyOf = Callable[[PolicyVersion], Policy | None]


class Attention(StrEnum):
    """Why an advocate reads an entry before the others, most urgent first."""

    EMERGENCY = "emergency"
    OVERRIDE = "override"
    PERPETRATOR_SIDE = "perpetrator-side"
    UNLISTED = "unlisted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """One category that was asked for and not given in writing, and why."""

    category: str
    outcome: str
    rules: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one entry tells.

    Args:
        withheld: only of a decision.
        removed: details taken out, by reason; only of a disclosure.
        attention: why it comes first; None: it does not.

    """

    sentence: str
    withheld: tuple[Withheld, ...] = ()
    removed: tuple[tuple[str, int], ...] = ()
    attention: Attention | None = None


def tell(entry: LedgerEntry, policy_of: PolicyOf) -> Told:
    """Return what an entry tells."""
    return Told(
        sentence=sentence_of(entry),
        withheld=_withheld(entry, policy_of) if entry.kind is EventKind.DECISION else (),
        removed=_removed(entry.detail) if entry.kind is EventKind.DISCLOSURE else (),
        attention=attention_of(entry),
    )


def attention_of(entry: LedgerEntry) -> Attention | None:
    """Return why an entry comes first; an attempt that was turned away does too."""
    if entry.kind is EventKind.REQUEST_REJECTED:
        return Attention.UNLISTED
    if entry.kind is not EventKind.DECISION:
        return None
    given = [facts_of(one) for one in rulings_of(entry.detail) if _releases(one)]
    if word(entry.detail, "purpose") == EMERGENCY:
        return Attention.EMERGENCY
    if any(word(facts, "consent") in AGAINST_HER_WISHES for facts in given):
        return Attention.OVERRIDE
    if any(word(facts, "recipient_perpetrator_facing") != "no" for facts in given):
        return Attention.PERPETRATOR_SIDE
    return None


def policies_of(desk: Desk) -> PolicyOf:
    """Return how to find the rules of a version: those in force, those on file, or none."""
    current, shelf, now = desk.policy, desk.shelf, desk.clock.now()

    def find(version: PolicyVersion) -> Policy | None:
        if version == current.version:
            return current
        files = shelf.store.files(version)
        if files is None and shelf.reader.version_of(shelf.own_files) == version:
            files = shelf.own_files
        if files is None:
            return None
        try:
            return shelf.reader.load(files, now.date())
        except PolicyLoadError:
            return None  # A pack that was good then need not be readable now.

    found: dict[PolicyVersion, Policy | None] = {}

    def once(version: PolicyVersion) -> Policy | None:
        if version not in found:
            found[version] = find(version)
        return found[version]

    return once


def _withheld(entry: LedgerEntry, policy_of: PolicyOf) -> tuple[Withheld, ...]:
    version = PolicyVersion(word(entry.detail, "policy_version"))
    return tuple(
        Withheld(
            category=word(one, "category"),
            outcome=word(one, "outcome"),
            rules=tuple(str(rule) for rule in many(one, "deciding_rules")),
            sentence=_why(one, policy_of(version)),
        )
        for one in rulings_of(entry.detail)
        if not _releases(one)
    )


def _why(ruling: Detail, policy: Policy | None) -> str:
    """Return the rules' own sentence, if they still answer as they did."""
    facts = facts_of(ruling)
    if policy is not None and set(FACT_NAMES) <= set(facts):
        again = policy.rule(Facts(**{name: word(facts, name) for name in FACT_NAMES}))
        if again.outcome.value == word(ruling, "outcome"):
            return again.sentence
    if many(ruling, "unmet"):
        return "Something had to be done before it could be shared, and had not been."
    rules = listing(tuple(str(one) for one in many(ruling, "deciding_rules")))
    return f"The rules said so: {rules}. Ask an IG lead for their words of that time."


def _releases(ruling: Detail) -> bool:
    outcome = word(ruling, "outcome")
    return outcome in tuple(Outcome) and Outcome(outcome).releases


def _removed(detail: Detail) -> tuple[tuple[str, int], ...]:
    counts = detail.get("removed")
    if not isinstance(counts, Mapping):
        return ()
    return tuple(sorted((str(one), n) for one, n in counts.items() if isinstance(n, int)))
