"""Watches the log as it grows: follows it for searches, and raises the alerts of alerts.csv.

Where an alert falls follows from the log and the line alone, and an alert's id from both: whoever
looks again, after a crash or on another broker, finds it raised. If we crash between raising and
noting how far we came, the same entries are looked at again, and nothing is raised twice.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from threading import Event

from broker.domain.alert import Alert, AlertId, AlertRule, PutAlert, Watch
from broker.domain.duties import EMERGENCY
from broker.domain.errors import BrokerError, InvalidRequestError
from broker.domain.ids import AgencyKind, CaseTag
from broker.domain.ledger import LedgerEntry
from broker.domain.ports import LedgerReader
from broker.domain.words import CaseListing, Conflict, EventKind, Outcome
from broker.domain.working_time import in_office_hours
from broker.ledger import alert_events
from broker.service.desk import Desk
from broker.service.wording import Detail, facts_of, rulings_of, word

BATCH = 200
"""Entries looked at between two notes of how far we came."""
PAUSE_SECONDS = 5.0
"""Between two looks at a log that has not grown."""
_ID_DIGITS = 32
_VIEWS = frozenset(
    (
        EventKind.DECISION,
        EventKind.DISCLOSURE_READ,
        EventKind.LOG_SEARCHED,
        EventKind.LOG_EXPORTED,
        EventKind.REVIEW_READ,
    )
)
"""Asking and looking. An advocate's reading of her own client's timeline is her work."""
_SIDES = ("requester", "reviewer")
_log = logging.getLogger(__name__)


def watch_log(desk: Desk) -> int:
    """Look at some entries that were not yet; return how many."""
    followed = desk.search.follow()
    start = desk.alerts.unwatched()
    entries, cases = desk.log.entries(start, BATCH), _Cases(desk.log)
    for entry in entries:
        for rule in desk.policy.alerts:
            if _falls_here(cases, rule, entry):
                _raise(desk, rule, entry)
    if entries:
        desk.alerts.watched(start, start + len(entries))
    return max(followed, len(entries))


def watch_log_until(desk: Desk, stopped: Event) -> None:
    """Keep doing so until told to stop; what fails is tried again."""
    failing = False
    while not stopped.is_set():
        try:
            seen = watch_log(desk)
        except BrokerError as error:
            if not failing:
                _log.error("The log cannot be watched: %s", error)
            failing, seen = True, 0
        else:
            failing = False
        if not seen:
            stopped.wait(PAUSE_SECONDS)


class _Cases:
    """Where counts are full in the cases of one look; each case is read and counted once.

    Somebody who tries a thousand times makes a case of a thousand entries: read anew for each of
    them, a million.
    """

    def __init__(self, log: LedgerReader) -> None:
        self._log = log
        self._entries: dict[CaseTag, tuple[LedgerEntry, ...]] = {}
        self._full: dict[tuple[AlertRule, CaseTag, str | None], set[int]] = {}

    def full(self, rule: AlertRule, tag: CaseTag, who: str | None) -> set[int]:
        """Return the entries with which somebody's count in a case was full."""
        asked = (rule, tag, who)
        if asked not in self._full:
            if tag not in self._entries:
                self._entries[tag] = self._log.entries_of_case(tag)
            matches = _MATCHES[rule.watch]
            counted = (one for one in self._entries[tag] if matches(one))
            self._full[asked] = _full(
                rule, (one for one in counted if _who(rule.watch, one) == who)
            )
        return self._full[asked]


def _falls_here(cases: _Cases, rule: AlertRule, entry: LedgerEntry) -> bool:
    """Whether a line's count is full with this entry.

    The count begins anew after each alert, so that one row of entries raises one.
    """
    if not _MATCHES[rule.watch](entry):
        return False
    if rule.count == 1:
        return True
    if entry.case_tag is None:
        return False  # Only what is about one case is counted.
    return entry.index in cases.full(rule, entry.case_tag, _who(rule.watch, entry))


