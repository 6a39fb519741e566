"""What the log says of the broker itself: people, keys, rules, meetings and what was destroyed.

None of it concerns one client; it is read by auditors and IG leads, in a search.
"""

from collections.abc import Callable, Mapping

from broker.domain.words import EventKind
from broker.service.wording import (
    Detail,
    agency,
    agency_of,
    counted,
    many,
    number,
    person,
    plain,
    word,
)

_VERSION_CHARACTERS = 12
"""Of a hash; enough to tell two versions of the rules apart."""
_Say = Callable[[Detail], str]


def _always(sentence: str) -> _Say:
    return lambda _: sentence


def _version(detail: Detail) -> str:
    return word(detail, "policy_version")[:_VERSION_CHARACTERS]


def _of_version(sentence: str) -> _Say:
    return lambda detail: sentence.format(_version(detail))


def _started(detail: Detail) -> str:
    return f"The broker started ({word(detail, 'software')})."


def _agency(detail: Detail) -> str:
    return f"An agency was put on file or changed ({agency(detail, 'agency')})."


def _practitioner(detail: Detail) -> str:
    return f"A practitioner was put on file or changed ({plain(word(detail, 'role'))})."


def _meeting(detail: Detail) -> str:
    cases = counted(number(detail, "listings"), "case", "cases")
    return f"The list of a meeting was put on file or changed: {cases}."


def _list_read(detail: Detail) -> str:
    return f"{person(detail, 'requester')} read the list of a meeting."


def _tasks_read(detail: Detail) -> str:
    tasks = counted(number(detail, "tasks"), "task", "tasks")
    return f"{person(detail, 'requester')} read what they have to do: {tasks}."


def _keys_read(detail: Detail) -> str:
    return f"Somebody looked up the keys of a recipient: {number(detail, 'keys')}."


def _restored(detail: Detail) -> str:
    entries = counted(number(detail, "entries"), "entry", "entries")
    made = plain(word(detail, "copied_at"))
    return f"The database was restored from a copy of {made}, with {entries} of the log."


def _reviews_read(detail: Detail) -> str:
    reviews = counted(number(detail, "reviews"), "record", "records")
    return f"{person(detail, 'reviewer')} read what waits for them: {reviews}."


def _retention_read(detail: Detail) -> str:
    return f"An IG lead read what is held, due and destroyed: {number(detail, 'found')} in all."


def _challenges_read(detail: Detail) -> str:
    return f"{person(detail, 'requester')} read challenges: {number(detail, 'challenges')}."


def _alert(detail: Detail) -> str:
    kind = detail.get("agency_kind")
    who = kind if isinstance(kind, str) else None
    said = pattern_of(word(detail, "watch"), who, number(detail, "count"))
    return f"An alert was raised for somebody to look: {said}."


def pattern_of(watch: str, agency_kind: str | None, count: int) -> str:
    """Return what an alert is about, without a full stop; nobody is named."""
    what = _WATCHED.get(watch, "a pattern was seen in the log")
    times = [counted(count, "time", "times")] if count > 1 else []
    more = [*([agency_of(agency_kind)] if agency_kind else []), *times]
    return f"{what} ({', '.join(more)})" if more else what


def _alert_seen(detail: Detail) -> str:
    return f"{person(detail, 'requester')} looked at an alert."


def _alerts_read(detail: Detail) -> str:
    return f"{person(detail, 'requester')} read the alerts: {number(detail, 'alerts')}."


_WATCHED = {
    "out-of-hours": "somebody looked again and again while offices were shut",
    "repeat-views": "somebody looked again and again",
    "unlisted-attempts": "somebody tried again and again to see what is not for them",
    "third-emergency": "somebody released in an emergency for the third time in thirty days",
    "tied-to-case": "somebody asked who is tied to a person in the case",
    "overdue-holds": "a record waits too long for somebody to look at it",
}


def _policy_asked(detail: Detail) -> str:
    return f"{person(detail, 'requester')} asked what the rules say, about no case."


