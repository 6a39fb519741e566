"""By which terms an entry is found. DO NOT change how one is made: the index holds the results.

A term is a number, so that a row of the index is three numbers; whoever finds an entry by it looks
at the entry itself before it counts, so that two words that met in one number are told apart.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from broker.domain.ledger import JsonValue, LedgerEntry
from broker.domain.search import Search

_TERM_BYTES = 8
EVERY = "every"
"""The term that each entry has."""
_SIDES = ("requester", "holder", "recipient", "reviewer")


def term(name: str, value: str = "") -> int:
    """Return the number of a term: 64 bits, with a sign, as both databases keep them."""
    digest = sha256(f"marac-log-term-v1|{name}|{value}".encode()).digest()
    return int.from_bytes(digest[:_TERM_BYTES], "big", signed=True)


def terms_of(entry: LedgerEntry) -> frozenset[int]:
    """Return every term that an entry is found by."""
    return frozenset(term(name, value) for name, value in _words_of(entry))


def terms_asked(search: Search) -> tuple[int, ...]:
    """Return the terms that an entry must have; at least one."""
    asked = tuple(term(name, value) for name, value in _words_asked(search))
    return asked or (term(EVERY),)


def matches(entry: LedgerEntry, search: Search) -> bool:
    """Whether an entry is what was asked for; when it happened is not looked at."""
    return set(_words_asked(search)) <= set(_words_of(entry))


def _words_asked(search: Search) -> Iterator[tuple[str, str]]:
    for name in ("kind", "purpose", "outcome", "agency_kind", "rule", "case_tag"):
        value = getattr(search, name)
        if value is not None:
            yield name, str(value)


def _words_of(entry: LedgerEntry) -> Iterator[tuple[str, str]]:
    detail = entry.detail
    yield EVERY, ""
    yield "kind", entry.kind.value
    if entry.case_tag is not None:
        yield "case_tag", entry.case_tag
    for name in ("purpose", "outcome", "agency_kind"):
        yield from _word(name, detail.get(name))
    for side in _SIDES:
        named = detail.get(side)
        if isinstance(named, Mapping):
            yield from _word("agency_kind", named.get("agency_kind"))
    for rule in _rules_of(detail):
        yield "rule", rule


def _word(name: str, value: JsonValue) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value


def _rules_of(detail: Mapping[str, JsonValue]) -> Iterator[str]:
    rulings = detail.get("rulings")
    for ruling in rulings if isinstance(rulings, tuple) else ():
        rules = ruling.get("rules") if isinstance(ruling, Mapping) else None
        yield from (str(one) for one in (rules if isinstance(rules, tuple) else ()))
