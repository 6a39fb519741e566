"""What a passphrase protects.

The stretch is scrypt, because the PBKDF2 that PKCS#8 writers use by default is 2,048 rounds, which
a graphics card tries by the million in a second.

    sealed = version 0x01 || 16 salt || 12 nonce || AES-256-GCM(scrypt(passphrase, salt), plain)

Do not reorder these parts or change a parameter under this version: keys on disk are read by it.
"""

import os
import unicodedata
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from broker.domain.errors import CustodyError

VERSION: Final = b"\x01"
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
"""NIST SP 800-38D section 8.2.2."""
COST: Final = 2**14
BLOCK_SIZE: Final = 8
PARALLELISM: Final = 5
"""N, r, p: an equivalent of the OWASP minimum (2^17, 8, 1) that OpenSSL's 32 MiB cap can read."""
MIN_PASSPHRASE_CHARACTERS: Final = 12
"""NCSC three-random-words guidance gives more; fewer fall to guessing in spite of scrypt."""


def check_passphrase(passphrase: str) -> None:
    """Refuse what is too short to protect a key.

    Raises:
        CustodyError: fewer than MIN_PASSPHRASE_CHARACTERS.

    """
    if len(passphrase) < MIN_PASSPHRASE_CHARACTERS:
        raise CustodyError(
            f"Choose a passphrase of at least {MIN_PASSPHRASE_CHARACTERS} characters."
        )


def as_typed(passphrase: str) -> bytes:
    """Return the bytes of a passphrase, the same from every keyboard (RFC 8265 section 4.2)."""
    return unicodedata.normalize("NFC", passphrase).encode("utf-8")


def stretch(passphrase: str, salt: bytes) -> bytes:
    """Return the 32-byte key that stands for the passphrase."""
    kdf = Scrypt(salt=salt, length=32, n=COST, r=BLOCK_SIZE, p=PARALLELISM)
    return kdf.derive(as_typed(passphrase))


def seal(plain: bytes, passphrase: str, label: bytes) -> bytes:
    """Encrypt under a passphrase, bound to `label`."""
    check_passphrase(passphrase)
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    sealed = AESGCM(stretch(passphrase, salt)).encrypt(nonce, plain, VERSION + label)
    return VERSION + salt + nonce + sealed


def open_sealed(sealed: bytes, passphrase: str, label: bytes) -> bytes:
    """Undo `seal`.

    Raises:
        CustodyError: another passphrase or label, or a changed byte.

    """
    start = len(VERSION) + SALT_BYTES
    salt, nonce = sealed[len(VERSION) : start], sealed[start : start + NONCE_BYTES]
    if sealed[: len(VERSION)] != VERSION or len(sealed) <= start + NONCE_BYTES:
        raise CustodyError("The key file is of a version this program does not read.")
    try:
        key = AESGCM(stretch(passphrase, salt))
        return key.decrypt(nonce, sealed[start + NONCE_BYTES :], VERSION + label)
    except InvalidTag as error:
        raise CustodyError("The passphrase does not open the key file; try it again.") from error
