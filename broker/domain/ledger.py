"""What the disclosure log holds and what it hands out. The format itself is in broker.ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from broker.domain.ids import CaseTag, DisclosureId
from broker.domain.words import EventKind

JsonValue = None | bool | int | str | tuple["JsonValue", ...] | Mapping[str, "JsonValue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """An event before the sequencer gives it its place. Content-free: ids, words and tokens.

    Args:
        case_tag: the case as a salted token; None for what belongs to no case.
        detail: what is particular to the kind of event.

    """

    kind: EventKind
    at: datetime
    case_tag: CaseTag | None
    detail: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """An event in its place.

    Args:
        index: 0-based position in the tree.
        case_number: 1-based position among the entries of the same case; 0 without a case.
        case_previous: leaf hash (hex) of the case's entry before, or "" for the first.
        canonical: RFC 8785 bytes of the whole entry: what the leaf hash is taken over.
        leaf_hash: RFC 6962 SHA-256(0x00 || canonical).

    """

    index: int
    kind: EventKind
    at: datetime
    case_tag: CaseTag | None
    case_number: int
    case_previous: str
    detail: Mapping[str, JsonValue]
    canonical: bytes = field(repr=False)
    leaf_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A signed statement of the tree's size and root, as a C2SP signed note.

    Args:
        map_root: root of the map of cases (see broker.ledger.case_map); None in notes from before
            there was one.

    """

    origin: str
    size: int
    root: bytes
    note: str
    map_root: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """RFC 6962 audit path from entry `index` to the root of the tree of `size`."""

    index: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof that a disclosure was written down, durably, before it left.

    What delivering needs; only the ledger constructs one.
    """

    disclosure_id: DisclosureId
    entry: LedgerEntry
    checkpoint: Checkpoint
    proof: InclusionProof
