r"""Our own private keys, in one file under a passphrase.

    custody.key = "marac-custody/1\n" || base64url(passphrase.seal(JSON))
    JSON        = {"kek": base64url, "log": base64url, "package": base64url}

`log` and `package` are Ed25519 keys in PKCS#8 (RFC 8410), `kek` is 32 random bytes. A data key is
wrapped as `0x01 || 12 nonce || AES-256-GCM(kek, data key, aad = context)`.

Do not reorder or rename anything here under these versions: what they wrote cannot be made again.
"""

import os
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from broker.domain.errors import CustodyError
from keys.encoding import b64u, compact_json, read_b64u, read_object
from keys.files import read_whole, write_new
from keys.passphrase import NONCE_BYTES, check_passphrase, open_sealed, seal

FILE_NAME: Final = "custody.key"
HEADER: Final = b"marac-custody/1\n"
SIGNING_KEYS: Final = ("log", "package")
WRAP_VERSION: Final = b"\x01"
KEK_BYTES: Final = 32


class FileCustody:
    """Implements ports.Custody from a file. Make one with `create` or `open`."""

    __slots__ = ("_kek", "_public", "_signing")

    def __init__(self, signing: dict[str, Ed25519PrivateKey], kek: bytes) -> None:
        """Hold the keys in memory; nothing of them is ever shown by `repr`."""
        self._signing = dict(signing)
        self._public = {
            name: key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            for name, key in signing.items()
        }
        self._kek = AESGCM(kek)

    @classmethod
    def create(cls, directory: Path, passphrase: str) -> Self:
        """Make new keys and store them.

        Raises:
            CustodyError: there are keys already, the passphrase is too short, or the disk refuses.

        """
        check_passphrase(passphrase)
        signing = {name: Ed25519PrivateKey.generate() for name in SIGNING_KEYS}
        kek = os.urandom(KEK_BYTES)
        write_new(directory / FILE_NAME, HEADER + _pack(signing, kek, passphrase))
        return cls(signing, kek)

    @classmethod
    def open(cls, directory: Path, passphrase: str) -> Self:
        """Read stored keys.

        Raises:
            CustodyError: no keys, another passphrase, or a file that is not as it was written.

        """
        content = read_whole(directory / FILE_NAME)
        if not content.startswith(HEADER):
            raise CustodyError(f"{FILE_NAME} is not a custody file of this version.")
        return cls(*_unpack(content.removeprefix(HEADER), passphrase))

    def sign(self, key: str, message: bytes) -> bytes:
        """Return a 64-byte Ed25519 signature (RFC 8032)."""
        return self._named(key).sign(message)

    def public_key(self, key: str) -> bytes:
        """Return the 32-byte Ed25519 public key."""
        self._named(key)
        return self._public[key]

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt a data key under the key-encryption key, bound to `context`."""
        nonce = os.urandom(NONCE_BYTES)
        return WRAP_VERSION + nonce + self._kek.encrypt(nonce, plain, WRAP_VERSION + context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`; CustodyError for another context or a changed byte."""
        start = len(WRAP_VERSION) + NONCE_BYTES
        if wrapped[: len(WRAP_VERSION)] != WRAP_VERSION or len(wrapped) <= start:
            raise CustodyError("A wrapped key is of a version this program does not read.")
        try:
            nonce = wrapped[len(WRAP_VERSION) : start]
            return self._kek.decrypt(nonce, wrapped[start:], WRAP_VERSION + context)
        except InvalidTag as error:
            raise CustodyError(
                "A wrapped key does not open: check that the database and the keys belong together."
            ) from error

    def _named(self, key: str) -> Ed25519PrivateKey:
        try:
            return self._signing[key]
        except KeyError as error:
            raise CustodyError(
                f"There is no key of that name; ask for one of {SIGNING_KEYS}."
            ) from error


def _pack(signing: dict[str, Ed25519PrivateKey], kek: bytes, passphrase: str) -> bytes:
    members = {"kek": b64u(kek)}
    for name in SIGNING_KEYS:
        der = signing[name].private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        members[name] = b64u(der)
    return b64u(seal(compact_json(members), passphrase, HEADER)).encode("ascii")


def _unpack(content: bytes, passphrase: str) -> tuple[dict[str, Ed25519PrivateKey], bytes]:
    try:
        sealed = read_b64u(content.decode("ascii"))
        members = read_object(open_sealed(sealed, passphrase, HEADER))
        signing = {name: _signing_key(read_b64u(str(members[name]))) for name in SIGNING_KEYS}
        return signing, read_b64u(str(members["kek"]))
    except (ValueError, KeyError) as error:
        raise CustodyError(f"{FILE_NAME} is damaged; restore it from its backup.") from error


def _signing_key(der: bytes) -> Ed25519PrivateKey:
    key = load_der_private_key(der, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004  # a fault of the file, not a type
    return key
