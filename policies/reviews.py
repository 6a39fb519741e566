"""What happens when nobody looked at a rule again in time.

A rule leans on law and on agreements that change. An overdue review alarms; after its grace the
permission lapses. What a rule holds back never lapses, or neglect would open doors.
"""

from dataclasses import replace
from datetime import date, timedelta

from policies.rules import Effect, Rule

GRACE = timedelta(days=30)
"""Days from the review date until the permission is suspended (domain brief 6.2, story 5)."""


def after_review(rule: Rule, today: date) -> Rule:
    """Return the rule as it is in force today."""
    overdue = today > rule.review + GRACE
    return replace(rule, suspended=overdue and rule.effect is Effect.ALLOW)


def alarm(rule: Rule, today: date) -> str | None:
    """Return what to tell the rule's owner, or None."""
    if today <= rule.review:
        return None
    says = f"{rule.file}:{rule.line}: review {rule.rule_id} ({rule.owner})"
    due = f"it was due on {rule.review.isoformat()}"
    if rule.effect is Effect.DENY:
        return f"{says}; {due}; it stays in force"
    last = (rule.review + GRACE).isoformat()
    then = "its permission is suspended" if today > rule.review + GRACE else "it lapses after"
    return f"{says}; {due}; {then}{'' if then.startswith('its') else ' ' + last}"
