"""What destroying says in the log: which key, by which term, and nothing of what it was.

The entry that ends a case is the last in its chain: its salt is destroyed with it, so the tag and
every token of the chain stand for nobody from then on.
DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from datetime import datetime

from broker.domain.case import Case
from broker.domain.erasure import KeyToDestroy, Period
from broker.domain.ids import CaseTag, DisclosureId, PolicyVersion, PractitionerId
from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.request import Requester
from broker.domain.retention import Hold, Term
from broker.domain.words import EventKind
from broker.ledger.entry import time_text
from broker.ledger.tokens import case_tag, token

SCHEDULE = "schedule"
"""On whose authority: the policy in force says so. Otherwise the token of who decided."""

_Detail = dict[str, JsonValue]


def hold_changed(hold: Hold, case: Case, salt: bytes) -> EntryDraft:
    """A hold was asked for, placed, asked to end, or lifted; `salt` is the broker's here.

    What it is about stays with the case; who it was must be known when the case is gone.
    """
    detail: _Detail = {
        "hold": hold.kind.value,
        "step": hold.step.value,
        "by": token(salt, "practitioner", hold.by),
    }
    tag = case_tag(case.salt, case.case_id)
    return EntryDraft(kind=EventKind.HOLD_CHANGED, at=hold.at, case_tag=tag, detail=detail)


def case_erased(  # what a certificate says
    key: KeyToDestroy,
    term: Term,
    *,
    closed_at: datetime,
    version: PolicyVersion,
    copies_open_until: datetime,
    at: datetime,
) -> EntryDraft:
    """A case's data key was destroyed, with every row under it and the salt of its tokens."""
    detail: _Detail = {
        **_key(key),
        "data": "case-file",
        "term": term.term_id,
        "policy_version": version,
        "authority": SCHEDULE,
        "closed_at": time_text(closed_at),
        "copies_open_until": time_text(copies_open_until),
    }
    return EntryDraft(kind=EventKind.CASE_ERASED, at=at, case_tag=key.tag, detail=detail)


def package_dropped(
    disclosure_id: DisclosureId, term: Term, tag: CaseTag | None, at: datetime
) -> EntryDraft:
    """The bytes of a package that was never delivered are gone, so that it never will be."""
    detail: _Detail = {"disclosure": disclosure_id, "term": term.term_id}
    return EntryDraft(kind=EventKind.PACKAGE_DROPPED, at=at, case_tag=tag, detail=detail)


def packages_dropped(packages: int, term: Term, at: datetime) -> EntryDraft:
    """The bytes of so many packages that came to their end are no longer kept."""
    detail: _Detail = {"packages": packages, "term": term.term_id}
    return _draft(EventKind.PACKAGE_DROPPED, at, detail)


def period_begun(period: Period, at: datetime) -> EntryDraft:
    """There is a key and a salt for what belongs to no case on file in this month."""
    return _draft(EventKind.PERIOD_BEGUN, at, {"period": period})


def period_erased(
    period: Period, key: KeyToDestroy, term: Term, copies_open_until: datetime, at: datetime
) -> EntryDraft:
    """That key and salt were destroyed, with every row under them."""
    detail: _Detail = {
        **_key(key),
        "data": "unknown-case",
        "period": period,
        "term": term.term_id,
        "authority": SCHEDULE,
        "copies_open_until": time_text(copies_open_until),
    }
    return _draft(EventKind.PERIOD_ERASED, at, detail)


def keys_rewrapped(keys: int, period: Period, at: datetime) -> EntryDraft:
    """So many data keys were wrapped anew under the term key of the month."""
    return _draft(EventKind.KEYS_REWRAPPED, at, {"keys": keys, "period": period})


def term_key_destroyed(period: Period, at: datetime) -> EntryDraft:
    """Copies of the database from that month and before no longer open."""
    return _draft(EventKind.TERM_KEY_DESTROYED, at, {"period": period})


def retention_read(reader: Requester, found: int, salt: bytes, at: datetime) -> EntryDraft:
    """An IG lead read what is held, what is due and what was destroyed: how much it was."""
    by = token(salt, "practitioner", PractitionerId(reader.practitioner_id))
    return _draft(EventKind.RETENTION_READ, at, {"by": by, "found": found})


def _key(key: KeyToDestroy) -> _Detail:
    return {"key": key.key_id, "rows": dict(key.rows)}


def _draft(kind: EventKind, at: datetime, detail: _Detail) -> EntryDraft:
    return EntryDraft(kind=kind, at=at, case_tag=None, detail=detail)
