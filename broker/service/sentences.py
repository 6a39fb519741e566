"""Log entries in plain English, for an advocate. Written from the entry alone: it has no names."""

from collections.abc import Callable, Mapping

from broker.domain.ledger import JsonValue, LedgerEntry
from broker.domain.words import EventKind

_Detail = Mapping[str, JsonValue]

_PURPOSES = {
    "marac-research": "research before the MARAC meeting",
    "marac-referral": "a referral to the MARAC",
    "idva-support": "the support you give",
}
_CONSENTS = {
    "given-explicit": "your client agreed",
    "given-verbal": "your client agreed, by word of mouth",
    "given-limited": "your client agreed within limits",
    "not-sought-unsafe": "asking your client was not safe",
    "not-sought-impractical": "your client could not be asked",
    "refused": "your client had refused",
    "withdrawn": "your client had withdrawn agreement",
    "lacks-capacity": "your client was not able to decide",
    "given-suspected-coerced": "your client's yes may have been forced",
    "refused-suspected-coerced": "your client's no may have been forced",
    "child-gillick-competent": "the young person was able to decide",
    "parental": "a parent agreed",
    "unknown": "what your client wants was not on file",
}


def sentence_of(entry: LedgerEntry) -> str:
    """Return one sentence that says what happened."""
    say = _SENTENCES.get(entry.kind)
    return say(entry.detail) if say else "Something was recorded that concerns no client."


def _decision(detail: _Detail) -> str:
    rulings = [one for one in _many(detail, "rulings") if isinstance(one, Mapping)]
    who = (
        f"{_agency(detail, 'requester')} asked {_agency(detail, 'holder')} for"
        f" {_list(_many(detail, 'asked'), rulings)}, for {_purpose(detail)};"
    )
    answer = {
        "deny": "it was refused",
        "refer-human": "a person has to decide",
        "permit-verbal-only": "it may only be said at the meeting",
        "permit-redacted": "it was allowed, with parts removed",
        "permit": "it was allowed",
    }[_word(detail, "outcome")]
    return f"{who} {answer}; {_consent(rulings)}."


def _disclosure(detail: _Detail) -> str:
    removed = detail.get("removed")
    counts = removed.values() if isinstance(removed, Mapping) else ()
    total = sum(one for one in counts if isinstance(one, int))
    return (
        f"{_agency(detail, 'holder')} gave {_agency(detail, 'recipient')}"
        f" {_list(_many(detail, 'categories'), [])}; {total} details were removed first."
    )


def _held(_: _Detail) -> str:
    return "A record was held back so that a person looks at it before it leaves."


def _review_looked(detail: _Detail) -> str:
    return f"{_agency(detail, 'reviewer')} looked at the record that was held back."


def _review_edited(detail: _Detail) -> str:
    return f"{_agency(detail, 'reviewer')} took more out of the record that was held back."


def _review_approved(detail: _Detail) -> str:
    return f"{_agency(detail, 'reviewer')} said that it may leave; a second person has to agree."


def _review_released(detail: _Detail) -> str:
    return f"{_agency(detail, 'reviewer')} looked at it and said that it may leave."


def _review_refused(detail: _Detail) -> str:
    return f"{_agency(detail, 'reviewer')} said that it does not leave, and it was destroyed."


def _review_overdue(_: _Detail) -> str:
    return "Nobody had looked at the record that was held back in time, and a lead was told."


def _review_expired(detail: _Detail) -> str:
    if _word(detail, "reason") == "answered":
        return "What was held back was destroyed: the question had been answered meanwhile."
    return "The record that was held back was destroyed, and did not leave."


def _failed(_: _Detail) -> str:
    return "It could not be fetched or made safe to send, and nothing left."


def _delivered(_: _Detail) -> str:
    return "It reached the recipient's mailbox."


def _not_delivered(_: _Detail) -> str:
    return "The recipient's mailbox did not take it; it will be tried again."


def _stopped(detail: _Detail) -> str:
    why = _WHY_STOPPED.get(_word(detail, "reason"), "it may no longer be shared")
    return f"It was stopped on its way and did not leave: {why}."


