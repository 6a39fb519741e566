"""Turns what the rules say into a ruling: obligations, profile, basis and the sentence."""

from collections.abc import Iterable

from broker.domain.context import Facts
from broker.domain.decision import Ruling
from broker.domain.ids import Category, RuleId
from broker.domain.words import ApprovalKind, Outcome
from policies.rules import Effect, Rule
from policies.table import Verdict
from policies.vocabulary import SECOND_PERSON, WRITTEN_REASONS

NOT_SERVED = "The broker does not share for this purpose, so nothing is shared."
NO_RULE = "No rule covers this, so a person decides."
_APPROVALS = (ApprovalKind.MANAGER, ApprovalKind.CALDICOTT, ApprovalKind.IG_LEAD)
_REACHES_PEOPLE = frozenset(one for one in Outcome if one.width > Outcome.REFER_HUMAN.width)
_COMES_FIRST = {
    WRITTEN_REASONS: "The reasons must be on record first.",
    SECOND_PERSON: "A second person must approve first.",
}


def ruling_of(facts: Facts, verdict: Verdict) -> Ruling:
    """Return the ruling: what reaches people needs a rule that gives it and its conditions met."""
    outcome, deciding = verdict.outcome, verdict.deciding
    if outcome in _REACHES_PEOPLE and not any(rule.gives for rule in verdict.matched):
        # The table cannot say this. If it ever does, it is broken, and then the answer is no.
        outcome, deciding = Outcome.DENY, ()
    obligations = _obligations(outcome, verdict)
    unmet = _unmet(obligations, facts) if outcome in _REACHES_PEOPLE else ()
    if unmet:
        outcome = Outcome.REFER_HUMAN
        deciding = tuple(
            one for one in verdict.matched if not set(unmet).isdisjoint(one.obligations)
        )
    return Ruling(
        category=Category(facts.category),
        outcome=outcome,
        facts=facts,
        rules=_ids(verdict.matched),
        deciding_rules=_ids(deciding),
        obligations=obligations,
        unmet=unmet,
        profile=_profile(verdict.matched) if outcome.releases else None,
        basis=_basis(outcome, verdict, deciding),
        sentence=" ".join(reasons(outcome, deciding, unmet)),
    )


def _obligations(outcome: Outcome, verdict: Verdict) -> tuple[str, ...]:
    """Return the obligations of every matching rule, or where nothing is given, of those that bind.

    A wider rule that a narrower one caps still binds: what it asks for first is asked for first.
    """
    binding = verdict.matched
    if outcome is Outcome.DENY:
        binding = verdict.deciding
    elif outcome not in _REACHES_PEOPLE:
        # By id: rules compare by every cell, and a large pack has many that match.
        deciding = {one.rule_id for one in verdict.deciding}
        binding = tuple(
            one for one in binding if one.rule_id in deciding or one.effect is Effect.DENY
        )
    return tuple(sorted({word for rule in binding for word in rule.obligations}))


def _unmet(obligations: tuple[str, ...], facts: Facts) -> tuple[str, ...]:
    met = {
        WRITTEN_REASONS: facts.reasons == "recorded",
        SECOND_PERSON: facts.approval in _APPROVALS,
    }
    return tuple(one for one in obligations if not met.get(one, True))


def _profile(rules: tuple[Rule, ...]) -> str:
    return " ".join(sorted({name for rule in rules for name in rule.profiles}))


def _basis(outcome: Outcome, verdict: Verdict, deciding: tuple[Rule, ...]) -> tuple[str, ...]:
    """Return the bases of the deciding rules and, where something is given, of what gives it."""
    giving = tuple(one for one in verdict.matched if one.gives and outcome in _REACHES_PEOPLE)
    return tuple(
        sorted({word for one in (*deciding, *giving) for word in one.basis + one.gateways})
    )


def _ids(rules: tuple[Rule, ...]) -> tuple[RuleId, ...]:
    return tuple(sorted(rule.rule_id for rule in rules))


def reasons(outcome: Outcome, deciding: Iterable[Rule], unmet: tuple[str, ...]) -> tuple[str, ...]:
    """Return why, one sentence or a few for each different reason."""
    said = [rule.text for rule in deciding] + [_COMES_FIRST[one] for one in unmet]
    if not said:
        said = [NOT_SERVED if outcome is Outcome.DENY else NO_RULE]
    return tuple(dict.fromkeys(said))
