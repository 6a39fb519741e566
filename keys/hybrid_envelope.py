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
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from annotated_types import Len
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey
from pydantic import TypeAdapter

from broker.domain.errors import PackageRefusedError
from broker.domain.ids import DisclosureId, Thumbprint
from keys.content import PackageContent
from keys.encoding import Exact, b64u, read_b64u, read_shape
from keys.envelope import MAX_RECIPIENT_KEYS
from keys.hybrid import HybridPrivateKey, wrap_to

SUITE_NAME: Final = "marac-hybrid/1"
SIGNATURE_TYPE: Final = "marac-package-hybrid+jws"
CONTENT_KEY_BYTES: Final = 32
IV_BYTES: Final = 12
"""NIST SP 800-38D section 8.2.2."""


def encrypt_hybrid(
    plain: bytes,
    disclosure_id: DisclosureId,
    keys: Sequence[tuple[Thumbprint, MLKEM768X25519PublicKey]],
) -> bytes:
    """Return the payload, one entry per key, in the given order."""
    content_key, iv = os.urandom(CONTENT_KEY_BYTES), os.urandom(IV_BYTES)
    # Put together by hand, because base64url needs no escaping and a JSON writer looks for it.
    entries = ",".join(
        f'{{"kid":"{kid}","wrapped":"'
        f'{b64u(wrap_to(public, content_key, _info(disclosure_id, kid)))}"}}'
        for kid, public in keys
    )
    ciphertext = b64u(AESGCM(content_key).encrypt(iv, plain, SUITE_NAME.encode()))
    front = f'{{"suite":"{SUITE_NAME}","disclosure":"{disclosure_id}","recipients":[{entries}]'
    return f'{front},"iv":"{b64u(iv)}","ciphertext":"{ciphertext}"}}'.encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry(Exact):
    kid: str
    wrapped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload(Exact):
    suite: Literal["marac-hybrid/1"]
    disclosure: str
    recipients: Annotated[list[_Entry], Len(1, MAX_RECIPIENT_KEYS)]
    iv: str
    ciphertext: str


_PAYLOAD: Final = TypeAdapter(_Payload)
_ENTRY_BYTES: Final = len('{"kid":"","wrapped":""},')
_FRAME_BYTES: Final = (
    len(f'{{"suite":"{SUITE_NAME}","disclosure":"","recipients":[],"iv":"","ciphertext":""}}') - 1
)
"""Without the comma that the last entry does not have."""


class HybridEnvelope:
    """A payload whose shape was checked."""

    __slots__ = ("_disclosure", "_entries", "_iv", "_sealed", "thumbprints")

    thumbprints: tuple[Thumbprint, ...]
    """The keys it is sealed to, in its order."""

    def __init__(self, payload: bytes) -> None:
        """Check the shape; ValueError for any other."""
        read = read_shape(_PAYLOAD, payload, _shortest)
        self._disclosure, self._entries = read.disclosure, read.recipients
        self._iv, self._sealed = read_b64u(read.iv), read_b64u(read.ciphertext)
        self.thumbprints = tuple(Thumbprint(one.kid) for one in read.recipients)

    def decrypt(self, key: HybridPrivateKey) -> bytes:
        """Return the plaintext; the key must be among `thumbprints` exactly once."""
        own = self._entries[self.thumbprints.index(key.thumbprint)]
        try:
            bound = _info(self._disclosure, key.thumbprint)
            content_key = key.unwrap(read_b64u(own.wrapped), bound)
            return AESGCM(content_key).decrypt(self._iv, self._sealed, SUITE_NAME.encode())
        except (InvalidTag, ValueError):
            raise PackageRefusedError("This package does not decrypt; fetch it again.") from None

    def agrees_with(self, content: PackageContent) -> bool:
        """Whether disclosure and keys are the same inside and outside."""
        inside = (content.disclosure_id, content.recipient.keys)
        return inside == (self._disclosure, self.thumbprints)


def _info(disclosure_id: str, thumbprint: str) -> bytes:
    return f"{SUITE_NAME}|{disclosure_id}|{thumbprint}".encode()


def _shortest(read: _Payload) -> int:
    entries = sum([_ENTRY_BYTES + len(one.kid) + len(one.wrapped) for one in read.recipients])
    return _FRAME_BYTES + entries + len(read.disclosure) + len(read.iv) + len(read.ciphertext)