def _refused(detail: Detail) -> str:
    return f"Published rules {_version(detail)} may not come into force: {word(detail, 'fault')}."


def _alarmed(detail: Detail) -> str:
    alarms = counted(number(detail, "alarms"), "rule or paper has", "rules or papers have")
    return f"In the rules, {alarms} to be looked at again by now."


def _period_begun(detail: Detail) -> str:
    return f"The month {word(detail, 'period')} began, with keys of its own."


def _period_erased(detail: Detail) -> str:
    return f"What belonged to no case in {word(detail, 'period')} was destroyed."


def _rewrapped(detail: Detail) -> str:
    return f"Data keys were wrapped anew: {number(detail, 'keys')}."


def _term_key(detail: Detail) -> str:
    return f"Copies of the database from {word(detail, 'period')} and before no longer open."


def _broker_key(detail: Detail) -> str:
    keys = counted(len(many(detail, "public_keys")), "key", "keys")
    return f"The broker's key `{word(detail, 'key')}` was replaced; {keys} of that name so far."


def _rejections(detail: Detail) -> str:
    calls = counted(number(detail, "count"), "call", "calls")
    sources = counted(number(detail, "sources"), "address", "addresses")
    return f"Turned away without an entry for each: {calls} from {sources} that proved nothing."


OFFICE_SENTENCES: Mapping[EventKind, _Say] = {
    EventKind.BROKER_STARTED: _started,
    EventKind.POLICY_LOADED: _of_version("The broker read its rules, version {}."),
    EventKind.AGENCY_REGISTERED: _agency,
    EventKind.PRACTITIONER_REGISTERED: _practitioner,
    EventKind.SYSTEM_REGISTERED: _always("An agency's computer system was put on file."),
    EventKind.KEY_REGISTERED: _always("A recipient's key was put on file."),
    EventKind.KEY_REVOKED: _always("A recipient's key was revoked: nothing is sealed to it now."),
    EventKind.KEYS_READ: _keys_read,
    EventKind.REJECTIONS_COUNTED: _rejections,
    EventKind.MEETING_LISTED: _meeting,
    EventKind.LIST_READ: _list_read,
    EventKind.TASKS_READ: _tasks_read,
    EventKind.REVIEWS_READ: _reviews_read,
    EventKind.RETENTION_READ: _retention_read,
    EventKind.CHALLENGES_READ: _challenges_read,
    EventKind.ALERT_RAISED: _alert,
    EventKind.ALERT_ACKNOWLEDGED: _alert_seen,
    EventKind.ALERTS_READ: _alerts_read,
    EventKind.POLICY_DRAFTED: _of_version("Rules were drafted, version {}."),
    EventKind.POLICY_SUBMITTED: _of_version("Rules {} were submitted to a second person."),
    EventKind.POLICY_APPROVED: _of_version("A second person approved rules {}."),
    EventKind.POLICY_PUBLISHED: _of_version("Rules {} were published."),
    EventKind.POLICY_ROLLBACK_ASKED: _of_version("Somebody asked for the earlier rules {}."),
    EventKind.POLICY_ROLLED_BACK: _of_version("The earlier rules {} were published again."),
    EventKind.POLICY_IN_FORCE: _of_version("Rules {} came into force."),
    EventKind.POLICY_REFUSED: _refused,
    EventKind.POLICY_ALARM: _alarmed,
    EventKind.POLICY_ASKED: _policy_asked,
    EventKind.PERIOD_BEGUN: _period_begun,
    EventKind.PERIOD_ERASED: _period_erased,
    EventKind.KEYS_REWRAPPED: _rewrapped,
    EventKind.TERM_KEY_DESTROYED: _term_key,
    EventKind.DATABASE_COPIED: _always("A sealed copy of the whole database was made."),
    EventKind.DATABASE_RESTORED: _restored,
    EventKind.LOG_KEY_ROTATED: _always("The log's key was replaced; the old one signed the new."),
    EventKind.BROKER_KEY_ROTATED: _broker_key,
}
"""What is said of each kind of event that belongs to no case."""
