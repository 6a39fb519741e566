"""Seals a redacted record to the recipient that its permit names, and to nobody else."""

import hashlib
import secrets
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from broker.domain.decision import Permit
from broker.domain.documents import RedactedDocument, together
from broker.domain.errors import EnvelopeError, NoRecipientKeyError
from broker.domain.ids import AgencyId, DisclosureId, Thumbprint
from broker.domain.package import RecipientKey, SealedPackage
from broker.domain.ports import Clock, Custody, Directory
from broker.domain.record import RedactedRecord
from keys.content import (
    VERSION,
    WITH_DOCUMENTS,
    About,
    Document,
    Holder,
    Item,
    LeftOut,
    NotTaken,
    PackageContent,
    Recipient,
    Removed,
    Version,
    moment,
    write_content,
)
from keys.encoding import b64u
from keys.envelope import MAX_RECIPIENT_KEYS, encrypt, sign
from keys.hybrid_envelope import SIGNATURE_TYPE as HYBRID_TYPE
from keys.hybrid_envelope import encrypt_hybrid
from keys.recipient import agreement_key, encapsulation_key, is_hybrid, thumbprint_of
from keys.terms import days_allowed, terms_of

DISCLOSURE_ID_BYTES: Final = 16
KEPT_AFTER_MEETING: Final = timedelta(days=14)
"""Proposed default, domain brief 5.1: delivered copies until 14 days after the meeting."""
KEPT_WITHOUT_MEETING: Final = timedelta(days=30)
"""Proposed default where no meeting sets the date."""


class PackageSealer:
    """Implements ports.Sealer."""

    __slots__ = ("_clock", "_custody", "_directory")

    def __init__(self, *, custody: Custody, directory: Directory, clock: Clock) -> None:
        """Sign with custody's package key, seal to the keys that the directory has."""
        self._custody = custody
        self._directory = directory
        self._clock = clock

    def seal(self, redacted: RedactedRecord) -> SealedPackage:
        """Return the package.

        Raises:
            NoRecipientKeyError: no key of the recipient is usable now.
            EnvelopeError: a registered key is not what it was registered as, the time to keep it
                is already over, or the record is too large.

        """
        permit, now = redacted.permit, moment(self._clock.now())
        keys = self._usable_keys(permit, now)
        recipients = tuple(one.thumbprint for one in keys)
        content = _content(redacted, recipients, now)
        disclosure_id = DisclosureId(content.disclosure_id)
        signed = self._signed(write_content(content), disclosure_id, keys)
        return SealedPackage(
            disclosure_id=disclosure_id,
            permit=permit,
            content=signed,
            digest=hashlib.sha256(signed).hexdigest(),
            recipients=recipients,
            removed=redacted.receipt.counts(),
            profile=redacted.receipt.profile,
            expires_at=content.expires_at,
            sealed_at=content.sealed_at,
            documents=sum(len(one.documents) for one in redacted.items),
            left_out=together(*(one.left_out for one in redacted.items)),
        )

    def _signed(
        self, plain: bytes, disclosure_id: DisclosureId, keys: tuple[RecipientKey, ...]
    ) -> bytes:
        """Encrypt under the suite that the keys ask for, and sign."""
        if is_hybrid(keys[0].public_jwk):
            hybrid = [(one.thumbprint, encapsulation_key(one.public_jwk)) for one in keys]
            payload = encrypt_hybrid(plain, disclosure_id, hybrid)
            return sign(payload, self._custody, HYBRID_TYPE)
        sealing = [(one.thumbprint, agreement_key(one.public_jwk)) for one in keys]
        return sign(encrypt(plain, disclosure_id, sealing), self._custody)

    def _usable_keys(self, permit: Permit, now: datetime) -> tuple[RecipientKey, ...]:
        """Return the recipient's keys, by thumbprint; a key of an agency they left is not one."""
        owner, agency_id = permit.request.recipient, _recipient_agency(permit)
        recipient = permit.context.recipient
        if recipient is not None and recipient.has_left(now):
            raise NoRecipientKeyError("The recipient has left the agency; ask who is there now.")
        found = {
            one.thumbprint: one
            for one in self._directory.recipient_keys(owner)
            if one.owner == owner and one.agency_id == agency_id and one.usable_at(now)
        }
        if not found or len(found) > MAX_RECIPIENT_KEYS:
            raise _no_key(self._directory.recipient_keys(owner), now)
        for one in found.values():
            _check_as_registered(one)
        return _of_one_suite(tuple(found[each] for each in sorted(found)))


