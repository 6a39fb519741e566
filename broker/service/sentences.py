"""Log entries in plain English, for an advocate. Written from the entry alone: it has no names.

What belongs to a client's case is here; what belongs to none is in sentences_office.
"""

from collections.abc import Callable, Mapping

from broker.domain.ledger import LedgerEntry
from broker.domain.words import EventKind
from broker.service.sentences_documents import documents_in, documents_not_in
from broker.service.sentences_office import OFFICE_SENTENCES
from broker.service.wording import (
    CONSENTS,
    Detail,
    agency,
    agency_of,
    counted,
    facts_of,
    listing,
    many,
    number,
    person,
    plain,
    purpose_of,
    reason_of,
    rulings_of,
    word,
)

_ANSWERS = {
    "deny": "it was refused",
    "refer-human": "a person has to decide",
    "permit-verbal-only": "it may only be said at the meeting",
    "permit-redacted": "it was allowed, with parts removed",
    "permit": "it was allowed",
}
_WHY_STOPPED = {
    "consent-not-given": "your client's agreement no longer stands",
    "key-revoked": "one of the recipient's keys is no longer safe",
    "recipient-left": "the recipient is no longer with that agency",
    "case-gone": "the case is no longer on file",
}
_NAMED_REASONS = 3
"""Reasons that a sentence names; the counts of all of them stand beside it."""


def sentence_of(entry: LedgerEntry) -> str:
    """Return one sentence that says what happened; each kind of event has one."""
    return SENTENCES[entry.kind](entry.detail)


def _decision(detail: Detail) -> str:
    rulings = rulings_of(detail)
    asked = many(detail, "asked") or tuple(one.get("category") for one in rulings)
    consent = word(facts_of(rulings[0]), "consent") if rulings else "unknown"
    recipient = _other_recipient(detail)
    return (
        f"{person(detail, 'requester')} asked {agency(detail, 'holder')} for"
        f" {listing(asked)}{recipient}, for {purpose_of(detail)};"
        f" {_ANSWERS[word(detail, 'outcome')]}; {CONSENTS.get(consent, consent)}."
    )


def _other_recipient(detail: Detail) -> str:
    """Say who was to receive it, where that is not whoever asked."""
    asker, recipient = (detail.get(side) for side in ("requester", "recipient"))
    if not isinstance(asker, Mapping) or not isinstance(recipient, Mapping):
        return ""
    same = asker.get("practitioner") == recipient.get("practitioner")
    return "" if same else f" on behalf of {agency(detail, 'recipient')}"


def _disclosure(detail: Detail) -> str:
    removed = detail.get("removed")
    counts = removed if isinstance(removed, Mapping) else {}
    found = sorted(
        ((count, reason) for reason, count in counts.items() if isinstance(count, int)),
        key=lambda one: (-one[0], one[1]),
    )
    total = sum(count for count, _ in found)
    named = ", ".join(reason_of(reason) for _, reason in found[:_NAMED_REASONS])
    why = f": {named}{' and others' if len(found) > _NAMED_REASONS else ''}" if found else ""
    removals = "1 detail was" if total == 1 else f"{total} details were"
    return (
        f"{agency(detail, 'holder')} gave {agency(detail, 'recipient')}"
        f" {listing(many(detail, 'categories'))}{documents_in(detail)};"
        f" {removals} removed first{why}.{documents_not_in(detail)}"
    )


def _held(_: Detail) -> str:
    return "A record was held back so that a person looks at it before it leaves."


def _review_looked(detail: Detail) -> str:
    return f"{agency(detail, 'reviewer')} looked at the record that was held back."


def _review_edited(detail: Detail) -> str:
    return f"{agency(detail, 'reviewer')} took more out of the record that was held back."


def _review_approved(detail: Detail) -> str:
    return f"{agency(detail, 'reviewer')} said that it may leave; a second person has to agree."


def _review_released(detail: Detail) -> str:
    return f"{agency(detail, 'reviewer')} looked at it and said that it may leave."


def _review_refused(detail: Detail) -> str:
    return f"{agency(detail, 'reviewer')} said that it does not leave, and it was destroyed."


def _review_overdue(_: Detail) -> str:
    return "Nobody had looked at the record that was held back in time, and a lead was told."


def _review_expired(detail: Detail) -> str:
    if word(detail, "reason") == "answered":
        return "What was held back was destroyed: the question had been answered meanwhile."
    return "The record that was held back was destroyed, and did not leave."


def _failed(_: Detail) -> str:
    return "It could not be fetched or made safe to send, and nothing left."


def _delivered(_: Detail) -> str:
    return "It reached the recipient's mailbox."


def _not_delivered(detail: Detail) -> str:
    tries = counted(number(detail, "attempts"), "try", "tries")
    return f"The recipient's mailbox did not take it ({tries} so far); it will be tried again."


def _stopped(detail: Detail) -> str:
    why = _WHY_STOPPED.get(word(detail, "reason"), "it may no longer be shared")
    return f"It was stopped on its way and did not leave: {why}."


def _task_done(detail: Detail) -> str:
    return f"{agency(detail, 'requester')} did what an obligation of the decision asked for."


def _acknowledged(_: Detail) -> str:
    return "The recipient opened it."


def _looked_up(detail: Detail) -> str:
    return f"{person(detail, 'requester')} looked up where a disclosure stands."


def _read(detail: Detail) -> str:
    return f"{person(detail, 'requester')} read this log."


