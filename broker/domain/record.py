"""The record on its way: as the holder returned it, then as it may leave."""

from dataclasses import dataclass, field
from datetime import date, datetime

from broker.domain.decision import Permit
from broker.domain.documents import Counts, DraftDocument, RedactedDocument, SourceDocument
from broker.domain.ids import Category

MAX_TEXT_CHARACTERS = 50_000
"""A longer text is refused, not cut: the tail is where the address is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordItem:
    """One entry of a holder's record.

    Args:
        item_id: stable in the holder's system; never leaves the broker.
        subject_ref: how the holder names the person; must equal what was asked.
        recorded_on: None where the holder does not say, which counts as too old.
        fields: name and value, in the holder's order; values are text.
        text: free text, at most MAX_TEXT_CHARACTERS.
        documents: files that the entry names.

    """

    item_id: str = field(repr=False)
    subject_ref: str = field(repr=False)
    category: Category
    title: str
    recorded_on: date | None
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    text: str | None = field(default=None, repr=False)
    documents: tuple[SourceDocument, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    """What a connector is asked: one person, granted categories, nothing older than `since`."""

    subject_ref: str = field(repr=False)
    categories: tuple[Category, ...]
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """As the holder's system returned it, and still under its permit. Empty: nothing held."""

    permit: Permit
    items: tuple[RecordItem, ...] = field(repr=False)
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """One removed thing, without the thing.

    Args:
        item: position of the item in the record; `field_name` is None for its free text.
        start: code-point offset in the original text; so is `end`, exclusive.
        label: PERSON, ADDRESS, NHS_NUMBER and so on.
        reason: a redact-reason of domain brief 2.8, such as `safe-location`.
        rule: profile and row that asked for it, such as `P-VICTIM-SAFE/ADDRESS/victim`.
        recogniser: what found it.
        commitment: HMAC-SHA256 of the removed text under the disclosure's salt, hex.

    """

    item: int
    field_name: str | None
    start: int
    end: int
    label: str
    party_role: str | None
    reason: str
    rule: str
    recogniser: str
    replacement: str
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionReceipt:
    """What was removed and why; checkable against the original, useless for guessing it."""

    profile: str
    engine_version: str
    removals: tuple[Redaction, ...]
    salt: bytes = field(repr=False)

    def counts(self) -> tuple[tuple[str, int], ...]:
        """Return (reason, how many), sorted by reason; this is all that goes to the log."""
        reasons = [one.reason for one in self.removals]
        return tuple((reason, reasons.count(reason)) for reason in sorted(set(reasons)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedItem:
    """One entry, fresh: nothing of the holder's item is passed through unread.

    Args:
        left_out: documents of the entry that do not travel, by reason.

    """

    category: Category
    title: str
    recorded_on: date | None
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    text: str | None = field(repr=False)
    documents: tuple[RedactedDocument, ...] = ()
    left_out: Counts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedRecord:
    """After removing what must go, and after the verifier found nothing left."""

    permit: Permit
    items: tuple[RedactedItem, ...] = field(repr=False)
    receipt: RedactionReceipt


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPiece:
    """One text of a draft: a title (`order` 0), a field's value, the free text, or a document's.

    Args:
        text: as it would have left.
        kept: what stays in it on purpose, so that the verifier can tell it from what slipped
            through.
        removals: what was taken out of it; offsets count in the holder's own text.
        unread: why it could not be read, such as `timed-out`; then there is no text, and it can
            only be left out. Empty where it was read.

    """

    item: int
    order: int
    field_name: str | None
    text: str = field(repr=False)
    kept: tuple[str, ...] = field(repr=False)
    removals: tuple[Redaction, ...]
    unread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftItem:
    """One entry of a draft, with the profile that it was made under.

    Args:
        documents: shapes of the documents whose texts are among the pieces.
        left_out: documents that do not travel, by reason.

    """

    category: Category
    recorded_on: date | None
    profile: str
    pieces: tuple[DraftPiece, ...] = field(repr=False)
    documents: tuple[DraftDocument, ...] = ()
    left_out: Counts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What redaction made of a record before the verifier held it. The original is not kept.

    Args:
        case_version: of the case whose people it was read with; so is `engine_version`, of the
            engine that read it. Where either is another one by now, it is read again.
        salt: of the commitments.

    """

    items: tuple[DraftItem, ...] = field(repr=False)
    case_version: int
    engine_version: str
    salt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """The verifier found something, or could not finish: a person must look before it leaves.

    `flags` name the kind of finding and where (`party-name item 2`), never the text. Without a
    `draft` redaction did not get as far as that, and there is nothing to look at.
    """

    permit: Permit
    flags: tuple[str, ...]
    draft: Draft | None = field(default=None, repr=False)