def _no_key(registered: tuple[RecipientKey, ...], now: datetime) -> NoRecipientKeyError:
    """Say what to do about it: a key that merely ended is replaced beside its file."""
    ended = [one.not_after for one in registered if one.revoked_at is None and one.not_after <= now]
    if ended:
        return NoRecipientKeyError(
            f"The recipient has no usable key: the last one expired on {max(ended):%d %B %Y};"
            " they replace it with marac-broker keys rotate."
        )
    return NoRecipientKeyError(
        "The recipient has no usable key; register one with marac-broker keys generate."
    )


def _recipient_agency(permit: Permit) -> AgencyId:
    recipient = permit.context.recipient
    if recipient is None or recipient.practitioner_id != permit.request.recipient:
        raise NoRecipientKeyError("The recipient is not registered; register them and a key.")
    return recipient.agency_id


def _of_one_suite(keys: tuple[RecipientKey, ...]) -> tuple[RecipientKey, ...]:
    """Return the keys of the suite: hybrid once all are, else the classical ones.

    One classical entry would make the package as weak as itself, and whoever holds that key could
    not open a package without an entry (ADR 0013).
    """
    classical = tuple(one for one in keys if not is_hybrid(one.public_jwk))
    return classical or keys


def _check_as_registered(key: RecipientKey) -> None:
    if thumbprint_of(key.public_jwk) != key.thumbprint:
        raise EnvelopeError(
            "A registered key does not match its thumbprint; revoke it and register a new one."
        )


def _content(
    redacted: RedactedRecord, keys: tuple[Thumbprint, ...], now: datetime
) -> PackageContent:
    permit = redacted.permit
    obligations = tuple(sorted({code for one in permit.grants for code in one.obligations}))
    return PackageContent(
        version=_version_of(redacted),
        disclosure_id=secrets.token_hex(DISCLOSURE_ID_BYTES),
        policy_version=permit.policy_version,
        purpose=permit.request.purpose,
        about=_about(permit),
        holder=_holder(permit),
        recipient=Recipient(
            practitioner_id=permit.request.recipient,
            agency_id=_recipient_agency(permit),
            keys=tuple(keys),
        ),
        requested_by=permit.requester.practitioner_id,
        sealed_at=now,
        expires_at=_expires_at(permit, obligations, now),
        profile=redacted.receipt.profile,
        obligations=obligations,
        terms=terms_of(obligations),
        withheld=tuple(sorted(one.category for one in permit.withheld)),
        removed=tuple(Removed(reason=r, count=n) for r, n in redacted.receipt.counts()),
        items=_items(redacted),
    )


def _about(permit: Permit) -> About:
    request = permit.request
    return About(
        case_id=request.case_id, subject_id=request.subject_id, meeting_id=request.meeting_id
    )


def _holder(permit: Permit) -> Holder:
    holder = permit.context.holder
    name = permit.request.holder if holder is None else holder.name
    return Holder(agency_id=permit.request.holder, name=name)


def _items(redacted: RedactedRecord) -> tuple[Item, ...]:
    granted = {one.category for one in redacted.permit.grants}
    if any(one.category not in granted for one in redacted.items):
        raise EnvelopeError("The record holds a category that was not granted; nothing is sealed.")
    numbers = count(1)
    return tuple(
        Item(
            category=one.category,
            title=one.title,
            recorded_on=one.recorded_on,
            fields=one.fields,
            text=one.text,
            documents=tuple(_document(each, next(numbers)) for each in one.documents),
            left_out=tuple(LeftOut(reason=reason, count=many) for reason, many in one.left_out),
        )
        for one in redacted.items
    )


def _version_of(redacted: RedactedRecord) -> Version:
    """Return the first version wherever it can say everything: every recipient reads that."""
    return (
        WITH_DOCUMENTS if any(one.documents or one.left_out for one in redacted.items) else VERSION
    )


def _document(one: RedactedDocument, number: int) -> Document:
    return Document(
        content=b64u(one.content),
        media_type=one.media_type,
        name=f"document-{number}{one.suffix}",
        not_taken=tuple(NotTaken(what=what, count=many) for what, many in one.not_taken),
    )


def _expires_at(permit: Permit, obligations: tuple[str, ...], now: datetime) -> datetime:
    meeting, days = permit.context.meeting, days_allowed(obligations)
    ends = [now + KEPT_WITHOUT_MEETING if meeting is None else meeting.held_at + KEPT_AFTER_MEETING]
    if days is not None:
        ends.append(now + timedelta(days=days))
    expires_at = moment(min(ends))
    if expires_at <= now:
        raise EnvelopeError(
            "The time to keep what this meeting needed is over; ask again without the meeting."
        )
    return expires_at
