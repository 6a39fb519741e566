"""Detection is done once: what was found in an item is kept, as offsets, under a keyed hash.

The key covers the item's texts, the case with its people, its version and salt, and the engine's
version. A change of any of them finds nothing, so nothing stale is ever used; destroying the case's
salt makes what was kept unreachable. A long text is kept by its paragraphs too, so that a change of
one costs the reading of one.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from broker.domain.context import CaseContext
from broker.domain.people import Person
from broker.domain.ports import SpanStore
from redaction.findings import Finding, decode, encode
from redaction.frames import people_to_json
from redaction.minimise import MinimalItem
from redaction.paragraphs import pieces
from redaction.version import ENGINE_VERSION

Detect = Callable[[Sequence[str], Sequence[Person]], list[tuple[Finding, ...]]]
Found = list[tuple[Finding, ...]]


def people_of(context: CaseContext) -> tuple[Person, ...]:
    """Return everybody of the case; nobody where the case is not known."""
    return context.case.people if context.case is not None else ()


class KeptFindings:
    """The span store, as this room uses it."""

    def __init__(self, spans: SpanStore, key: bytes, detect: Detect) -> None:
        """Keep under `key` whatever `detect` returns."""
        self._spans = spans
        self._key = key
        self._detect = detect

    def of(self, context: CaseContext, items: Sequence[MinimalItem]) -> Found:
        """Return the findings of every unit of the items, in order."""
        keys = [self._key_of(context, item) for item in items]
        known = [self._stored(key, item) for key, item in zip(keys, items, strict=True)]
        missing = [item for item, found in zip(items, known, strict=True) if found is None]
        texts = [unit.text for item in missing for unit in item.units]
        fresh = iter(self._read(context, texts))
        complete: Found = []
        for key, item, found in zip(keys, items, known, strict=True):
            complete += found if found is not None else self._keep(key, item, fresh)
        return complete

    def _read(self, context: CaseContext, texts: Sequence[str]) -> Found:
        """Return the findings of texts that are not kept as a whole; known paragraphs are."""
        cut = [pieces(text) for text in texts]
        every = [piece for some in cut for _, piece in some]
        long = {piece for some in cut if len(some) > 1 for _, piece in some}
        keys = {piece: self._key_of_piece(context, piece) for piece in long}
        known = {piece: self._piece(keys[piece], piece) for piece in long}
        missing = list(dict.fromkeys(piece for piece in every if known.get(piece) is None))
        people = people_of(context)
        fresh = zip(missing, self._detect(missing, people) if missing else (), strict=True)
        for piece, found in fresh:
            known[piece] = found
            if piece in long:
                self._spans.put(keys[piece], encode([found]))
        return [_joined(some, known) for some in cut]

    def _piece(self, key: bytes, piece: str) -> tuple[Finding, ...] | None:
        stored = self._spans.get(key)
        found = decode(stored) if stored is not None else None
        if found is None or len(found) != 1 or any(one.end > len(piece) for one in found[0]):
            return None
        return found[0]

    def _stored(self, key: bytes, item: MinimalItem) -> Found | None:
        stored = self._spans.get(key)
        found = decode(stored) if stored is not None else None
        return found if found is not None and _fits(found, item) else None

    def _keep(self, key: bytes, item: MinimalItem, fresh: Iterator[tuple[Finding, ...]]) -> Found:
        found = [next(fresh) for _ in item.units]
        self._spans.put(key, encode(found))
        return found

    def _key_of_piece(self, context: CaseContext, piece: str) -> bytes:
        return self._hashed(b"piece/1\0", context, piece)

    def _key_of(self, context: CaseContext, item: MinimalItem) -> bytes:
        texts = [[unit.field_name, unit.text] for unit in item.units]
        return self._hashed(b"spans/1\0", context, texts)

    def _hashed(self, kind: bytes, context: CaseContext, content: object) -> bytes:
        case = context.case
        salt = case.salt if case is not None else context.salt
        version = case.version if case is not None else 0
        known = [ENGINE_VERSION, version, people_to_json(people_of(context))]
        message = kind + salt + json.dumps([known, content]).encode()
        return hmac.digest(self._key, message, hashlib.sha256)


def _joined(
    some: Sequence[tuple[int, str]], known: Mapping[str, tuple[Finding, ...] | None]
) -> tuple[Finding, ...]:
    """Return the findings of a text from those of its pieces, in its own offsets."""
    return tuple(
        replace(one, start=one.start + start, end=one.end + start)
        for start, piece in some
        for one in known[piece] or ()
    )


def _fits(found: Found, item: MinimalItem) -> bool:
    """Say whether kept offsets can belong to these texts."""
    return len(found) == len(item.units) and all(
        one.end <= len(unit.text)
        for findings, unit in zip(found, item.units, strict=True)
        for one in findings
    )
