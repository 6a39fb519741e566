"""What rotating the broker's own keys says in the log: which key, and public halves only.

DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime

from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.words import EventKind


def log_key_rotated(old: str, new: str, at: datetime) -> EntryDraft:
    """The log has another key from the next checkpoint on; both as LogKey.verifier_text has them.

    The checkpoint that covers this entry is the last thing that the old key signs: whoever trusts
    the old key has its word for the new one.
    """
    detail: dict[str, JsonValue] = {"old": old, "new": new}
    return EntryDraft(kind=EventKind.LOG_KEY_ROTATED, at=at, case_tag=None, detail=detail)


def broker_key_rotated(key: str, public_keys: Sequence[bytes], at: datetime) -> EntryDraft:
    """Custody has another `package` or `wrapping` key; all public halves, oldest first."""
    public: tuple[JsonValue, ...] = tuple(b64encode(one).decode() for one in public_keys)
    detail: dict[str, JsonValue] = {"key": key, "public_keys": public}
    return EntryDraft(kind=EventKind.BROKER_KEY_ROTATED, at=at, case_tag=None, detail=detail)


def keys_rewrapped(keys: int, at: datetime) -> EntryDraft:
    """Data keys were wrapped anew; what they protect is as it was."""
    detail: dict[str, JsonValue] = {"keys": keys}
    return EntryDraft(kind=EventKind.KEYS_REWRAPPED, at=at, case_tag=None, detail=detail)
