"""The redaction room's front door: minimise, detect, apply, verify, in that order, for one record.

Detection is done once for a text and a case and kept as offsets; everything after it depends on
the recipient and is done anew each time. Any doubt ends in an exception or a held record.
"""

import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from broker.domain.errors import RedactionError
from broker.domain.people import Person
from broker.domain.ports import SpanStore
from broker.domain.record import (
    MAX_TEXT_CHARACTERS,
    HeldRecord,
    RedactedItem,
    RedactedRecord,
    Redaction,
    SourceRecord,
)
from redaction.apply import Change, Naming, apply, changes
from redaction.fields import find_in_field
from redaction.findings import Finding, decode, encode
from redaction.frames import people_to_json
from redaction.labels import Label
from redaction.minimise import TITLE, MinimalItem, Unit, minimise
from redaction.pool import WorkerPool
from redaction.profiles import Action, Profile, profile_for
from redaction.propagate import propagate, stranger_keys
from redaction.pseudonyms import Pseudonyms, pseudonym_key
from redaction.receipt import SALT_BYTES, receipt, redactions
from redaction.resolve import Span, resolve
from redaction.verify import Output, verify
from redaction.version import ENGINE_VERSION

_ALLOWED_CONTROLS = frozenset("\n\t\r")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """One text after the profile was applied."""

    unit: Unit
    text: str = field(repr=False)
    made: tuple[Change, ...] = field(repr=False)
    kept: tuple[str, ...] = field(repr=False)


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
        self._spans = spans
        self._span_key = span_key
        self._time_limit = time_limit
        self._pool = WorkerPool(workers)

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
        items = minimise(record)
        profiles = [profile_for(item.profile) for item in items]
        _check_texts(items)
        case = record.permit.context.case
        people = case.people if case is not None else ()
        units = [unit for item in items for unit in item.units]
        found = self._found(record, items, people)
        naming = _naming(record, units, found)
        finished = iter(zip(units, found, strict=True))
        done = [
            [_finish(*next(finished), profile, naming) for _ in item.units]
            for item, profile in zip(items, profiles, strict=True)
        ]
        flags = verify(_outputs(done, profiles), people)
        if flags:
            return HeldRecord(permit=record.permit, flags=flags)
        return _released(record, items, profiles, done)

    def findings(
        self, texts: Sequence[str], people: Sequence[Person]
    ) -> tuple[tuple[Finding, ...], ...]:
        """Return what is in the texts of one case, propagated, without keeping anything."""
        return propagate(texts, self._pool.detect(texts, people, self._time_limit))

    def _found(
        self, record: SourceRecord, items: Sequence[MinimalItem], people: Sequence[Person]
    ) -> list[tuple[Finding, ...]]:
        """Return the findings of every unit, from the store where they are kept."""
        known: dict[int, list[tuple[Finding, ...]]] = {}
        keys = [self._key(record, item) for item in items]
        for position, (item, key) in enumerate(zip(items, keys, strict=True)):
            stored = self._spans.get(key)
            found = decode(stored) if stored is not None else None
            if found is not None and len(found) == len(item.units):
                known[position] = found
        missing = [position for position in range(len(items)) if position not in known]
        texts = [unit.text for position in missing for unit in items[position].units]
        fresh = iter(self._pool.detect(texts, people, self._time_limit) if texts else ())
        for position in missing:
            known[position] = [next(fresh) for _ in items[position].units]
            self._spans.put(keys[position], encode(known[position]))
        units = [unit for item in items for unit in item.units]
        raw = [found for position in range(len(items)) for found in known[position]]
        widened = propagate([unit.text for unit in units], raw)
        return [_with_field(unit, found) for unit, found in zip(units, widened, strict=True)]

    def _key(self, record: SourceRecord, item: MinimalItem) -> bytes:
        """Return the store's key: nothing about text or case can be guessed from it."""
        case, context = record.permit.context.case, record.permit.context
        salt = case.salt if case is not None else context.salt
        people = people_to_json(case.people) if case is not None else []
        known = [case.version if case is not None else 0, ENGINE_VERSION, people]
        content = json.dumps([known, [[unit.field_name, unit.text] for unit in item.units]])
        return hmac.digest(self._span_key, b"spans/1\0" + salt + content.encode(), hashlib.sha256)


