"""Keeping a case from being destroyed, and letting it go again: two IG leads for either.

A hold stops destruction from the first person's word on, and stops stopping it with the second's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.domain.erasure import PutHold
from broker.domain.ids import CaseId
from broker.domain.request import Requester
from broker.domain.retention import Hold, HoldKind, HoldStatement, HoldVerb, next_hold
from broker.domain.words import Conflict
from broker.ledger import retention_events
from broker.ledger.certificates import Certificate, certificate_of
from broker.service.conflict import conflict_of
from broker.service.desk import Desk
from broker.service.policy_view import is_ig_lead
from broker.service.reject import tag_of, turn_away
from broker.service.retention_terms import CaseTerm, case_known_until, term_of_case

LOOK_AHEAD = timedelta(days=90)
"""Cases whose term ends within it are shown: time to think of a hold."""
MAX_CERTIFICATES = 100
"""In one answer, the newest; the others are in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is held, what is due, and what was destroyed, newest first.

    Args:
        undecided: cases about which a person has to decide.

    """

    holds: tuple[Hold, ...]
    due: tuple[CaseTerm, ...]
    undecided: tuple[CaseTerm, ...]
    certificates: tuple[Certificate, ...]
    read_at: datetime


def change_hold(
    desk: Desk, requester: Requester, case_id: CaseId, kind: HoldKind, said: tuple[HoldVerb, str]
) -> Hold | None:
    """Place or lift a hold; None to anybody but an IG lead, and for a case that is not there.

    Args:
        desk: the ports.
        requester: who; nobody decides about a case that they stand in.
        case_id: which.
        kind: why it is held.
        said: what to do, and why in the requester's words.

    Raises:
        InvalidRequestError: there is nothing to do, or it takes a second person.

    """
    if not is_ig_lead(desk, requester, "changing a hold"):
        return None
    case = desk.cases.case(case_id)
    lead = desk.directory.practitioner(requester.practitioner_id)
    if case is None or lead is None or conflict_of(lead, case) is not Conflict.NONE:
        turn_away(desk, requester, "changing a hold", tag_of(desk, case_id, case))
        return None
    archive, now = desk.keeping.archive, desk.clock.now()
    found = next((one for one in archive.holds_of(case_id) if one.kind is kind), None)
    verb, reason = said
    statement = HoldStatement(
        case_id=case_id,
        kind=kind,
        verb=verb,
        reason=reason,
        by=requester.practitioner_id,
        at=now,
    )
    hold = next_hold(found, statement)
    draft = retention_events.hold_changed(hold, case, desk.cases.broker_salt())
    desk.ledger.record(draft, PutHold(hold=hold))
    return hold


def overview(desk: Desk, requester: Requester) -> Overview | None:
    """Return what is held, due and destroyed; reading it is logged. None to anybody else."""
    if not is_ig_lead(desk, requester, "reading what is kept"):
        return None
    keeping, now = desk.keeping, desk.clock.now()
    holds = keeping.archive.holds()
    terms = _terms(desk, now + LOOK_AHEAD)
    certificates = _certificates(desk)
    found = len(holds) + len(terms) + len(certificates)
    salt = desk.cases.broker_salt()
    desk.ledger.record(retention_events.retention_read(requester, found, salt, now))
    return Overview(
        holds=holds,
        due=tuple(one for one in terms if one.over_at is not None),
        undecided=tuple(one for one in terms if one.over_at is None),
        certificates=certificates,
        read_at=now,
    )


def _terms(desk: Desk, until: datetime) -> tuple[CaseTerm, ...]:
    """Return the cases whose term is over by then, and those that wait for a person."""
    policy, meetings = desk.policy, desk.cases.meetings()
    shortest = policy.retention.shortest
    found = [
        term_of_case(case, meetings, desk.log, policy.retention, policy.thresholds)
        for case in desk.keeping.archive.cases()
        if shortest is not None
        and case_known_until(case, meetings, policy.thresholds) + shortest <= until
    ]
    return tuple(one for one in found if one.over_at is None or one.over_at <= until)


def _certificates(desk: Desk) -> tuple[Certificate, ...]:
    checkpoint, keeping = desk.log.checkpoint(), desk.keeping
    if checkpoint is None:
        return ()
    newest = keeping.archive.erasures(-1)[-MAX_CERTIFICATES:]
    entries = (desk.log.entry(one.entry) for one in reversed(newest))
    certify = keeping.certifier.certify
    return tuple(certificate_of(one, checkpoint.origin, certify) for one in entries if one)
