"""The redaction room's front door: minimise, detect, apply, verify, in that order, for one record.

Detection is done once for a text and a case and kept as offsets; everything after it depends on
the recipient and is done anew each time. Any doubt ends in an exception or a held record.
"""

import secrets
from collections.abc import Sequence

from broker.domain.decision import Permit
from broker.domain.people import Person
from broker.domain.ports import SpanStore
from broker.domain.record import Draft, HeldRecord, RedactedRecord, SourceRecord
from broker.domain.review import Edits, Revised
from redaction.documents.attached import ReadItem, read_items
from redaction.documents.document import Cell
from redaction.documents.enclosed import Enclosed, enclose, flags_together, said_of
from redaction.documents.rewrite import judged
from redaction.drafts import drafted, released
from redaction.fields import find_in_field
from redaction.findings import Finding
from redaction.finish import Done, check_text, finish, naming_of, not_read
from redaction.kept import KeptFindings, people_of
from redaction.minimise import TITLE, Unit, minimise
from redaction.pool import WorkerPool
from redaction.profiles import Profile, profile_for
from redaction.propagate import propagate
from redaction.pseudonyms import pseudonym_key
from redaction.receipt import SALT_BYTES
from redaction.revise import revise
from redaction.unread import SINGLY, Readings, UnreadError, Why, flags_of, read_all
from redaction.verify import verify


class RedactionService:
    """Implements the Redactor port. Safe to call from several threads."""

    def __init__(
        self, *, spans: SpanStore, span_key: bytes, workers: int = 2, time_limit: float = 20.0
    ) -> None:
        """Start the worker processes, which load in the background.

        Args:
            spans: keeps offsets and labels between calls.
            span_key: 32 secret bytes that the keys of the span store are made with.
            workers: processes; about 220 MB each.
            time_limit: seconds of processor time one record may take.

        """
        self._time_limit = time_limit
        self._pool = WorkerPool(workers)
        self._kept = KeptFindings(spans, span_key, self.detect)
        self._singly = KeptFindings(spans, span_key, self._detect_soon)

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The worker processes, for supervision."""
        return self._pool.pids

    def warm(self) -> None:
        """Block until every worker is ready."""
        self._pool.warm()

    def close(self) -> None:
        """End the worker processes."""
        self._pool.close()

    def redact(self, record: SourceRecord) -> RedactedRecord | HeldRecord:
        """Return what may leave, or what a person must see first. See the port for errors."""
        permit = record.permit
        profiles = {one.category: profile_for(one.profile) for one in permit.grants}
        items = read_items(minimise(record), profiles)
        units = [unit for one in items for unit in one.units]
        read = self._read(record, items)
        found = _spread(items, units, read)
        naming = naming_of(pseudonym_key(permit), units, found)
        by_unit = dict(zip(units, found, strict=True))

        def done_of(unit: Unit, profile: Profile) -> Done:
            if unit in read.unread:
                return not_read(unit, read.unread[unit], profile)
            return finish(unit, by_unit[unit], profile, naming)

        done = [[done_of(unit, profiles[one.item.category]) for unit in one.units] for one in items]
        draft = drafted(permit, items, done, secrets.token_bytes(SALT_BYTES))
        return _verified(permit, draft, done, flags_of(read))

    def revise(self, permit: Permit, draft: Draft, edits: Edits) -> Revised:
        """Return a held draft as a person edited it, verified again (review.Reviser)."""
        return revise(permit, draft, edits, self.detect)

    def detect(self, texts: Sequence[str], people: Sequence[Person]) -> list[tuple[Finding, ...]]:
        """Return what is in the texts of one case, offsets only; nothing is kept.

        Raises:
            RedactionError: time-out, crash of a worker, or the engine refused.

        """
        return self._pool.detect(texts, people, self._time_limit)

    def _detect_soon(
        self, texts: Sequence[str], people: Sequence[Person]
    ) -> list[tuple[Finding, ...]]:
        """Detect in a text by itself, within its share of the time."""
        return self._pool.detect(texts, people, self._time_limit * SINGLY)

    def _read(self, record: SourceRecord, items: Sequence[ReadItem]) -> Readings:
        """Return the findings of every text: detected or kept; and what could not be read."""
        context = record.permit.context
        read = read_all(
            [one.item for one in items],
            _refused([unit for one in items for unit in one.item.units]),
            lambda some: self._kept.of(context, some),
            lambda some: self._singly.of(context, some),
        )
        found, unread = dict(read.found), dict(read.unread)
        for document in (document for one in items for document in one.documents):
            try:
                raw = list(document.detected(people_of(context), self))
                found.update(zip(document.units, raw, strict=True))
            except UnreadError as error:
                unread.update(dict.fromkeys(document.units, error.why))
        return Readings(found=found, unread=unread, halted=read.halted)


def _refused(units: Sequence[Unit]) -> dict[Unit, Why]:
    """Return the texts that detection cannot be trusted with, and why."""
    refused = {}
    for unit in units:
        try:
            check_text(unit.text)
            check_text(unit.field_name or "")
        except UnreadError as error:
            refused[unit] = error.why
    return refused


def _spread(
    items: Sequence[ReadItem], units: Sequence[Unit], read: Readings
) -> list[tuple[Finding, ...]]:
    """Return what is in every text when each knows what the others do, and what it is called."""
    texts = ["" if unit in read.unread else unit.text for unit in units]
    spread = propagate(texts, [read.found.get(unit, ()) for unit in units])
    cells = [cell for one in items for cell in one.cells]
    return [_judged(*one) for one in zip(units, cells, spread, strict=True)]


def _verified(
    permit: Permit, draft: Draft, done: Sequence[Sequence[Done]], unread: tuple[str, ...]
) -> RedactedRecord | HeldRecord:
    """Return what may leave, or what a person must see first."""
    people = people_of(permit.context)
    flags = unread + verify([one.output() for some in done for one in some], people)
    flags = flags or said_of(flags_together(draft.items, people))
    enclosed = Enclosed() if flags else enclose(draft.items, people)
    if flags or enclosed.flags:
        return HeldRecord(permit=permit, flags=flags or said_of(enclosed.flags), draft=draft)
    return released(permit, draft, enclosed.documents)


def _judged(unit: Unit, cell: Cell | None, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Add what a field's name, or a cell's heading, says of the text."""
    if cell is not None:
        return judged(cell, found)
    if unit.field_name is None or unit.field_name == TITLE:
        return found
    return (*found, *find_in_field(unit.field_name, unit.text))
