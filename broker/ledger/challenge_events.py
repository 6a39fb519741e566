"""What a challenge and its answer say in the log: words, and people as tokens; never the text.

DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from datetime import datetime

from broker.domain.challenge import Challenge, ChallengeStep
from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.request import Requester
from broker.domain.words import EventKind
from broker.ledger.entry import time_text
from broker.ledger.tokens import token

_Detail = dict[str, JsonValue]
_KINDS = {
    ChallengeStep.OPENED: EventKind.CHALLENGE_OPENED,
    ChallengeStep.ANSWERED: EventKind.CHALLENGE_ANSWERED,
    ChallengeStep.CLOSED: EventKind.CHALLENGE_CLOSED,
}


def stepped(challenge: Challenge, by: Requester, salt: bytes, at: datetime) -> EntryDraft:
    """A challenge was opened, answered or closed; `salt` is the broker's, here and below."""
    detail: _Detail = {
        "challenge": challenge.challenge_id,
        "disclosure": challenge.disclosure_id,
        "entry": challenge.entry,
        "reason": challenge.reason.value,
        "due_at": time_text(challenge.due_at),
        "holder": {"agency_kind": challenge.holder_kind},
        "requester": _person(by, salt),
        "outcome": None if challenge.outcome is None else challenge.outcome.value,
        "follows": tuple(one.value for one in challenge.follows),
        "settled": challenge.settled,
    }
    kind = _KINDS[challenge.step]
    return EntryDraft(kind=kind, at=at, case_tag=challenge.case_tag, detail=detail)


def listed(reader: Requester, found: int, salt: bytes, at: datetime) -> EntryDraft:
    """Somebody read the challenges that are theirs to see: how many."""
    detail: _Detail = {"requester": _person(reader, salt), "challenges": found}
    return EntryDraft(kind=EventKind.CHALLENGES_READ, at=at, case_tag=None, detail=detail)


def _person(one: Requester, salt: bytes) -> _Detail:
    return {
        "practitioner": token(salt, "practitioner", one.practitioner_id),
        "role": one.role,
        "agency": token(salt, "agency", one.agency_id),
        "agency_kind": one.agency_kind,
    }
