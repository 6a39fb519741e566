"""Recipients' keys: everybody looks after their own, an IG lead may revoke anybody's.

A new key is registered beside the old one and both are sealed to until the old one ends or is
revoked, so that nobody is without a key for a minute. A revocation counts from the next sealing
on, on every replica: sealing and the last look before delivery read what is committed.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from broker.domain.changes import PutRecipientKey, RevokeRecipientKey
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import PractitionerId, Thumbprint
from broker.domain.key_ports import KeyChallenge
from broker.domain.package import KeyHolder, RecipientKey
from broker.domain.request import Requester
from broker.ledger import events, key_events
from broker.service.desk import Desk
from broker.service.policy_view import is_ig_lead
from broker.service.reject import turn_away

_OPENS_NOTHING = ("auditor", "sysadmin-no-content")
"""Roles that nothing is ever sent to (domain brief 2.1): a key of theirs would be a mistake."""
MAX_LIFE_DAYS = 730
"""Two years: longer, and nobody remembers how a key is replaced."""
MAX_CURRENT_KEYS = 8
"""A person's, a deputy's and the agency's, each beside its successor; sealing takes twice this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A public key that somebody registers as their own, with the proof that they hold it.

    Args:
        days: how long it is to be valid, from now.

    """

    public_jwk: str = field(repr=False)
    held_by: KeyHolder
    days: int
    ticket: str = field(repr=False)
    answer: str = field(repr=False)


def keys_of(
    desk: Desk, requester: Requester, owner: PractitionerId | None
) -> tuple[RecipientKey, ...] | None:
    """Return every key of the requester, revoked ones too; of somebody else to an IG lead only."""
    whose = requester.practitioner_id if owner is None else owner
    if whose != requester.practitioner_id and not is_ig_lead(desk, requester, "reading keys"):
        return None
    found, by = desk.directory.recipient_keys(whose), requester.practitioner_id
    salt, now = desk.cases.broker_salt(), desk.clock.now()
    desk.ledger.record(key_events.keys_read(whose, by, len(found), salt, now))
    return found


def challenge_key(desk: Desk, requester: Requester, public_jwk: str) -> KeyChallenge | None:
    """Return what only the holder of the private key can answer. Raises like Enrolment.

    None for a role that opens no packages, here and below.
    """
    if requester.role in _OPENS_NOTHING:
        turn_away(desk, requester, "registering a key", None)
        return None
    return desk.enrolment.challenge(public_jwk, requester.practitioner_id, desk.clock.now())


def register_key(desk: Desk, requester: Requester, new: NewKey) -> RecipientKey | None:
    """Register a key of the requester's, beside those there are.

    Raises:
        InvalidRequestError: it was not proved, is on file already, would live too long, or there
            are too many.

    """
    if requester.role in _OPENS_NOTHING:
        turn_away(desk, requester, "registering a key", None)
        return None
    owner, now = requester.practitioner_id, desk.clock.now()
    thumbprint = desk.enrolment.check(new.public_jwk, owner, new.ticket, new.answer, now)
    _check_room(desk, owner)
    if not 1 <= new.days <= MAX_LIFE_DAYS:
        raise InvalidRequestError(f"A key is valid for 1 to {MAX_LIFE_DAYS} days: choose a number.")
    key = RecipientKey(
        thumbprint=thumbprint,
        owner=owner,
        agency_id=requester.agency_id,
        held_by=new.held_by,
        public_jwk=new.public_jwk,
        not_before=now,
        not_after=now + timedelta(days=new.days),
    )
    entry = events.key_registered(key, desk.cases.broker_salt(), now)
    # If we crash before this, nothing is registered and the owner registers again.
    desk.ledger.record(entry, PutRecipientKey(key=key))
    return key


def revoke_key(
    desk: Desk, requester: Requester, thumbprint: Thumbprint, owner: PractitionerId | None
) -> RecipientKey | None:
    """Revoke a key, from this moment on; None to anybody but its owner and an IG lead.

    Raises:
        InvalidRequestError: the owner has no such key.

    """
    whose = requester.practitioner_id if owner is None else owner
    if whose != requester.practitioner_id and not is_ig_lead(desk, requester, "revoking a key"):
        return None
    key = _key(desk, whose, thumbprint)
    now, salt = desk.clock.now(), desk.cases.broker_salt()
    entry = key_events.revoked(key, requester.practitioner_id, salt, now)
    desk.ledger.record(entry, RevokeRecipientKey(thumbprint=thumbprint, at=now))
    # From here on every replica's next sealing, and next look before delivery, reads it.
    return _key(desk, whose, thumbprint)


def _key(desk: Desk, owner: PractitionerId, thumbprint: Thumbprint) -> RecipientKey:
    for one in desk.directory.recipient_keys(owner):
        if one.thumbprint == thumbprint:
            return one
    raise InvalidRequestError("No such key is registered: list the keys, then name one of them.")


def _check_room(desk: Desk, owner: PractitionerId) -> None:
    """Keep a person below what can be sealed to: one key too many, and nothing could be."""
    now = desk.clock.now()
    current = [
        one
        for one in desk.directory.recipient_keys(owner)
        if not one.revoked_by(now) and now < one.not_after
    ]
    if len(current) >= MAX_CURRENT_KEYS:
        raise InvalidRequestError("There are too many keys: revoke one that is not used any more.")
