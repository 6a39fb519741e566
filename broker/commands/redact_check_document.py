"""The receipt of a document, held against the original: the document is read again and looked at.

Without the fresh document only the commitments are opened, as for a note that was held.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from broker.domain.errors import InvalidRequestError
from redaction.receipt_check import Compared, Removal, compare

_NOT_OF_IT = "Give the receipt, the original and the salts of one document: a part is missing."


def check_document(
    receipt: Path, original: Path, salts: Mapping[str, bytes]
) -> list[tuple[str, Compared]]:
    """Return what came of each place that a document's receipt names; nothing for notes.

    Raises:
        InvalidRequestError: the parts do not belong together.
        RedactionError: the original is refused, or the salt is another receipt's.

    """
    told = _told(receipt)
    if told is None:
        return []
    from redaction.documents.reading import read_document  # noqa: PLC0415  # notes do without

    document = read_document(original.name, original.read_bytes())
    texts = {cell.where: cell.text for cell in document.cells()}
    try:
        return list(_compared(told, texts, salts))
    except (KeyError, TypeError, ValueError):
        raise InvalidRequestError(_NOT_OF_IT) from None


def _told(receipt: Path) -> dict[str, Any] | None:
    """Return a document's receipt; None for a file of notes, which is one object a line."""
    try:
        stored = json.loads(receipt.read_text("utf-8-sig"))
    except ValueError:
        return None
    return stored if isinstance(stored, dict) and "kind" in stored else None


def _compared(
    told: Mapping[str, Any], texts: Mapping[str, str], salts: Mapping[str, bytes]
) -> Iterator[tuple[str, Compared]]:
    made = told["receipt"]
    rows = zip(told["spans"], made["commitments"], strict=True)
    named, salt = made["salt_sha256"], salts[made["salt_sha256"]]
    for where, some in groupby(rows, key=lambda row: row[0]["where"]):
        removals = [
            Removal(
                start=span["start"],
                end=span["end"],
                replacement=span["replacement"],
                commitment=commitment,
            )
            for span, commitment in some
        ]
        yield where, compare(texts[where], None, removals, salt, named)
