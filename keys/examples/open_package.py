"""Open a package without marac-broker: needs Python 3.11 or later, and `pip install cryptography`.

    python open_package.py PACKAGE YOUR-KEY.pem BROKER.jwk        (asks for the passphrase)

Follows keys/FORMAT.md, section "Opening". Shows the content and writes nothing to disk.
"""

import base64
import getpass
import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap
from cryptography.hazmat.primitives.serialization import load_pem_private_key

LARGEST = 8 * 1024 * 1024
VERSIONS = ("marac-package/1", "marac-package/2")
FAULTS = (ValueError, KeyError, TypeError, InvalidSignature, InvalidTag, InvalidUnwrap)


def open_package(
    package: bytes, key: EllipticCurvePrivateKey, broker: dict[str, str], now: datetime
) -> Any:  # noqa: ANN401  # whatever the package holds
    """Return the content; one of FAULTS where a check fails, and then nothing of it."""
    # 1. Size, three parts. 2. The one header of a key we trust, and its signature over everything.
    check(len(package) <= LARGEST, "it is larger than any package")
    header, payload, signature = package.decode("ascii").split(".")
    kid = thumbprint({"crv": "Ed25519", "kty": "OKP", "x": broker["x"]})
    expected = {"alg": "Ed25519", "kid": kid, "typ": "marac-package+jws"}
    check(read(decode(header)) == expected, "it is not signed by this broker")
    signed = f"{header}.{payload}".encode()
    Ed25519PublicKey.from_public_bytes(decode(broker["x"])).verify(decode(signature), signed)
    # 3. The shape of the encryption, and our entry in it exactly once.
    jwe = read(decode(payload))
    check(set(jwe) == {"protected", "recipients", "iv", "ciphertext", "tag"}, "its shape")
    suite = {"enc": "A256GCM", "typ": "marac-package+jwe"}
    check(read(decode(jwe["protected"])) == suite, "its encryption is of another kind")
    point = key.public_key().public_numbers()
    x, y = (encode(one.to_bytes(32, "big")) for one in (point.x, point.y))
    own = thumbprint({"crv": "P-256", "kty": "EC", "x": x, "y": y})
    (entry,) = (one for one in jwe["recipients"] if one["header"]["kid"] == own)
    # 4. Agree on a key (RFC 7518 section 4.6), unwrap the content's key with it, decrypt.
    content_key = aes_key_unwrap(agreed(key, entry["header"]), decode(entry["encrypted_key"]))
    sealed = decode(jwe["ciphertext"]) + decode(jwe["tag"])
    plain = AESGCM(content_key).decrypt(decode(jwe["iv"]), sealed, jwe["protected"].encode())
    # 5. The same keys and the same disclosure, inside and outside. 6. Still to be kept.
    content = read(plain)
    check(content["version"] in VERSIONS, "its content is of another version")
    outside = [(one["header"]["kid"], one["header"]["apv"]) for one in jwe["recipients"]]
    disclosure = content["disclosure_id"]
    inside = [(one, encode(f"{disclosure}|{one}".encode())) for one in content["recipient"]["keys"]]
    check(inside == outside, "it is addressed differently inside and outside")
    check(now < datetime.fromisoformat(content["expires_at"]), "it has expired: delete it")
    return content


def agreed(key: EllipticCurvePrivateKey, header: dict[str, Any]) -> bytes:
    """Return the key-wrapping key that the sender and this key agree on."""
    check(header["alg"] == "ECDH-ES+A256KW", "its key is wrapped in another way")
    x, y = (int.from_bytes(decode(header["epk"][one])) for one in ("x", "y"))
    public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    parties = (header["alg"].encode(), decode(header["apu"]), decode(header["apv"]))
    info = b"".join(len(one).to_bytes(4) + one for one in parties) + (256).to_bytes(4)
    return ConcatKDFHash(SHA256(), 32, info).derive(key.exchange(ECDH(), public))


def read(text: bytes) -> Any:  # noqa: ANN401  # JSON
    """Read JSON in which no member is given twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        check(len(dict(pairs)) == len(pairs), "a member is given twice")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once)


def thumbprint(members: dict[str, str]) -> str:
    """Return the name of a key (RFC 7638); `members` in alphabetical order."""
    return encode(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())


def encode(value: bytes) -> str:
    """Return base64url."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read base64url in its one right spelling."""
    value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    check(encode(value) == text, "it is not base64url")
    return value


def check(holds: bool, fault: str) -> None:  # noqa: FBT001  # reads as a sentence
    """Raise unless it holds."""
    if not holds:
        raise ValueError(fault)


if __name__ == "__main__":
    if len(sys.argv) != 4:  # noqa: PLR2004  # the program and its three arguments
        sys.exit("Say: python open_package.py PACKAGE YOUR-KEY.pem BROKER.jwk")
    try:
        files = [Path(one).read_bytes() for one in sys.argv[1:]]
        private = load_pem_private_key(files[1], getpass.getpass("Passphrase: ").encode())
        if not isinstance(private, EllipticCurvePrivateKey):
            raise ValueError("the key is of another kind")  # noqa: TRY004  # a fault of the file
        shown = open_package(files[0], private, json.loads(files[2]), datetime.now(UTC))
    except (OSError, *FAULTS) as fault:
        sys.exit(f"This package does not open: {fault or 'it was changed, or the key is wrong'}.")
    json.dump(shown, sys.stdout, indent=2)