def _task_done(detail: _Detail) -> str:
    return f"{_agency(detail, 'requester')} did what an obligation of the decision asked for."


_WHY_STOPPED = {
    "consent-not-given": "your client's agreement no longer stands",
    "key-revoked": "one of the recipient's keys is no longer safe",
    "recipient-left": "the recipient is no longer with that agency",
    "case-gone": "the case is no longer on file",
}


def _acknowledged(_: _Detail) -> str:
    return "The recipient opened it."


def _looked_up(detail: _Detail) -> str:
    return f"{_agency(detail, 'requester')} looked up where a disclosure stands."


def _read(detail: _Detail) -> str:
    return f"{_agency(detail, 'requester')} read this log."


def _turned_away(detail: _Detail) -> str:
    kind = _word(detail, "agency_kind")
    return f"{_agency_of(kind)} tried to look at this and was given nothing."


def _recorded(_: _Detail) -> str:
    return "The case was put on file or changed."


def _consent_changed(detail: _Detail) -> str:
    status = _word(detail, "status")
    return f"A statement of consent was recorded: {_CONSENTS.get(status, status)}."


def _exported(_: _Detail) -> str:
    return "All entries of this case were written to a file that anybody can check."


def _hold(detail: _Detail) -> str:
    return {
        "asked": "The case may not be destroyed for now: somebody asked for that.",
        "placed": "The case may not be destroyed: two people decided so.",
        "lift-asked": "Somebody asked that the case may be destroyed again when its time has come.",
        "lifted": "The case may be destroyed again when its time has come: two people decided so.",
    }[_word(detail, "step")]


def _erased(_: _Detail) -> str:
    return "Everything on file about the case was destroyed, because its time was over."


def _dropped(_: _Detail) -> str:
    return "It was never collected and is destroyed: it cannot reach the recipient any more."


_SENTENCES: Mapping[EventKind, Callable[[_Detail], str]] = {
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
    EventKind.REQUEST_REJECTED: _turned_away,
    EventKind.LOG_EXPORTED: _exported,
    EventKind.CASE_RECORDED: _recorded,
    EventKind.CONSENT_CHANGED: _consent_changed,
    EventKind.HOLD_CHANGED: _hold,
    EventKind.CASE_ERASED: _erased,
    EventKind.PACKAGE_DROPPED: _dropped,
}


def _purpose(detail: _Detail) -> str:
    word = _word(detail, "purpose")
    return _PURPOSES.get(word, f"the purpose {word}")


def _consent(rulings: list[Mapping[str, JsonValue]]) -> str:
    facts = rulings[0].get("facts") if rulings else None
    word = _word(facts, "consent") if isinstance(facts, Mapping) else "unknown"
    return _CONSENTS.get(word, word)


def _agency(detail: _Detail, side: str) -> str:
    named = detail.get(side)
    return _agency_of(_word(named, "agency_kind") if isinstance(named, Mapping) else "")


def _agency_of(kind: str) -> str:
    return _AGENCIES.get(kind, kind.replace("-", " ").capitalize() or "An agency")


def _list(words: tuple[JsonValue, ...], rulings: list[Mapping[str, JsonValue]]) -> str:
    names = [str(one) for one in words] or [_word(one, "category") for one in rulings]
    return ", ".join(name.replace("-", " ") for name in names) or "nothing"


def _word(detail: _Detail, key: str) -> str:
    value = detail.get(key)
    return value if isinstance(value, str) else "unknown"


def _many(detail: _Detail, key: str) -> tuple[JsonValue, ...]:
    value = detail.get(key)
    return tuple(value) if isinstance(value, tuple | list) else ()


_AGENCIES = {
    "childrens-social-care": "Children's social care",
    "idva-service": "The advocacy service",
    "refuge": "A specialist support service",
    "housing-la": "Council housing",
    "housing-rsl": "A housing association",
    "health-acute": "The hospital",
    "health-gp": "The GP practice",
    "marac-coordination": "The MARAC coordinator",
    "unknown": "An agency",
}
