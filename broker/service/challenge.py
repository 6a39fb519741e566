"""Challenging a disclosure: the advocate opens, the holder's IG lead answers, the advocate closes.

To anybody else there is no such disclosure and no such challenge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from broker.domain.case import Case
from broker.domain.challenge import (
    Challenge,
    ChallengeId,
    ChallengeOutcome,
    ChallengeReason,
    ChallengeStep,
    Follow,
    PutChallenge,
    answer_by,
)
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import DisclosureId
from broker.domain.ledger import LedgerEntry
from broker.domain.people import Agency
from broker.domain.request import Requester
from broker.ledger import challenge_events
from broker.ledger.tokens import case_tag, token
from broker.service.desk import Desk
from broker.service.policy_view import IG_LEAD
from broker.service.reject import turn_away
from broker.service.report import may_see_case

_SAY_WHY = "Say in a few words what is meant; it is kept sealed with the case."


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a lead answers; `follows` only where something is upheld."""

    outcome: ChallengeOutcome
    follows: tuple[Follow, ...]
    text: str


def open_challenge(
    desk: Desk, advocate: Requester, disclosure_id: DisclosureId, reason: ChallengeReason, text: str
) -> Challenge | None:
    """Challenge a disclosure about one of the advocate's own clients; the holder has a task.

    Raises:
        InvalidRequestError: nothing was said, or this was challenged for this reason before.

    """
    status = desk.log.disclosure(disclosure_id)
    case = None if status is None else _client(desk, advocate, status.receipt.entry)
    if status is None or case is None:
        tag = None if status is None else status.receipt.entry.case_tag
        turn_away(desk, advocate, "challenging a disclosure", tag)
        return None
    _check_said(text)
    now, holder = desk.clock.now(), _holder(desk, case, status.receipt.entry)
    opened = Challenge(
        challenge_id=desk.challenges.id_of(disclosure_id, reason),
        revision=1,
        step=ChallengeStep.OPENED,
        case_id=case.case_id,
        case_tag=case_tag(case.salt, case.case_id),
        hidden=case.shielded or case.employee_case,
        disclosure_id=disclosure_id,
        entry=status.receipt.entry.index,
        reason=reason,
        text=text,
        holder=holder.agency_id,
        holder_kind=holder.kind,
        requester=status.requester,
        recipient=status.recipient,
        opened_by=advocate.practitioner_id,
        opened_at=now,
        due_at=answer_by(now),
    )
    return _record(desk, advocate, opened)


def challenges_of(desk: Desk, reader: Requester) -> tuple[Challenge, ...] | None:
    """Return an advocate's own challenges, or those that a lead's agency has to answer."""
    caseload = desk.cases.caseload(reader.practitioner_id)
    if not caseload and reader.role != IG_LEAD:
        turn_away(desk, reader, "reading challenges", None)
        return None
    found = {one.challenge_id: one for one in desk.challenges.of_cases(caseload)}
    if reader.role == IG_LEAD:
        asked = desk.challenges.of_holder(reader.agency_id)
        found.update({one.challenge_id: one for one in asked if _may_answer(desk, reader, one)})
    shown = tuple(sorted(found.values(), key=lambda one: (one.due_at, one.challenge_id)))
    salt = desk.cases.broker_salt()
    desk.ledger.record(challenge_events.listed(reader, len(shown), salt, desk.clock.now()))
    return shown


def answer_challenge(
    desk: Desk, lead: Requester, challenge_id: ChallengeId, said: Said
) -> Challenge | None:
    """Answer as an IG lead of the holder; what follows becomes the tasks of those it falls to.

    Raises:
        InvalidRequestError: it was answered before, or the answer says nothing.

    """
    found = desk.challenges.challenge(challenge_id)
    if found is None or not _may_answer(desk, lead, found):
        tag = None if found is None else found.case_tag
        turn_away(desk, lead, "answering a challenge", tag)
        return None
    _check_step(found, ChallengeStep.OPENED)
    _check_said(said.text)
    if said.follows and said.outcome is ChallengeOutcome.REJECTED:
        raise InvalidRequestError("Nothing follows where it was right: leave out what follows.")
    answered = replace(
        found,
        revision=found.revision + 1,
        step=ChallengeStep.ANSWERED,
        outcome=said.outcome,
        follows=tuple(dict.fromkeys(said.follows)),
        answer=said.text,
        answered_by=lead.practitioner_id,
        answered_at=desk.clock.now(),
    )
    return _record(desk, lead, answered)


def close_challenge(
    desk: Desk, advocate: Requester, challenge_id: ChallengeId, text: str, *, settled: bool
) -> Challenge | None:
    """Close as the client's advocate: settled, or not, and then the coordinator has a task.

    Raises:
        InvalidRequestError: it was closed before, or nothing was said.

    """
    found = desk.challenges.challenge(challenge_id)
    case = None if found is None else desk.cases.case(found.case_id)
    if found is None or case is None or case.advocate != advocate.practitioner_id:
        tag = None if found is None else found.case_tag
        turn_away(desk, advocate, "closing a challenge", tag)
        return None
    _check_step(found, ChallengeStep.OPENED, ChallengeStep.ANSWERED)
    _check_said(text)
    closed = replace(
        found,
        revision=found.revision + 1,
        step=ChallengeStep.CLOSED,
        settled=settled,
        closing=text,
        closed_at=desk.clock.now(),
    )
    return _record(desk, advocate, closed)


def _record(desk: Desk, by: Requester, challenge: Challenge) -> Challenge:
    now, salt = desk.clock.now(), desk.cases.broker_salt()
    draft = challenge_events.stepped(challenge, by, salt, now)
    desk.ledger.record(draft, PutChallenge(challenge=challenge, at=now))
    return challenge


def _client(desk: Desk, advocate: Requester, entry: LedgerEntry) -> Case | None:
    """Return which of the advocate's own clients an entry is about."""
    for case_id in desk.cases.caseload(advocate.practitioner_id):
        case = desk.cases.case(case_id)
        if case is not None and case_tag(case.salt, case_id) == entry.case_tag:
            return case
    return None


def _holder(desk: Desk, case: Case, entry: LedgerEntry) -> Agency:
    """Return the agency that the entry names by its token.

    Raises:
        InvalidRequestError: it is not on file any more.

    """
    named = entry.detail["holder"]
    for agency in desk.directory.agencies():
        made = token(case.salt, "agency", agency.agency_id)
        if isinstance(named, Mapping) and named.get("agency") == made:
            return agency
    raise InvalidRequestError("The holder is no member any more: speak to the coordinator.")


def _may_answer(desk: Desk, lead: Requester, challenge: Challenge) -> bool:
    """Whether a lead is the holder's, tied to nobody in it, and neither asked nor received."""
    if lead.role != IG_LEAD or lead.agency_id != challenge.holder:
        return False
    if lead.practitioner_id in (challenge.requester, challenge.recipient):
        return False
    case = desk.cases.case(challenge.case_id)
    return case is not None and may_see_case(desk, lead, case)


def _check_step(challenge: Challenge, *steps: ChallengeStep) -> None:
    if challenge.step not in steps:
        raise InvalidRequestError(f"This challenge was {challenge.step}: read it again.")


def _check_said(text: str) -> None:
    if not text.strip():
        raise InvalidRequestError(_SAY_WHY)