def _searched(detail: Detail) -> str:
    found = counted(number(detail, "found"), "entry", "entries")
    return f"{person(detail, 'requester')} searched the log and was shown {found}."


def _turned_away(detail: Detail) -> str:
    kind = detail.get("agency_kind")
    who = agency_of(kind) if isinstance(kind, str) else "Somebody"
    return f"{who} tried to look at this and was given nothing."


def _recorded(detail: Detail) -> str:
    changed = many(detail, "changed")
    what = f" Changed: {', '.join(plain(one) for one in changed)}." if changed else ""
    return f"The case was put on file or changed.{what}"


def _consent_changed(detail: Detail) -> str:
    status = word(detail, "status")
    return f"A statement of consent was recorded: {CONSENTS.get(status, status)}."


def _exported(detail: Detail) -> str:
    form = detail.get("format")
    if isinstance(form, str):
        who = person(detail, "requester")
        return f"{who} wrote this log to a file ({form})."
    return "All entries of this case were written to a file that anybody can check."


def _hold(detail: Detail) -> str:
    return {
        "asked": "The case may not be destroyed for now: somebody asked for that.",
        "placed": "The case may not be destroyed: two people decided so.",
        "lift-asked": "Somebody asked that the case may be destroyed again when its time has come.",
        "lifted": "The case may be destroyed again when its time has come: two people decided so.",
    }[word(detail, "step")]


def _erased(_: Detail) -> str:
    return "Everything on file about the case was destroyed, because its time was over."


def _dropped(_: Detail) -> str:
    return "It was never collected and is destroyed: it cannot reach the recipient any more."


def _challenged(detail: Detail) -> str:
    why = _CHALLENGES.get(word(detail, "reason"), "it was wrong")
    return f"You challenged a disclosure: {why}."


def _answered(detail: Detail) -> str:
    found = _FOUND.get(word(detail, "outcome"), "an answer was given")
    then = [_FOLLOWS.get(str(one), plain(one)) for one in many(detail, "follows")]
    what = f"; {', and '.join(then)}" if then else ""
    return f"{person(detail, 'requester')} answered your challenge: {found}{what}."


def _closed(detail: Detail) -> str:
    if detail.get("settled"):
        return "You closed your challenge: it is settled."
    return "You closed your challenge: it is not settled, and the coordinator was told."


_CHALLENGES = {
    "not-agreed": "your client had not agreed",
    "too-much": "it was more than was needed",
    "wrong-recipient": "it went to the wrong people",
    "wrong-facts": "what it says is wrong",
    "unsafe": "it puts somebody in danger",
}
_FOUND = {
    "upheld": "it should not have been shared like this",
    "partly": "part of it should not have been shared like this",
    "rejected": "it was right to share it like this",
}
_FOLLOWS = {
    "delete": "the recipient has to delete it",
    "correct": "the record has to be corrected",
    "rules": "the rules are looked at",
}


def _said(detail: Detail) -> str:
    return _SAID_OF.get(word(detail, "state"), "The recipient's system reported on a package.")


def _unheard(detail: Detail) -> str:
    if word(detail, "missing") == "not-deleted":
        return "The time of a package is over, and the recipient did not report it as deleted."
    return "The recipient's system did not report in time that a package was opened."


_SAID_OF = {
    "opened": "The recipient's system reported that the package was opened.",
    "stored": "The recipient's system reported until when the package is kept.",
    "deleted": "The recipient's system reported that the package was deleted.",
}


SENTENCES: Mapping[EventKind, Callable[[Detail], str]] = {
    **OFFICE_SENTENCES,
    EventKind.DECISION: _decision,
    EventKind.DISCLOSURE: _disclosure,
    EventKind.HELD_FOR_PERSON: _held,
    EventKind.REVIEW_READ: _review_looked,
    EventKind.REVIEW_EDITED: _review_edited,
    EventKind.REVIEW_APPROVED: _review_approved,
    EventKind.REVIEW_RELEASED: _review_released,
    EventKind.REVIEW_REFUSED: _review_refused,
    EventKind.REVIEW_OVERDUE: _review_overdue,
    EventKind.REVIEW_EXPIRED: _review_expired,
    EventKind.SOURCE_FAILED: _failed,
    EventKind.DELIVERED: _delivered,
    EventKind.DELIVERY_FAILED: _not_delivered,
    EventKind.ACKNOWLEDGED: _acknowledged,
    EventKind.DELIVERY_STOPPED: _stopped,
    EventKind.TASK_DONE: _task_done,
    EventKind.DISCLOSURE_READ: _looked_up,
    EventKind.TIMELINE_READ: _read,
    EventKind.LOG_SEARCHED: _searched,
    EventKind.REQUEST_REJECTED: _turned_away,
    EventKind.LOG_EXPORTED: _exported,
    EventKind.CASE_RECORDED: _recorded,
    EventKind.CONSENT_CHANGED: _consent_changed,
    EventKind.HOLD_CHANGED: _hold,
    EventKind.CASE_ERASED: _erased,
    EventKind.PACKAGE_DROPPED: _dropped,
    EventKind.OPENED_RECEIPT: _said,
    EventKind.RECEIPT_OVERDUE: _unheard,
    EventKind.CHALLENGE_OPENED: _challenged,
    EventKind.CHALLENGE_ANSWERED: _answered,
    EventKind.CHALLENGE_CLOSED: _closed,
}
"""What is said of each kind of event; a kind without a sentence is a test that fails."""
