"""Where a number becomes a word. Each partnership sets its own; policies/thresholds.csv says them.

The fields are the names of that file with `_` for `-`: add, never rename. The values here are what
a pack starts from, with the source of each, so that a test or a tool has something to stand on.
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The thresholds in force.

    Args:
        visible_high_ticks: ticks on the checklist from which a risk counts as high at least
            (SafeLives Dash, 24 questions).
        escalation_incidents: police-reported incidents in twelve months from which a risk counts
            as high at least (SafeLives referral template: 3; Wolverhampton: 5).
        repeat_months: months after the last referral in which a new incident makes a repeat case
            (SafeLives definition of a repeat).
        risk_stale_days: days after which an assessment is stale; any incident makes it stale too
            (proposed default, domain brief 2.5).
        relevance_window_days: days back that a record is recent enough without reasons; five
            years, leap days counted (proposed default, R27).
        unbounded_request_days: days back from which a request counts as one for everything;
            twenty years (proposed default, S11).
        flag_days: days after the last referral in which a file stays flagged (SafeLives flag and
            tag, R31).
        meeting_close_days: days after a meeting when its list is closed, whatever day was recorded
            for it (proposed default, R07 and R29).
        emergency_limit: emergency releases by one person from which a lead looks (E03).
        emergency_window_days: days in which those are counted (E03).

    """

    visible_high_ticks: int = 14
    escalation_incidents: int = 3
    repeat_months: int = 12
    risk_stale_days: int = 28
    relevance_window_days: int = 1826
    unbounded_request_days: int = 7305
    flag_days: int = 365
    meeting_close_days: int = 14
    emergency_limit: int = 3
    emergency_window_days: int = 30


THRESHOLD_NAMES: tuple[str, ...] = tuple(one.name for one in fields(Thresholds))
