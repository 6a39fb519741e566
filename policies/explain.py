"""Says in words why policy answered as it did: with ids for the IG lead, without for the advocate.

Both are made of the pack's own words: facts, rules and vocabulary. Nothing of a case is in them.
"""

from collections.abc import Iterable

from broker.domain.context import FACT_NAMES
from broker.domain.decision import Ruling
from broker.domain.words import UNKNOWN
from policies.decide import PolicySet
from policies.rules import Rule
from policies.vocabulary import ANY


def for_ig_lead(policy: PolicySet, ruling: Ruling) -> str:
    """Return every rule that matched, which of them decided, and what follows, with ids."""
    facts = zip(FACT_NAMES, ruling.facts.as_tuple(), strict=True)
    rules = {rule.rule_id: rule for rule in policy.pack.rules}
    lines = [
        f"{ruling.outcome}: {ruling.sentence}",
        f"  facts: {', '.join(f'{name}={word}' for name, word in facts)}",
        *(_rule_line(rules[one], decides=one in ruling.deciding_rules) for one in ruling.rules),
        f"  before release: {_listed(ruling.unmet)}",
        f"  obligations: {_listed(ruling.obligations)}",
        f"  redaction profile: {ruling.profile or 'none'}",
        f"  legal basis: {_listed(ruling.basis)}",
        f"  policy version: {policy.version}",
    ]
    return "\n".join(lines)


def for_advocate(policy: PolicySet, ruling: Ruling) -> str:
    """Return the same in plain English, without a single id."""
    meanings = policy.pack.vocabulary.meanings
    category = meanings["category"][ruling.facts.category]
    if ruling.facts.category == UNKNOWN:
        category = "What was asked for"
    outcome = meanings["outcome"][ruling.outcome]
    follows = [meanings["obligation"][one] for one in ruling.obligations if one not in ruling.unmet]
    told = f" What goes with it: {'; '.join(follows)}." if follows else ""
    return f"{category}: {outcome[0].lower()}{outcome[1:]}. {ruling.sentence}{told}"


def _rule_line(rule: Rule, *, decides: bool) -> str:
    when = ", ".join(
        f"{fact}={cell}"
        for fact, cell in zip(FACT_NAMES, rule.conditions, strict=True)
        if cell != ANY
    )
    role = "decides" if decides else "matches"
    state = ", suspended until it is reviewed" if rule.suspended else ""
    return (
        f"  {rule.rule_id} {role}: {rule.effect} {rule.outcome} when {when or 'asked anything'}"
        f" ({rule.file}:{rule.line}, {rule.owner}, review {rule.review.isoformat()}{state})"
    )


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"
