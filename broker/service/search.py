"""Searching the log: for auditors and IG leads, and for an advocate among her own client's entries.

Every page is an entry itself, written before the page is shown.
"""

import re
from dataclasses import dataclass, replace

from broker.domain.case import Case
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import AgencyKind, CaseId, CaseTag, Purpose
from broker.domain.ledger import LedgerEntry
from broker.domain.request import Requester
from broker.domain.search import Position, Search
from broker.ledger import reading_events
from broker.ledger.tokens import case_tag, token
from broker.service.desk import Desk
from broker.service.policy_view import IG_LEAD
from broker.service.reject import tag_of, turn_away
from broker.service.report import may_see_case
from broker.service.telling import Told, policies_of, tell

AUDITOR = "auditor"
MAX_PAGE = 200
"""Entries on one page; about 600 kB with what is said of them."""
_FOLLOWED_AT_ONCE = 20
"""Steps that a search helps the index on: 4,000 entries, about as many as an hour has."""
_RULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """One entry and what it tells."""

    entry: LedgerEntry
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page; `searched` of `size` entries were looked at (see search.Found)."""

    entries: tuple[FoundEntry, ...]
    next: Position | None
    searched: int
    size: int


def search_log(
    desk: Desk, reader: Requester, search: Search, case_id: CaseId | None, limit: int
) -> Page | None:
    """Return one page of what the reader asked for, newest first.

    Args:
        desk: the ports.
        reader: an auditor or an IG lead; or an advocate, who names a client of her own.
        search: what is asked for.
        case_id: one case, for an IG lead or its advocate; an auditor knows tags only.
        limit: entries on the page, 1 to MAX_PAGE.

    Anybody else gets None, as if there were no log.

    Raises:
        InvalidRequestError: a word is not of the vocabulary.

    """
    case = None if case_id is None else desk.cases.case(case_id)
    if not _may_search(reader, case, case_id):
        tag = None if case_id is None else tag_of(desk, case_id, case)
        turn_away(desk, reader, "searching the log", tag)
        return None
    _check(desk, search)
    if case_id is not None:
        case = _shown_to(desk, reader, case)
        search = replace(search, case_tag=_tag_shown(desk, case_id, case))
    for _ in range(_FOLLOWED_AT_ONCE):
        if not desk.search.follow():
            break
    found = desk.search.find(search, max(1, min(limit, MAX_PAGE)))
    salt = desk.cases.broker_salt() if case is None else case.salt
    made = desk.ledger.record(
        reading_events.log_searched(
            reader,
            search.filters,
            len(found.entries),
            tag=None if case is None else case_tag(case.salt, case.case_id),
            salt=salt,
            at=desk.clock.now(),
        )
    )
    policy_of = policies_of(desk)
    return Page(
        entries=tuple(FoundEntry(entry=one, told=tell(one, policy_of)) for one in found.entries),
        next=found.next,
        searched=found.searched,
        size=made.index,
    )


def _may_search(reader: Requester, case: Case | None, case_id: CaseId | None) -> bool:
    if case is not None and case.advocate == reader.practitioner_id:
        return True
    return reader.role == IG_LEAD or (reader.role == AUDITOR and case_id is None)


def _shown_to(desk: Desk, reader: Requester, case: Case | None) -> Case | None:
    """Return the case, unless it is hidden from the reader: then it is as if it were not there."""
    return None if case is None or not may_see_case(desk, reader, case) else case


def _tag_shown(desk: Desk, case_id: CaseId, case: Case | None) -> CaseTag:
    """Return the case's tag; of a hidden one, as of none, a tag that no entry has.

    By the tag under which attempts on unknown cases are kept one could be told from the other.
    """
    if case is not None:
        return case_tag(case.salt, case.case_id)
    return CaseTag(token(desk.cases.passing_salt(), "nobody", case_id))


def _check(desk: Desk, search: Search) -> None:
    """Refuse words that nothing can match, so that an empty page means that there is nothing.

    Raises:
        InvalidRequestError: says which words there are.

    """
    if search.purpose is not None:
        _check_word(desk, "purpose", search.purpose)
    if search.agency_kind is not None:
        _check_word(desk, "requester_agency", search.agency_kind)
    if search.rule is not None and _RULE.fullmatch(search.rule) is None:
        raise InvalidRequestError("Name a rule as the policy files do, such as R07-identity.")
    if search.since is not None and search.until is not None and search.since >= search.until:
        raise InvalidRequestError("Give a moment after `since` as `until`, or leave one out.")


def _check_word(desk: Desk, fact: str, word: Purpose | AgencyKind) -> None:
    words = desk.policy.words(fact)
    if word not in words:
        raise InvalidRequestError(f"Use one of these words: {', '.join(sorted(words))}.")
