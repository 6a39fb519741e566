"""Detection is done once: what was found in an item is kept, as offsets, under a keyed hash.

The key covers the item's texts, the case with its people, its version and salt, and the engine's
version. A change of any of them finds nothing, so nothing stale is ever used; destroying the case's
salt makes what was kept unreachable.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence

from broker.domain.context import CaseContext
from broker.domain.people import Person
from broker.domain.ports import SpanStore
from redaction.findings import Finding, decode, encode
from redaction.frames import people_to_json
from redaction.minimise import MinimalItem
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
        fresh = iter(self._detect(texts, people_of(context)) if texts else ())
        complete: Found = []
        for key, item, found in zip(keys, items, known, strict=True):
            complete += found if found is not None else self._keep(key, item, fresh)
        return complete

    def _stored(self, key: bytes, item: MinimalItem) -> Found | None:
        stored = self._spans.get(key)
        found = decode(stored) if stored is not None else None
        return found if found is not None and _fits(found, item) else None

    def _keep(self, key: bytes, item: MinimalItem, fresh: Iterator[tuple[Finding, ...]]) -> Found:
        found = [next(fresh) for _ in item.units]
        self._spans.put(key, encode(found))
        return found

    def _key_of(self, context: CaseContext, item: MinimalItem) -> bytes:
        case = context.case
        salt = case.salt if case is not None else context.salt
        version = case.version if case is not None else 0
        known = [ENGINE_VERSION, version, people_to_json(people_of(context))]
        texts = [[unit.field_name, unit.text] for unit in item.units]
        message = b"spans/1\0" + salt + json.dumps([known, texts]).encode()
        return hmac.digest(self._key, message, hashlib.sha256)


def _fits(found: Found, item: MinimalItem) -> bool:
    """Say whether kept offsets can belong to these texts."""
    return len(found) == len(item.units) and all(
        one.end <= len(unit.text)
        for findings, unit in zip(found, item.units, strict=True)
        for one in findings
    )
