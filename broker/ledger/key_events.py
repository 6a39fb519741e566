"""What looking up and revoking recipients' keys says in the log: keys and people as tokens.

DO NOT rename a member of a detail or change its meaning: add a member instead.
"""

from datetime import datetime

from broker.domain.ids import PractitionerId
from broker.domain.ledger import EntryDraft, JsonValue
from broker.domain.package import RecipientKey
from broker.domain.words import EventKind
from broker.ledger import events
from broker.ledger.tokens import token


def revoked(key: RecipientKey, by: PractitionerId, salt: bytes, at: datetime) -> EntryDraft:
    """From now on nothing is sealed to the key; `by`: its owner, or an IG lead."""
    plain = events.key_revoked(key, salt, at)
    detail = {**plain.detail, "by": token(salt, "practitioner", by)}
    return EntryDraft(kind=plain.kind, at=at, case_tag=None, detail=detail)


def keys_read(
    owner: PractitionerId, by: PractitionerId, found: int, salt: bytes, at: datetime
) -> EntryDraft:
    """Somebody read which keys there are of one practitioner; `salt` is the broker's."""
    detail: dict[str, JsonValue] = {
        "owner": token(salt, "practitioner", owner),
        "by": token(salt, "practitioner", by),
        "keys": found,
    }
    return EntryDraft(kind=EventKind.KEYS_READ, at=at, case_tag=None, detail=detail)
