"""What a recipient reads: the plaintext of a package, `marac-package/1`, or `/2` with documents.

RFC 8785 canonical JSON of PackageContent (members are written as they stand here, so they stand in
that order; there is no number but whole ones), padded so that its length says little about what is
inside. Do not rename, remove or retype a member under these versions: packages already delivered,
and other people's software, read them by these names. A new member is a new version. The second is
written only where there is a document, or one was left out: whoever gets none needs to know none.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Final, Literal

from pydantic import ConfigDict, StringConstraints, TypeAdapter

from broker.domain.errors import EnvelopeError, PackageRefusedError
from keys.encoding import read_b64u

Version = Literal["marac-package/1", "marac-package/2"]
VERSION: Final[Version] = "marac-package/1"
WITH_DOCUMENTS: Final[Version] = "marac-package/2"
MAX_DOCUMENTS: Final = 99
"""Documents of one package; their names have room for two digits."""
SMALLEST_BUCKET_BYTES: Final = 4 * 1024
"""Plaintexts are padded to this times a power of two: a length then tells one of eleven sizes."""
LARGEST_BUCKET_BYTES: Final = 4 * 1024 * 1024
"""Twenty texts of MAX_TEXT_CHARACTERS in four-byte characters."""
_PADDED: Final = b'"padding":"'
_ONLY_WITH_DOCUMENTS: Final = {"items": {"__all__": {"documents", "left_out"}}}
"""Members of an item that the first version does not have."""

FreshName = Annotated[
    str, StringConstraints(pattern=r"^document-[1-9][0-9]?\.(docx|eml|html|pdf|txt|xlsx)\z")
]
"""What a document is called; no name from outside, and no path, can be one."""


class _Strict:
    """Reading refuses a member that is not in the version, and any other type."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class About(_Strict):
    """Whom and what it concerns, in the broker's ids."""

    case_id: str
    meeting_id: str | None
    subject_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder(_Strict):
    """Where it comes from."""

    agency_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient(_Strict):
    """Whom it is for. `keys`: the thumbprints it is sealed to, sorted."""

    agency_id: str
    keys: tuple[str, ...]
    practitioner_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed(_Strict):
    """How many things were removed for one reason."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken(_Strict):
    """How many of one thing in a document's original are not in the fresh one."""

    count: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(_Strict):
    """A document, written afresh.

    Args:
        content: its bytes in base64url without padding.
        name: `document-` and its number in the package, in order.

    """

    content: str = field(repr=False)
    media_type: str
    name: FreshName
    not_taken: tuple[NotTaken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut(_Strict):
    """How many documents of an entry do not travel for one reason (documents.WhyLeftOut)."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(_Strict):
    """One entry of the holder's record, as it may be read.

    Args:
        documents: second version only, as is `left_out`.

    """

    category: str
    documents: tuple[Document, ...] = ()
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    left_out: tuple[LeftOut, ...] = ()
    recorded_on: date | None
    text: str | None = field(repr=False)
    title: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageContent(_Strict):
    """Everything the recipient is told. Times are UTC, whole seconds.

    Args:
        requested_by: the practitioner who asked; often the recipient.
        obligations: codes of the policy pack; `terms` says them in plain English.
        withheld: categories that were asked for and are not in here.
        expires_at: until when the recipient may keep it.

    """

    about: About
    disclosure_id: str
    expires_at: datetime
    holder: Holder
    items: tuple[Item, ...]
    obligations: tuple[str, ...]
    padding: str = field(default="", repr=False)
    policy_version: str
    profile: str
    purpose: str
    recipient: Recipient
    removed: tuple[Removed, ...]
    requested_by: str
    sealed_at: datetime
    terms: tuple[str, ...]
    version: Version
    withheld: tuple[str, ...]


_ADAPTER: Final = TypeAdapter(PackageContent)


def write_content(content: PackageContent) -> bytes:
    """Return the canonical plaintext, padded to its bucket.

    Raises:
        EnvelopeError: larger than LARGEST_BUCKET_BYTES, or holding what is not text.

    """
    try:
        plain = _canonical(content)
    except ValueError:
        # The error below quotes the text at fault, so it must not travel with ours.
        raise EnvelopeError(
            "The record holds characters that are not text; have the holder correct it."
        ) from None
    # Quotes inside texts are escaped, so the empty member can stand in one place only.
    before, name, after = plain.partition(_PADDED)
    return b"".join((before, name, b"0" * (_bucket(len(plain)) - len(plain)), after))


def read_content(plain: bytes) -> PackageContent:
    """Read a plaintext that `write_content` could have written.

    Raises:
        PackageRefusedError: another version, another shape, or not in canonical form.

    """
    # Quotes inside texts are escaped, so the member's name can stand in one place only.
    before, name, rest = plain.partition(_PADDED)
    filling, quote, after = rest.partition(b'"')
    bare = b"".join((before, name, quote, after))
    try:
        content = _ADAPTER.validate_json(bare)
        # Without its filling it is what would be written now, so it was in canonical form.
        if len(plain) != _bucket(len(bare)) or _canonical(content) != bare:
            raise _refused()
        _check_documents(content)
    except (EnvelopeError, ValueError):
        # The validation error quotes what it read, so it must not travel with ours.
        raise _refused() from None
    if filling != b"0" * len(filling):
        raise _refused()
    return content


def _canonical(content: PackageContent) -> bytes:
    left_out = _ONLY_WITH_DOCUMENTS if content.version == VERSION else None
    return _ADAPTER.dump_json(content, exclude=left_out)


def _check_documents(content: PackageContent) -> None:
    """Raise ValueError unless the documents are numbered in order and hold bytes."""
    documents = [one for item in content.items for one in item.documents]
    for number, one in enumerate(documents, 1):
        read_b64u(one.content)
        if not one.name.startswith(f"document-{number}."):
            raise ValueError("a document out of its order")


def moment(at: datetime) -> datetime:
    """Return a time as packages carry it: UTC, whole seconds, rounded down."""
    return at.astimezone(UTC).replace(microsecond=0)


def _bucket(size: int) -> int:
    bucket = SMALLEST_BUCKET_BYTES
    while bucket < size:
        bucket *= 2
    if bucket > LARGEST_BUCKET_BYTES:
        raise EnvelopeError(
            "The record is too large for one package; ask for fewer categories or fewer years."
        )
    return bucket


def _refused() -> PackageRefusedError:
    return PackageRefusedError(
        "The package's content is not in a form this version reads; ask for it to be sent again."
    )