def _check_texts(items: Sequence[MinimalItem]) -> None:
    for item in items:
        for unit in item.units:
            check_text(unit.text)
            check_text(unit.field_name or "")


def check_text(text: str) -> None:
    """Refuse what detection cannot be trusted with.

    Raises:
        RedactionError: too long, or with control characters other than line ends and tabs.

    """
    if len(text) > MAX_TEXT_CHARACTERS:
        raise RedactionError(f"Split the entry: its text is over {MAX_TEXT_CHARACTERS} characters.")
    if text.isprintable():
        return
    for character in text:
        category = unicodedata.category(character)
        if category in _REFUSED_CATEGORIES and character not in _ALLOWED_CONTROLS:
            raise RedactionError("Remove the control characters from the entry at its source.")


def _with_field(unit: Unit, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    if unit.field_name is None or unit.field_name == TITLE:
        return found
    return (*found, *find_in_field(unit.field_name, unit.text))


def _naming(
    record: SourceRecord, units: Sequence[Unit], found: Sequence[tuple[Finding, ...]]
) -> Naming:
    strangers = [
        (unit.text, one)
        for unit, findings in zip(units, found, strict=True)
        for one in findings
        if one.label is Label.PERSON and not one.people
    ]
    return Naming(
        pseudonyms=Pseudonyms(pseudonym_key(record.permit)),
        strangers=dict(stranger_keys(strangers)),
    )


def _finish(unit: Unit, found: tuple[Finding, ...], profile: Profile, naming: Naming) -> _Done:
    spans = resolve(unit.text, found, profile)
    made = changes(unit.text, spans, profile, naming)
    return _Done(
        unit=unit, text=apply(unit.text, made), made=made, kept=_kept(unit.text, spans, made)
    )


def _kept(text: str, spans: Sequence[Span], made: Sequence[Change]) -> tuple[str, ...]:
    """Return what stays on purpose, so that the verifier can tell it from what slipped through."""
    stays = [text[s.start : s.end] for s in spans if s.cell.action is Action.KEEP]
    return (*stays, *(one.replacement for one in made))


def _outputs(done: Sequence[Sequence[_Done]], profiles: Sequence[Profile]) -> list[Output]:
    return [
        Output(
            where=f"item {item} {'text' if one.unit.field_name is None else 'field'}",
            text=one.text,
            profile=profile,
            kept=one.kept,
        )
        for item, (units, profile) in enumerate(zip(done, profiles, strict=True))
        for one in units
    ]


def _released(
    record: SourceRecord,
    items: Sequence[MinimalItem],
    profiles: Sequence[Profile],
    done: Sequence[Sequence[_Done]],
) -> RedactedRecord:
    salt = secrets.token_bytes(SALT_BYTES)
    removals: list[Redaction] = []
    for position, units in enumerate(done):
        for one in units:
            removals += redactions(one.unit, position, one.made, salt)
    return RedactedRecord(
        permit=record.permit,
        items=tuple(map(_item, items, profiles, done)),
        receipt=receipt([profile.name for profile in profiles], removals, salt),
    )


def _item(item: MinimalItem, profile: Profile, done: Sequence[_Done]) -> RedactedItem:
    texts = [one.text for one in done if one.unit.field_name is None]
    return RedactedItem(
        category=item.category,
        title=next(one.text for one in done if one.unit.field_name == TITLE),
        recorded_on=_day(item.recorded_on, profile),
        fields=tuple(
            (one.unit.field_name, one.text)
            for one in done
            if one.unit.field_name is not None and one.unit.field_name != TITLE
        ),
        text=texts[0] if texts else None,
    )


def _day(recorded_on: date | None, profile: Profile) -> date | None:
    """Return the entry's own date as coarse as the profile makes dates."""
    action = profile.cell(Label.DATE, ()).action
    if recorded_on is None or action is Action.KEEP:
        return recorded_on
    return recorded_on.replace(day=1) if action is Action.GENERALISE else None
