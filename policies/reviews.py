"""What happens when nobody looked at a rule, or renewed a paper it leans on, in time.

Thirty days ahead somebody is told. Afterwards the permission lapses: of a paper at once, because
there is no lawful sharing without it; of a review after a grace. What a rule holds back never
lapses, or neglect would open doors.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from policies.legal import Flow, Paper, Register, leaned_on
from policies.rules import Effect, Rule
from policies.thresholds import Threshold

NOTICE = timedelta(days=30)
"""Days before a date from which its owner is told (domain brief 6.2, story 5)."""
GRACE = timedelta(days=30)
"""Days from a review date until the permission is suspended (domain brief 6.2, story 5)."""


def in_force(rules: Iterable[Rule], register: Register, today: date) -> tuple[Rule, ...]:
    """Return the rules as they are today: those that lapsed hold back and give nothing."""
    lapsed = {key for key, flow in register.items() if _has_lapsed(flow, today)}
    return tuple(_as_of(one, register, lapsed, today) for one in rules)


def alarms_of(
    rules: Iterable[Rule],
    register: Register,
    thresholds: Mapping[str, Threshold],
    today: date,
) -> tuple[str, ...]:
    """Return what to tell the owners of rules, papers and thresholds today."""
    leaning: dict[Flow, list[str]] = {}
    rules = tuple(rules)
    for rule in rules:
        for flow in leaned_on(rule, register):
            leaning.setdefault(flow, []).append(rule.rule_id)
    said = [_on_rule(rule, today) for rule in rules]
    for flow, ids in leaning.items():
        said += _on_flow(flow, " ".join(ids), today)
    said += [_on_threshold(one, today) for one in thresholds.values()]
    return tuple(one for one in said if one is not None)


def _as_of(rule: Rule, register: Register, lapsed: set[tuple[str, str]], today: date) -> Rule:
    if rule.effect is Effect.DENY:
        return rule
    late = today > rule.review + GRACE
    without = any((one.purpose, one.basis) in lapsed for one in leaned_on(rule, register))
    return replace(rule, suspended=True) if late or without else rule


def _has_lapsed(flow: Flow, today: date) -> bool:
    return today > flow.review + GRACE or any(today > one.until for one in flow.papers)


def _on_rule(rule: Rule, today: date) -> str | None:
    says = f"{rule.file}:{rule.line}: review {rule.rule_id} ({rule.owner})"
    if rule.effect is Effect.DENY:
        return due(says, rule.review, today, late="it stays in force", lapsed="it stays in force")
    last = (rule.review + GRACE).isoformat()
    late = f"it lapses after {last}"
    return due(says, rule.review, today, late=late, lapsed="its permission is suspended")


def _on_threshold(one: Threshold, today: date) -> str | None:
    name = one.name.replace("_", "-")
    says = f"{one.file}:{one.line}: review the threshold {name} ({one.owner})"
    stays = "its value stays in force"
    return due(says, one.review, today, late=stays, lapsed=stays)


def _on_flow(flow: Flow, ids: str, today: date) -> Iterator[str | None]:
    where = f"{flow.file}:{flow.line}"
    what = f"for {flow.purpose} on {flow.basis} ({flow.owner})"
    last = (flow.review + GRACE).isoformat()
    late = f"these rules give nothing after {last}: {ids}"
    lapsed = f"until then these rules give nothing: {ids}"
    yield due(f"{where}: review the flow {what}", flow.review, today, late=late, lapsed=lapsed)
    for paper in flow.papers:
        yield _on_paper(
            f"{where}: renew {paper.reference}, the {paper.called} {what}", paper, ids, today
        )


def _on_paper(says: str, paper: Paper, ids: str, today: date) -> str | None:
    day = paper.until.isoformat()
    if today > paper.until:
        return f"{says}; it ended on {day}; until it is renewed these rules give nothing: {ids}"
    if today >= paper.until - NOTICE:
        return f"{says}; it ends on {day}; after that these rules give nothing: {ids}"
    return None


def due(says: str, review: date, today: date, *, late: str, lapsed: str) -> str | None:
    """Return the sentence to tell an owner; None while there is nothing to tell.

    Args:
        says: where and what, and whose it is.
        review: by when somebody looks at it again.
        today: the day it is.
        late: what follows within the grace.
        lapsed: what follows after it.

    """
    day = review.isoformat()
    if today > review + GRACE:
        return f"{says}; it was due on {day}; {lapsed}"
    if today > review:
        return f"{says}; it was due on {day}; {late}"
    return f"{says}; it is due on {day}" if today >= review - NOTICE else None
