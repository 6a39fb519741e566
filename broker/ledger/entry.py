"""The entry as bytes. DO NOT rename, reorder in meaning, or reuse a member: old entries stay.

An entry is one JSON object in RFC 8785 form. `version` says how to read the others; a change of
meaning is a new version, never a change of this one. FORMAT.md has the table of members.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NoReturn, cast

import rfc8785

from broker.domain.errors import LedgerError, LedgerVerificationError
from broker.domain.ids import CaseTag
from broker.domain.ledger import EntryDraft, JsonValue, LedgerEntry
from broker.domain.words import EventKind
from broker.ledger.tree import leaf_hash

_Plain = None | bool | int | str | list["_Plain"] | dict[str, "_Plain"]

VERSION = 1
MAX_ENTRY_BYTES = 65_536
"""As C2SP tlog-tiles bounds an entry (16-bit length); ours are one to four thousand bytes."""
MAX_WHOLE = 2**53 - 1
"""RFC 7493 section 2.2, which RFC 8785 builds on: larger numbers are rounded by other software."""
_DETAIL = b'"detail":'
_NO_DETAIL = _DETAIL + b"null"
_MEMBERS = frozenset(
    ("version", "index", "kind", "at", "case_tag", "case_number", "case_previous", "detail")
)
_SORTED = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
)


def time_text(moment: datetime) -> str:
    """Return RFC 3339 in UTC with microseconds, always of one length, so that it sorts."""
    if moment.tzinfo is None:
        raise LedgerError("A time without its zone cannot be logged: pass an aware datetime.")
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def place_entry(
    draft: EntryDraft,
    *,
    index: int,
    case_number: int,
    case_previous: str,
    detail: bytes | None = None,
) -> LedgerEntry:
    """Return the draft in its place, with its bytes and its hash.

    Args:
        draft: what happened.
        index: its place in the log.
        case_number: its place among the entries of its case.
        case_previous: leaf hash, in hex, of the case's entry before.
        detail: `canonical_bytes` of the draft's, for whoever wrote them before the place was known.

    Raises:
        LedgerError: the detail is not JSON of integers and text, or is too large.

    """
    # In the order of RFC 8785. What stands around the detail is made anew for each place.
    around = canonical_bytes(
        {
            "at": time_text(draft.at),
            "case_number": case_number,
            "case_previous": case_previous,
            "case_tag": draft.case_tag,
            "detail": None,
            "index": index,
            "kind": draft.kind.value,
            "version": VERSION,
        }
    )
    before, _, after = around.rpartition(_NO_DETAIL)
    written = canonical_bytes(draft.detail) if detail is None else detail
    canonical = b"".join((before, _DETAIL, written, after))
    if len(canonical) > MAX_ENTRY_BYTES:
        raise LedgerError(f"An entry has at most {MAX_ENTRY_BYTES} bytes: log less detail.")
    return LedgerEntry(
        index=index,
        kind=draft.kind,
        at=draft.at.astimezone(UTC),
        case_tag=draft.case_tag,
        case_number=case_number,
        case_previous=case_previous,
        detail=draft.detail,
        canonical=canonical,
        leaf_hash=leaf_hash(canonical),
    )


def canonical_bytes(value: JsonValue) -> bytes:
    """Return RFC 8785 bytes.

    Raises:
        LedgerError: a fraction, or a number JSON software elsewhere would round.

    """
    try:
        return _encoded(_plain(value))
    except (TypeError, ValueError) as error:
        raise LedgerError("An entry holds text, whole numbers below 2^53 and lists.") from error


def _encoded(plain: object) -> bytes:
    """Return RFC 8785 bytes of JSON's own types.

    Raises:
        ValueError: half a character, which has no bytes.

    """
    text = _SORTED.encode(plain)
    # RFC 8785 sorts members by UTF-16 and Python by code point. In ASCII they are one order, and
    # json.dumps escapes as RFC 8785 section 3.2.2.2 asks, ten times as fast.
    return text.encode("ascii") if text.isascii() else rfc8785.dumps(cast("_Plain", plain))


def _plain(value: object) -> _Plain:
    """Return the value in JSON's own types, so that nothing else reaches either writer."""
    # Most of an entry is text, and a call for each word costs more than writing the JSON does.
    if isinstance(value, dict | Mapping):
        return {str(name): one if type(one) is str else _plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [one if type(one) is str else _plain(one) for one in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return _safe(int(value))
    raise TypeError(f"{type(value).__name__} has no place in an entry")


def _safe(number: int) -> int:
    if not -MAX_WHOLE <= number <= MAX_WHOLE:
        raise TypeError("the number is not below 2^53")
    return number


def parse_entry(canonical: bytes) -> LedgerEntry:
    """Return the entry that the bytes say.

    Raises:
        LedgerVerificationError: not an entry of this version, or not in canonical form.

    """
    try:
        members = cast("dict[str, JsonValue]", _READ.decode(canonical.decode("utf-8")))
        known = set(members) == _MEMBERS and _whole(members["version"]) == VERSION
        entry = _from_members(members, canonical)
        same = _encoded(members) == canonical and time_text(entry.at) == members["at"]
    except (LedgerError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise LedgerVerificationError("The bytes of an entry cannot be read.") from error
    if not known or not same:
        raise LedgerVerificationError("The bytes are not an entry of version 1 in RFC 8785 form.")
    return entry


def _no_fraction(_: str) -> NoReturn:
    raise ValueError("an entry has whole numbers only")


_READ = json.JSONDecoder(
    parse_int=lambda text: _safe(int(text)),
    parse_float=_no_fraction,
    parse_constant=_no_fraction,
)
"""Reads JSON into its own types and nothing that `canonical_bytes` would not write."""


def _whole(value: JsonValue) -> int:
    """Return a JSON integer; in Python `true` would pass for 1."""
    if type(value) is not int:
        raise TypeError("a whole number is written as one")
    return value


def _from_members(members: dict[str, JsonValue], canonical: bytes) -> LedgerEntry:
    tag = members["case_tag"]
    if not isinstance(tag, str | None):
        raise TypeError("a case is named by text")
    return LedgerEntry(
        index=_whole(members["index"]),
        kind=EventKind(str(members["kind"])),
        at=datetime.fromisoformat(str(members["at"])),
        case_tag=None if tag is None else CaseTag(tag),
        case_number=_whole(members["case_number"]),
        case_previous=str(members["case_previous"]),
        detail=frozen_detail(members["detail"]),
        canonical=canonical,
        leaf_hash=leaf_hash(canonical),
    )


def frozen_detail(value: JsonValue) -> Mapping[str, JsonValue]:
    """Return the detail with tuples where JSON has lists, as a draft has it."""
    if not isinstance(value, Mapping):
        raise TypeError("the detail of an entry is an object")
    return {name: _frozen(one) for name, one in value.items()}


def _frozen(value: object) -> JsonValue:
    # Most of an entry is text, and a call for each word costs more than reading the JSON did.
    if isinstance(value, list | tuple):
        return tuple([one if isinstance(one, str) else _frozen(one) for one in value])
    if isinstance(value, dict | Mapping):
        return {name: one if isinstance(one, str) else _frozen(one) for name, one in value.items()}
    return cast("JsonValue", value)
