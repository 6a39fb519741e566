"""The second suite: the same content under the same signature, its key wrapped by a hybrid KEM.

    payload = {"suite": "marac-hybrid/1", "disclosure": id,
               "recipients": [{"kid": thumbprint, "wrapped": base64url(HPKE enc || ct)}, ...],
               "iv": base64url(12 bytes), "ciphertext": base64url(AES-256-GCM, tag at its end)}

HPKE (RFC 9180, base mode) is MLKEM768-X25519 with HKDF-SHA256 and AES-256-GCM, and its `info` is
"marac-hybrid/1|" disclosure "|" kid: an entry fits one disclosure and one key. No JWE: there is no
standard for a hybrid KEM in one yet, and a private dialect of a standard helps nobody.
DO NOT reorder or rename anything under this name: packages already delivered are read by it.
"""

import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

from broker.domain.errors import PackageRefusedError
from broker.domain.ids import DisclosureId, Thumbprint
from keys.content import PackageContent
from keys.encoding import b64u, compact_json, read_b64u, read_object
from keys.envelope import MAX_RECIPIENT_KEYS
from keys.hybrid import HybridPrivateKey, wrap_to

SUITE_NAME: Final = "marac-hybrid/1"
SIGNATURE_TYPE: Final = "marac-package-hybrid+jws"
CONTENT_KEY_BYTES: Final = 32
IV_BYTES: Final = 12
"""NIST SP 800-38D section 8.2.2."""
_MEMBERS: Final = {"suite", "disclosure", "recipients", "iv", "ciphertext"}
_ENTRY_MEMBERS: Final = {"kid", "wrapped"}


def encrypt_hybrid(
    plain: bytes,
    disclosure_id: DisclosureId,
    keys: Sequence[tuple[Thumbprint, MLKEM768X25519PublicKey]],
) -> bytes:
    """Return the payload, one entry per key, in the given order."""
    content_key, iv = os.urandom(CONTENT_KEY_BYTES), os.urandom(IV_BYTES)
    entries = [
        {"kid": kid, "wrapped": b64u(wrap_to(public, content_key, _info(disclosure_id, kid)))}
        for kid, public in keys
    ]
    return compact_json(
        {
            "suite": SUITE_NAME,
            "disclosure": disclosure_id,
            "recipients": entries,
            "iv": b64u(iv),
            "ciphertext": b64u(AESGCM(content_key).encrypt(iv, plain, SUITE_NAME.encode())),
        }
    )


class HybridEnvelope:
    """A payload whose shape was checked."""

    __slots__ = ("_disclosure", "_entries", "_members")

    def __init__(self, payload: bytes) -> None:
        """Check the shape; PackageRefusedError for any other."""
        try:
            members = read_object(payload)
        except ValueError:
            raise _malformed() from None
        entries, disclosure = members.get("recipients"), members.get("disclosure")
        if set(members) != _MEMBERS or members["suite"] != SUITE_NAME:
            raise _malformed()
        if not isinstance(entries, list) or not 0 < len(entries) <= MAX_RECIPIENT_KEYS:
            raise _malformed()
        self._members = members
        self._disclosure = _text(disclosure)
        self._entries = [_entry(one) for one in entries]

    @property
    def thumbprints(self) -> tuple[Thumbprint, ...]:
        """The keys it is sealed to, in its order."""
        return tuple(kid for kid, _ in self._entries)

    def decrypt(self, key: HybridPrivateKey) -> bytes:
        """Return the plaintext; the key must be among `thumbprints` exactly once."""
        (wrapped,) = (one for kid, one in self._entries if kid == key.thumbprint)
        iv, sealed = _bytes(self._members["iv"]), _bytes(self._members["ciphertext"])
        try:
            content_key = key.unwrap(wrapped, _info(self._disclosure, key.thumbprint))
            return AESGCM(content_key).decrypt(iv, sealed, SUITE_NAME.encode())
        except (InvalidTag, ValueError):
            raise PackageRefusedError("This package does not decrypt; fetch it again.") from None

    def agrees_with(self, content: PackageContent) -> bool:
        """Whether disclosure and keys are the same inside and outside."""
        inside = (content.disclosure_id, content.recipient.keys)
        return inside == (self._disclosure, self.thumbprints)


def _info(disclosure_id: str, thumbprint: str) -> bytes:
    return f"{SUITE_NAME}|{disclosure_id}|{thumbprint}".encode()


def _entry(value: object) -> tuple[Thumbprint, bytes]:
    if not isinstance(value, dict) or set(value) != _ENTRY_MEMBERS:
        raise _malformed()
    return Thumbprint(_text(value["kid"])), _bytes(value["wrapped"])


def _bytes(value: object) -> bytes:
    try:
        return read_b64u(_text(value))
    except ValueError:
        raise _malformed() from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _malformed()
    return value


def _malformed() -> PackageRefusedError:
    return PackageRefusedError(
        "This package is not in a form this version reads; ask for it to be sent again."
    )
