"""The receipt: for each removal where, what kind, why and by which rule; and a commitment.

DO NOT CHANGE the commitment: it is HMAC-SHA256 over `redaction/1`, a zero byte and the removed
text in UTF-8, keyed with the receipt's salt, in hex. Whoever has the original and the salt can
check it; without the salt a name cannot be guessed from it.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from broker.domain.record import Redaction, RedactionReceipt
from redaction.apply import Change
from redaction.minimise import Unit
from redaction.version import ENGINE_VERSION

SALT_BYTES = 32
_PREFIX = b"redaction/1\0"


def commitment(salt: bytes, removed: str) -> str:
    """Return the commitment to a removed text."""
    return hmac.new(salt, _PREFIX + removed.encode(), hashlib.sha256).hexdigest()


def redactions(unit: Unit, made: Iterable[Change], salt: bytes) -> list[Redaction]:
    """Return the receipt's lines for one text; positions are those of the source record."""
    return [_redaction(unit, one, salt) for one in made]


def _redaction(unit: Unit, one: Change, salt: bytes) -> Redaction:
    span = one.span
    return Redaction(
        item=unit.item,
        field_name=unit.field_name,
        start=span.start,
        end=span.end,
        label=span.finding.label.value,
        party_role=span.cell.role if span.finding.roles else None,
        reason=span.cell.reason,
        rule=span.cell.rule,
        recogniser=span.finding.recogniser,
        replacement=one.replacement,
        commitment=commitment(salt, one.original),
    )


def receipt(
    profiles: Iterable[str], removals: Sequence[Redaction], salt: bytes
) -> RedactionReceipt:
    """Return the receipt of one record."""
    return RedactionReceipt(
        profile=" ".join(sorted({name for one in profiles for name in one.split()})),
        engine_version=ENGINE_VERSION,
        removals=tuple(removals),
        salt=salt,
    )
