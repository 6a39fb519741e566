"""Registering a recipient's key with proof that its private half is held.

The broker encrypts a secret to the key; whoever sends it back can open packages. A signature would
prove as much for a key that signs, but keys for packages need not be able to.

    challenge = compact JWE to the key, `typ` "marac-challenge+jwe", over the JSON
                {"version": "marac-challenge/1", "owner": id, "kid": thumbprint,
                "secret": base64url}
                To a hybrid key: base64url(HPKE of that JSON, `info` "marac-challenge/1").
    ticket    = base64url(8-byte expiry, seconds || custody.wrap(secret, context))
    context   = "marac-challenge/1|" owner "|" thumbprint "|" expiry

The ticket is the broker's memory, kept by the client: any replica checks what another one asked.
DO NOT reorder or rename anything here under this version: agencies' programs answer it.
"""

import hmac
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from broker.domain.errors import CustodyError, EnvelopeError, InvalidRequestError
from broker.domain.ids import PractitionerId, Thumbprint
from broker.domain.key_ports import KeyChallenge
from broker.domain.ports import Custody
from keys.encoding import b64u, compact_json, read_b64u, read_object
from keys.envelope import CONTENT_ALGORITHM, KEY_ALGORITHM
from keys.hybrid import HybridPrivateKey, wrap
from keys.recipient import RecipientPrivateKey, is_hybrid, sealing_key, thumbprint_of

VERSION: Final = "marac-challenge/1"
CHALLENGE_TYPE: Final = "marac-challenge+jwe"
ALLOWED: Final = (KEY_ALGORITHM, CONTENT_ALGORITHM)
SECRET_BYTES: Final = 32
EXPIRY_BYTES: Final = 8
ANSWER_WITHIN: Final = timedelta(minutes=10)
"""Long enough to carry the challenge to a machine that is not on the network, and back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEnrolment:
    """Implements key_ports.Enrolment."""

    custody: Custody

    def challenge(self, public_jwk: str, owner: PractitionerId, at: datetime) -> KeyChallenge:
        """Return a challenge for this key, in this owner's name."""
        thumbprint = _named(public_jwk)
        secret, expiry = os.urandom(SECRET_BYTES), int((at + ANSWER_WITHIN).timestamp())
        wrapped = self.custody.wrap(secret, _context(owner, thumbprint, expiry))
        return KeyChallenge(
            sealed=_sealed(public_jwk, owner, thumbprint, secret),
            ticket=b64u(expiry.to_bytes(EXPIRY_BYTES, "big") + wrapped),
            expires_at=datetime.fromtimestamp(expiry, UTC),
        )

    def check(
        self, public_jwk: str, owner: PractitionerId, ticket: str, answer: str, at: datetime
    ) -> Thumbprint:
        """Check the answer; return the thumbprint of the key that was proved."""
        thumbprint = _named(public_jwk)
        try:
            kept, said = read_b64u(ticket), read_b64u(answer)
            expiry = int.from_bytes(kept[:EXPIRY_BYTES], "big")
            secret = self.custody.unwrap(kept[EXPIRY_BYTES:], _context(owner, thumbprint, expiry))
        except (ValueError, CustodyError):
            raise _unproved() from None
        if not hmac.compare_digest(secret, said) or at.timestamp() >= expiry:
            raise _unproved()
        return thumbprint


def answer_challenge(
    sealed: str, key: RecipientPrivateKey | HybridPrivateKey, owner: PractitionerId
) -> str:
    """Return the answer, on the recipient's own side.

    Raises:
        EnvelopeError: it does not open with this key, or was made in somebody else's name: whoever
            answered it would help a stranger to register this key as theirs.

    """
    try:
        members = read_object(_opened(sealed, key))
    except (JoseError, InvalidTag, ValueError, TypeError, KeyError) as error:
        raise _not_ours() from error
    found, secret = tuple(map(members.get, ("version", "owner", "kid"))), members.get("secret")
    if found != (VERSION, owner, key.thumbprint) or not isinstance(secret, str):
        raise _not_ours()
    return secret


def _opened(sealed: str, key: RecipientPrivateKey | HybridPrivateKey) -> bytes:
    """Decrypt; one of several errors of others for anything else."""
    if isinstance(key, HybridPrivateKey):
        return key.unwrap(read_b64u(sealed), VERSION.encode())
    opened = jwe.decrypt_compact(sealed, ECKey.import_key(key.key), algorithms=list(ALLOWED))
    if opened.headers().get("typ") != CHALLENGE_TYPE or opened.plaintext is None:
        raise ValueError("another kind of token")
    return opened.plaintext


def _sealed(public_jwk: str, owner: PractitionerId, thumbprint: Thumbprint, secret: bytes) -> str:
    header = {"alg": KEY_ALGORITHM, "enc": CONTENT_ALGORITHM, "typ": CHALLENGE_TYPE}
    members = {"version": VERSION, "owner": owner, "kid": thumbprint, "secret": b64u(secret)}
    if is_hybrid(public_jwk):
        return b64u(wrap(read_object(public_jwk.encode()), compact_json(members), VERSION.encode()))
    key = _usable(public_jwk)
    return jwe.encrypt_compact(header, compact_json(members), key, algorithms=list(ALLOWED))


def _named(public_jwk: str) -> Thumbprint:
    try:
        return thumbprint_of(public_jwk)
    except EnvelopeError as error:
        raise InvalidRequestError(str(error)) from None


def _usable(public_jwk: str) -> ECKey:
    try:
        return sealing_key(public_jwk)
    except EnvelopeError as error:
        raise InvalidRequestError(str(error)) from None


def _context(owner: PractitionerId, thumbprint: Thumbprint, expiry: int) -> bytes:
    return f"{VERSION}|{owner}|{thumbprint}|{expiry}".encode()


def _unproved() -> InvalidRequestError:
    return InvalidRequestError(
        "The key's challenge was not answered as it was asked: ask for another and answer it within"
        " ten minutes."
    )


def _not_ours() -> EnvelopeError:
    return EnvelopeError(
        "This challenge is not for this key and its owner: ask the broker for another one."
    )