def _full(rule: AlertRule, entries: Iterable[LedgerEntry]) -> set[int]:
    """Return the entries with which a count was full."""
    recent: list[datetime] = []
    found: set[int] = set()
    for one in entries:
        recent = [*(at for at in recent if one.at - at < rule.within), one.at]
        if len(recent) >= rule.count:
            found.add(one.index)
            recent = []
    return found


def _raise(desk: Desk, rule: AlertRule, entry: LedgerEntry) -> None:
    alert = Alert(
        alert_id=alert_id_of(rule.rule_id, entry),
        rule_id=rule.rule_id,
        watch=rule.watch,
        count=rule.count,
        tell=rule.tell,
        case_tag=entry.case_tag,
        agency_kind=_agency_kind(entry),
        trigger=entry.index,
        raised_at=desk.clock.now(),
    )
    try:
        desk.ledger.record(alert_events.raised(alert), PutAlert(alert=alert))
    except InvalidRequestError:
        _log.info("Alert %s was raised before", alert.alert_id)


def alert_id_of(rule_id: str, entry: LedgerEntry) -> AlertId:
    """Return how an alert is called: the same on every broker."""
    made = sha256(b"marac-alert-v1|" + rule_id.encode() + b"|" + entry.leaf_hash).hexdigest()
    return AlertId(made[:_ID_DIGITS])


def _who(watch: Watch, entry: LedgerEntry) -> str | None:
    """Return whose entries are counted together: one person's, or one kind of agency's."""
    if watch is Watch.UNLISTED_ATTEMPTS:
        return _agency_kind(entry)
    named = _actor(entry)
    return None if named is None else word(named, "practitioner")


def _actor(entry: LedgerEntry) -> Detail | None:
    for side in _SIDES:
        named = entry.detail.get(side)
        if isinstance(named, Mapping):
            return named
    return None


def _agency_kind(entry: LedgerEntry) -> AgencyKind | None:
    kind = entry.detail.get("agency_kind")
    named = _actor(entry)
    if named is not None:
        kind = named.get("agency_kind")
    return AgencyKind(kind) if isinstance(kind, str) else None


def _is_view(entry: LedgerEntry) -> bool:
    return entry.kind in _VIEWS and _actor(entry) is not None


def _is_out_of_hours(entry: LedgerEntry) -> bool:
    urgent = word(entry.detail, "purpose") == EMERGENCY
    return _is_view(entry) and not urgent and not in_office_hours(entry.at)


def _is_unlisted(entry: LedgerEntry) -> bool:
    if entry.kind is EventKind.REQUEST_REJECTED:
        return entry.case_tag is not None
    return _has_fact(entry, "case_listing", CaseListing.NOT_LISTED, CaseListing.UNKNOWN)


def _is_third_emergency(entry: LedgerEntry) -> bool:
    outcome = word(entry.detail, "outcome")
    releases = outcome in tuple(Outcome) and Outcome(outcome).releases
    urgent = word(entry.detail, "purpose") == EMERGENCY
    return releases and urgent and _has_fact(entry, "emergency_use", "third-in-30-days")


def _is_tied(entry: LedgerEntry) -> bool:
    return _has_fact(entry, "conflict", Conflict.CONFIRMED, Conflict.SUSPECTED)


def _has_fact(entry: LedgerEntry, fact: str, *words: str) -> bool:
    if entry.kind is not EventKind.DECISION:
        return False
    return any(word(facts_of(one), fact) in words for one in rulings_of(entry.detail))


_MATCHES: Mapping[Watch, Callable[[LedgerEntry], bool]] = {
    Watch.OUT_OF_HOURS: _is_out_of_hours,
    Watch.REPEAT_VIEWS: _is_view,
    Watch.UNLISTED_ATTEMPTS: _is_unlisted,
    Watch.THIRD_EMERGENCY: _is_third_emergency,
    Watch.TIED_TO_CASE: _is_tied,
    Watch.OVERDUE_HOLDS: lambda entry: entry.kind is EventKind.REVIEW_OVERDUE,
}
