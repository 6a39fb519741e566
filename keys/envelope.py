"""The envelope: an Ed25519 JWS over a JWE in JSON General Serialization. FORMAT.md is the spec.

The signature is outermost because a JWE does not authenticate its list of recipients. Do not
change a header, an algorithm or a limit under these type names: packages already delivered are
checked against them, and a second suite gets type names of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from joserfc import jwe
from joserfc.jwe import GeneralJSONEncryption, JWERegistry
from joserfc.jwk import ECKey

from broker.domain.ids import DisclosureId, Thumbprint
from broker.domain.ports import Custody
from keys.content import LARGEST_BUCKET_BYTES
from keys.encoding import b64u, compact_json
from keys.signing import key_id

SIGNATURE_TYPE: Final = "marac-package+jws"
ENCRYPTION_TYPE: Final = "marac-package+jwe"
SIGNATURE_ALGORITHM: Final = "Ed25519"
"""RFC 9864."""
KEY_ALGORITHM: Final = "ECDH-ES+A256KW"
CONTENT_ALGORITHM: Final = "A256GCM"
SIGNING_KEY: Final = "package"
"""The custody key that signs packages."""
PARTY_U: Final = b64u(b"marac-broker")
MAX_RECIPIENT_KEYS: Final = 16
"""A person, a deputy and an agency's recovery key, each in transition from an older one."""
MAX_PACKAGE_BYTES: Final = 2 * LARGEST_BUCKET_BYTES
"""Base64 twice makes 16/9 of the largest plaintext; the rest is room for headers."""

PROTECTED: Final = b64u(compact_json({"enc": CONTENT_ALGORITHM, "typ": ENCRYPTION_TYPE}))
"""The only protected JWE header there is: nothing compressed, nothing critical, no `aad`."""


def party_v(disclosure_id: str, thumbprint: str) -> str:
    """Return `apv`: it enters the key derivation, so that no entry fits another disclosure."""
    return b64u(f"{disclosure_id}|{thumbprint}".encode())


def registry() -> JWERegistry:
    """Return what joserfc may do: our two algorithms, and texts of our size."""
    allowed = JWERegistry(
        algorithms=(KEY_ALGORITHM, CONTENT_ALGORITHM), max_recipients=MAX_RECIPIENT_KEYS
    )
    allowed.max_ciphertext_length = MAX_PACKAGE_BYTES
    return allowed


def encrypt(
    plain: bytes, disclosure_id: DisclosureId, keys: Sequence[tuple[Thumbprint, ECKey]]
) -> bytes:
    """Return the JWE as JSON, one recipient entry per key, in the given order."""
    protected = {"enc": CONTENT_ALGORITHM, "typ": ENCRYPTION_TYPE}
    message = GeneralJSONEncryption(protected, plain)
    for thumbprint, key in keys:
        header = {
            "alg": KEY_ALGORITHM,
            "kid": thumbprint,
            "apu": PARTY_U,
            "apv": party_v(disclosure_id, thumbprint),
        }
        message.add_recipient(header, key)
    sealed: Mapping[str, object] = {**jwe.encrypt_json(message, None, registry=registry())}
    return compact_json(sealed)


def sign(payload: bytes, custody: Custody, typ: str = SIGNATURE_TYPE) -> bytes:
    """Return the compact JWS over the payload of a suite, signed as the broker."""
    # One key for header and signature, even if a newer one is made in this moment.
    key = custody.public_key(SIGNING_KEY)
    signing_input = f"{signature_header(key, typ)}.{b64u(payload)}".encode("ascii")
    signature = custody.sign(SIGNING_KEY, signing_input, key)
    return signing_input + b"." + b64u(signature).encode("ascii")


def signature_header(public_key: bytes, typ: str = SIGNATURE_TYPE) -> str:
    """Return the only protected JWS header that the key signs a suite's packages under, encoded."""
    return b64u(compact_json({"alg": SIGNATURE_ALGORITHM, "kid": key_id(public_key), "typ": typ}))
