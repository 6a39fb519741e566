"""Documents that travel with a record: as the holder has them, as a draft, and written afresh.

A document that may not or cannot be redacted is left out by name of the reason, and never passed
through: the entry goes without it, and the package and the log say so.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

MAX_DOCUMENTS = 10
"""Documents of one answer; more is a whole file, which nobody granted (proposed default)."""
MAX_DOCUMENT_BYTES = 10 * 1024 * 1024
"""Of one, as the holder has it: a 100-page report with pictures (proposed default)."""
MAX_DOCUMENTS_BYTES = 32 * 1024 * 1024
"""Of all of one answer together: they are in memory while it is redacted (proposed default)."""
MAX_NAME_BYTES = 255
"""Of a file's name, which is as long as file systems have them (limits.h, NAME_MAX)."""
MAX_FRESH_BYTES = 1024 * 1024
"""Of one, written afresh: words alone are a tenth of that."""
MAX_FRESH_TOGETHER = 2 * 1024 * 1024
"""Of all of one answer: with them in base64, its texts still fit the largest package."""


class WhyLeftOut(StrEnum):
    """Why a document does not travel. Words of the log and of packages: add, never rename."""

    PICTURE = "picture"
    """A scan or a picture whose words cannot be read here."""
    LOCKED = "locked"
    """Under a password, or encrypted."""
    MACROS = "macros"
    KIND = "kind"
    """Of a kind that is not read, or not what its name says."""
    DAMAGED = "damaged"
    TOO_LARGE = "too-large"
    FOR_A_PERSON = "for-a-person"
    """It can be opened, but not read with certainty."""
    MISSING = "missing"
    """The record names it, and it is not there."""
    CHANGED = "changed"
    """It was replaced after the record named it."""
    PROFILE = "profile"
    """The recipient's profile lets no document go."""
    REVIEWER = "reviewer"
    """Whoever reviewed the record left it out."""


Counts = tuple[tuple[str, int], ...]
"""(word, how many), sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDocument:
    """One file that an entry of a holder's record names.

    Args:
        name: as the holder calls it: it says the kind, and never leaves the broker.
        fault: why its bytes are not here; None: they are.

    """

    name: str = field(repr=False)
    content: bytes = field(default=b"", repr=False)
    fault: WhyLeftOut | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedDocument:
    """One document written afresh.

    Args:
        suffix: of its name, such as `.docx`; the rest of the name is a number.
        not_taken: what the original held that is not in it, such as pictures and comments.

    """

    suffix: str
    media_type: str
    content: bytes = field(repr=False)
    not_taken: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDocument:
    """One document of a draft; its texts are pieces of the entry, in reading order.

    Args:
        order: of the piece that stands for the whole document; its texts follow.
        texts: how many they are.
        shape: headings, tables and the like with the redacted texts, as redaction writes them.

    """

    order: int
    texts: int
    shape: str = field(repr=False)
    not_taken: Counts

    def holds(self, order: int) -> bool:
        """Whether a piece is the document's: the one that stands for it, or one of its texts."""
        return self.order <= order <= self.order + self.texts


def counted(words: Iterable[str]) -> Counts:
    """Return how often each word is there."""
    return tuple(sorted(Counter(words).items()))


def together(*some: Counts) -> Counts:
    """Return the counts of all of them."""
    total: Counter[str] = Counter()
    for counts in some:
        total.update(dict(counts))
    return tuple(sorted(total.items()))
