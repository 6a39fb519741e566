"""Says in words why policy answered as it did: with ids for the IG lead, without for the advocate.

Both are made of the pack's own words: facts, rules and vocabulary. Nothing of a case is in them.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from broker.domain.context import FACT_NAMES
from broker.domain.decision import Ruling
from broker.domain.words import UNKNOWN
from policies.decide import PolicySet
from policies.hints import Hint, hints, not_known
from policies.near import NEAREST, NearMiss
from policies.rules import Rule
from policies.rulings import reasons
from policies.vocabulary import ANY

WIDTH = 80
"""Columns of a line: a terminal's, and a printed page's."""
_FITS_SHOWN = 4
"""Words that are listed of those that would have fitted."""


def for_ig_lead(policy: PolicySet, ruling: Ruling) -> str:
    """Return every rule that matched or nearly did, what decided and what follows, with ids."""
    facts = zip(FACT_NAMES, ruling.facts.as_tuple(), strict=True)
    rules = {rule.rule_id: rule for rule in policy.pack.rules}
    lines = [
        f"{ruling.outcome}: {ruling.sentence}",
        f"  facts: {', '.join(f'{name}={word}' for name, word in facts)}",
        *(_rule_line(rules[one], decides=one in ruling.deciding_rules) for one in ruling.rules),
        *_near_lines(policy.nearly(ruling.facts)),
        f"  before release: {_listed(ruling.unmet)}",
        f"  obligations: {_listed(ruling.obligations)}",
        f"  redaction profile: {ruling.profile or 'none'}",
        f"  legal basis: {_listed(ruling.basis)}",
        f"  policy version: {policy.version}",
    ]
    return "\n".join(_wrapped(line, "      ") for line in lines)


def for_advocate(policy: PolicySet, ruling: Ruling) -> str:
    """Return the same in plain English, without a single id."""
    meanings = policy.pack.vocabulary.meanings
    category = meanings["category"][ruling.facts.category]
    if ruling.facts.category == UNKNOWN:
        category = "What was asked for"
    follows = [meanings["obligation"][one] for one in ruling.obligations if one not in ruling.unmet]
    lines = [
        f"{category}: {_lower(meanings['outcome'][ruling.outcome])}.",
        *_bullets("Why:", _reasons(policy, ruling)),
        *_bullets("What goes with it:", follows),
        *_bullets(
            "What would change it:",
            [_hint_line(one, meanings["outcome"][one.outcome]) for one in hints(policy, ruling)],
        ),
        *_unknown_line(policy, ruling),
    ]
    return "\n".join(_wrapped(line, "  ") for line in lines)


def _rule_line(rule: Rule, *, decides: bool) -> str:
    when = ", ".join(
        f"{fact}={cell}"
        for fact, cell in zip(FACT_NAMES, rule.conditions, strict=True)
        if cell != ANY
    )
    role = "decides" if decides else "matches"
    state = ", suspended until its review or paper is in order" if rule.suspended else ""
    return (
        f"  {rule.rule_id} {role}: {rule.effect} {rule.outcome} when {when or 'asked anything'}"
        f" ({rule.file}:{rule.line}, {rule.owner}, review {rule.review.isoformat()}{state})"
    )


def _near_lines(misses: Sequence[NearMiss]) -> Iterator[str]:
    for one in misses[:NEAREST]:
        rule = one.rule
        yield (
            f"  {rule.rule_id} would have matched if {one.fact} were {_fitting(one)};"
            f" it is {one.word} ({rule.effect} {rule.outcome})"
        )
    if len(misses) > NEAREST:
        yield f"  {len(misses) - NEAREST} more rules would have matched but for one fact"


def _fitting(one: NearMiss) -> str:
    if one.fits == (one.cell,):
        return one.cell
    shown, more = one.fits[:_FITS_SHOWN], len(one.fits) - _FITS_SHOWN
    rest = f" and {more} more" if more > 0 else ""
    return f"in {one.cell} ({', '.join(shown)}{rest})"


def _hint_line(hint: Hint, meaning: str) -> str:
    depends = ", depending on the answer" if hint.depends else ""
    return f"If {hint.when}: {_lower(meaning)}{depends}."


def _reasons(policy: PolicySet, ruling: Ruling) -> tuple[str, ...]:
    """Return what the ruling's sentence is made of; a sentence made elsewhere stays whole."""
    said = reasons(ruling.outcome, _deciding(policy, ruling), ruling.unmet)
    return said if " ".join(said) == ruling.sentence else (ruling.sentence,)


def _deciding(policy: PolicySet, ruling: Ruling) -> tuple[Rule, ...]:
    return tuple(rule for rule in policy.pack.rules if rule.rule_id in ruling.deciding_rules)


def _unknown_line(policy: PolicySet, ruling: Ruling) -> Iterator[str]:
    missing = not_known(ruling.facts, _deciding(policy, ruling))
    if missing and not ruling.outcome.releases:
        yield f"Not known, so the cautious answer was assumed: {'; '.join(missing)}."


def _bullets(heading: str, points: Sequence[str]) -> Iterator[str]:
    if points:
        yield heading
        yield from (f"- {one}" for one in points)


def _lower(meaning: str) -> str:
    return meaning[0].lower() + meaning[1:]


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


def _wrapped(line: str, indent: str) -> str:
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
