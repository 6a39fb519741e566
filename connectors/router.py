"""Asks the right holder for exactly what a permit grants, and believes none of the answer.

A holder's system is somebody else's: it may answer about another person, with a category nobody
granted, or with far too much. Each of these stops the request; what is too old or has no date is
left out.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from broker.domain.decision import Permit
from broker.domain.documents import (
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENTS,
    MAX_DOCUMENTS_BYTES,
    MAX_NAME_BYTES,
    SourceDocument,
)
from broker.domain.errors import SourceMismatchError, SourceUnavailableError
from broker.domain.ids import AgencyId, Category
from broker.domain.ports import Clock, Connector
from broker.domain.record import MAX_TEXT_CHARACTERS, RecordItem, RecordQuery, SourceRecord
from connectors.deadline import Bulkhead, Deadline

MAX_FETCH_SECONDS: Final = 10.0
"""How long one request waits for one holder; a research round asks many."""
MAX_CONCURRENT_FETCHES: Final = 16
"""Unanswered calls per holder; further ones wait for a place until their own deadline."""
MAX_ITEMS: Final = 500
"""Items of one person in one answer; more is a whole-record dump, which nobody granted."""
MAX_TITLE_CHARACTERS: Final = 200
MAX_FIELDS: Final = 60
"""Fields of one item."""
MAX_FIELD_NAME_CHARACTERS: Final = 80
WHOLE_RECORD: Final = Category("whole-record")
"""Everything on file, without choosing (rule S11): refused here too, whatever a permit says."""
MAX_FIELD_VALUE_CHARACTERS: Final = 2_000
"""A longer value is free text and belongs in `text`, where it is read as such."""

_REORDERING: Final = "\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Unicode controls that make a line read otherwise than it is stored."""
_UNFIT_FOR_LINE: Final = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_REORDERING}]")
_UNFIT_FOR_TEXT: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""Controls other than line and page layout, and halves of characters."""


class SourceRouter:
    """Implements `ports.Source` over one connector per holder."""

    def __init__(
        self,
        connectors: Mapping[AgencyId, Connector],
        clock: Clock,
        *,
        fetch_seconds: float = MAX_FETCH_SECONDS,
    ) -> None:
        """Take the connectors as they are now; a holder that is not among them cannot be asked."""
        self._connectors = dict(connectors)
        self._clock = clock
        self._fetch_seconds = fetch_seconds
        self._bulkheads = {
            agency: Bulkhead(one.name, MAX_CONCURRENT_FETCHES)
            for agency, one in self._connectors.items()
        }

    def fetch(self, permit: Permit) -> SourceRecord:
        """Return what the permit grants and nothing else. See `ports.Source`."""
        until = Deadline(self._fetch_seconds)
        answers = [self._ask(permit.request.holder, query, until) for query in _queries_for(permit)]
        items = tuple(item for answer in answers for item in answer)
        return SourceRecord(permit=permit, items=items, fetched_at=self._clock.now())

    def _ask(self, holder: AgencyId, query: RecordQuery, until: Deadline) -> tuple[RecordItem, ...]:
        connector = self._connectors.get(holder)
        if connector is None:
            raise SourceUnavailableError(
                f"No connector is configured for {holder}: add one, or ask the holder by phone."
            )
        answer = self._bulkheads[holder].call(lambda: connector.fetch(query), until)
        return checked_items(connector.name, query, answer)


def checked_items(
    name: str, query: RecordQuery, answer: Sequence[RecordItem]
) -> tuple[RecordItem, ...]:
    """Return the items that may be used; those too old or without a date are left out.

    Raises:
        SourceMismatchError: the answer holds something that was not asked for.

    """
    if len(answer) > MAX_ITEMS:
        raise SourceMismatchError(
            f"{name} answered with more than {MAX_ITEMS} items: narrow the dates or categories."
        )
    _check_documents(name, answer)
    for position, item in enumerate(answer):
        fault = _fault_of(item, query)
        if fault:
            raise SourceMismatchError(
                f"{name} answered with {fault} (item {position}): report it to the holder."
            )
    return tuple(
        item for item in answer if item.recorded_on is not None and item.recorded_on >= query.since
    )


def _check_documents(name: str, answer: Sequence[RecordItem]) -> None:
    documents = [one for item in answer for one in item.documents]
    size = sum(len(one.content) for one in documents)
    if len(documents) > MAX_DOCUMENTS or size > MAX_DOCUMENTS_BYTES:
        raise SourceMismatchError(
            f"{name} answered with more than {MAX_DOCUMENTS} documents, or over"
            f" {MAX_DOCUMENTS_BYTES >> 20} MB of them: narrow the dates or categories."
        )


def _queries_for(permit: Permit) -> tuple[RecordQuery, ...]:
    """Return what to ask, one query for each earliest date: no holder sends what is then cut off.

    Nobody is asked where nothing is held or granted.
    """
    subject = permit.context.subject
    if subject is None or subject.subject_id != permit.request.subject_id:
        raise SourceMismatchError(
            "The permit's context is about somebody else than its request: report this fault."
        )
    if any(one.category == WHOLE_RECORD for one in permit.grants):
        raise SourceMismatchError(
            "A whole record is never fetched: ask for the categories that matter."
        )
    reference = subject.reference_at(permit.request.holder)
    if reference is None:
        return ()
    by_date: dict[date, list[Category]] = {}
    for one in permit.grants:
        by_date.setdefault(permit.context.since_for(one.category), []).append(one.category)
    return tuple(
        RecordQuery(subject_ref=reference, categories=tuple(categories), since=since)
        for since, categories in by_date.items()
    )


def _fault_of(item: RecordItem, query: RecordQuery) -> str | None:
    """Return what is wrong with an item in words that hold nothing of it."""
    text = item.text or ""
    faults = (
        (item.subject_ref != query.subject_ref, "another person's record"),
        (item.category not in query.categories, "a category that was not granted"),
        (len(text) > MAX_TEXT_CHARACTERS, f"a text over {MAX_TEXT_CHARACTERS} characters"),
        (_UNFIT_FOR_TEXT.search(text) is not None, "control characters in a text"),
        (not _is_line(item.title, MAX_TITLE_CHARACTERS), "a title that is not one short line"),
        (len(item.fields) > MAX_FIELDS, f"more than {MAX_FIELDS} fields"),
        (not all(_is_field(*one) for one in item.fields), "a field that is not short plain text"),
        (not all(map(_is_document, item.documents)), "a document over its limits"),
    )
    return next((words for found, words in faults if found), None)


def _is_field(field_name: str, value: str) -> bool:
    return _is_line(field_name, MAX_FIELD_NAME_CHARACTERS) and (
        not value or _is_line(value, MAX_FIELD_VALUE_CHARACTERS)
    )


def _is_document(one: SourceDocument) -> bool:
    return len(one.content) <= MAX_DOCUMENT_BYTES and _is_line(one.name, MAX_NAME_BYTES)


def _is_line(text: str, limit: int) -> bool:
    return 0 < len(text) <= limit and not _UNFIT_FOR_LINE.search(text)
