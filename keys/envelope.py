"""The envelope: an Ed25519 JWS over a JWE in JSON General Serialization. FORMAT.md is the spec.

The signature is outermost because a JWE does not authenticate its list of recipients. Do not
change a header, an algorithm or a limit under these type names: packages already delivered are
checked against them, and a second suite gets type names of its own.
"""

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from broker.domain.ids import DisclosureId, Thumbprint
from broker.domain.ports import Custody
from keys.content import LARGEST_BUCKET_BYTES
from keys.encoding import b64u, b64u_each, compact_json
from keys.signing import key_id

SIGNATURE_TYPE: Final = "marac-package+jws"
ENCRYPTION_TYPE: Final = "marac-package+jwe"
SIGNATURE_ALGORITHM: Final = "Ed25519"
"""RFC 9864."""
KEY_ALGORITHM: Final = "ECDH-ES+A256KW"
CONTENT_ALGORITHM: Final = "A256GCM"
CONTENT_KEY_BYTES: Final = 32
IV_BYTES: Final = 12
TAG_BYTES: Final = 16
"""NIST SP 800-38D sections 8.2.2 and 5.2.1.2."""
COORDINATE_BYTES: Final = 32
WRAPPING_KEY_BITS: Final = (256).to_bytes(4, "big")
"""SuppPubInfo: how long a key is agreed on."""
SIGNING_KEY: Final = "package"
"""The custody key that signs packages."""
BROKER: Final = b"marac-broker"
PARTY_U: Final = b64u(BROKER)
MAX_RECIPIENT_KEYS: Final = 16
"""A person, a deputy and an agency's recovery key, each in transition from an older one."""
MAX_PACKAGE_BYTES: Final = 2 * LARGEST_BUCKET_BYTES
"""Base64 twice makes 16/9 of the largest plaintext; the rest is room for headers."""

HEADERS: Final = 512
"""Headers kept: two suites of every broker that a recipient trusts."""
PROTECTED: Final = b64u(compact_json({"enc": CONTENT_ALGORITHM, "typ": ENCRYPTION_TYPE}))
"""The only protected JWE header there is: nothing compressed, nothing critical, no `aad`."""


def party_v(disclosure_id: str, thumbprint: str) -> str:
    """Return `apv`: it enters the key derivation, so that no entry fits another disclosure."""
    return b64u(_bound(disclosure_id, thumbprint))


def parties_v(disclosure_id: str, thumbprints: Sequence[str]) -> list[str]:
    """Return `apv` of each key's entry."""
    return b64u_each([_bound(disclosure_id, one) for one in thumbprints])


def _bound(disclosure_id: str, thumbprint: str) -> bytes:
    return f"{disclosure_id}|{thumbprint}".encode()


def encrypt(
    plain: bytes,
    disclosure_id: DisclosureId,
    keys: Sequence[tuple[Thumbprint, EllipticCurvePublicKey]],
) -> bytes:
    """Return the JWE as JSON, one recipient entry per key, in the given order (RFC 7516 7.2.1)."""
    content_key, iv = os.urandom(CONTENT_KEY_BYTES), os.urandom(IV_BYTES)
    sealed = AESGCM(content_key).encrypt(iv, plain, PROTECTED.encode("ascii"))
    # Put together by hand, because base64url needs no escaping and a JSON writer looks for it.
    entries = ",".join(_entry(content_key, disclosure_id, *one) for one in keys)
    ciphertext, tag = b64u(sealed[:-TAG_BYTES]), b64u(sealed[-TAG_BYTES:])
    front = f'{{"protected":"{PROTECTED}","iv":"{b64u(iv)}","ciphertext":"{ciphertext}"'
    return f'{front},"tag":"{tag}","recipients":[{entries}]}}'.encode("ascii")


def _entry(
    content_key: bytes,
    disclosure_id: DisclosureId,
    thumbprint: Thumbprint,
    key: EllipticCurvePublicKey,
) -> str:
    """Return what opens the content with one key (RFC 7518 section 4.6)."""
    ephemeral = generate_private_key(SECP256R1())
    point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    bound = _bound(disclosure_id, thumbprint)
    wrapping = agreed(ephemeral.exchange(ECDH(), key), bound)
    halves = point[1 : 1 + COORDINATE_BYTES], point[1 + COORDINATE_BYTES :]
    x, y, apv, sealed = b64u_each((*halves, bound, aes_key_wrap(wrapping, content_key)))
    return (
        f'{{"header":{{"alg":"{KEY_ALGORITHM}","kid":"{thumbprint}","apu":"{PARTY_U}",'
        f'"apv":"{apv}","epk":{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}}},'
        f'"encrypted_key":"{sealed}"}}'
    )


def agreed(secret: bytes, apv: bytes) -> bytes:
    """Return the key that an agreement gives: one round of Concat KDF (RFC 7518 section 4.6.2)."""
    parts = (KEY_ALGORITHM.encode("ascii"), BROKER, apv)
    bound = b"".join(len(one).to_bytes(4, "big") + one for one in parts)
    return hashlib.sha256(b"\x00\x00\x00\x01" + secret + bound + WRAPPING_KEY_BITS).digest()


def sign(payload: bytes, custody: Custody, typ: str = SIGNATURE_TYPE) -> bytes:
    """Return the compact JWS over the payload of a suite, signed as the broker."""
    # One key for header and signature, even if a newer one is made in this moment.
    key = custody.public_key(SIGNING_KEY)
    signing_input = f"{signature_header(key, typ)}.{b64u(payload)}".encode("ascii")
    signature = custody.sign(SIGNING_KEY, signing_input, key)
    return signing_input + b"." + b64u(signature).encode("ascii")


@lru_cache(maxsize=HEADERS)
def signature_header(public_key: bytes, typ: str = SIGNATURE_TYPE) -> str:
    """Return the only protected JWS header that the key signs a suite's packages under, encoded."""
    return b64u(compact_json({"alg": SIGNATURE_ALGORITHM, "kid": key_id(public_key), "typ": typ}))
