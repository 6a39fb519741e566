"""Changes of the broker's own keys. None is written without its ledger entry (see changes)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PutLogKey:
    """The log's next key: it signs every checkpoint after the one that covers the entry."""

    public_key: bytes
