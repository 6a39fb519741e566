"""A private key file under a passphrase that other people's software opens too.

PKCS#8 with PBES2, scrypt and AES-256-CBC (RFC 5958, 8018, 7914): OpenSSL, and with it Node and
others, read it as it is. `cryptography` reads this form too but writes only the weak PBKDF2 one,
so the few lines of DER are put together here.
"""

import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from broker.domain.errors import CustodyError
from keys.encoding import pem
from keys.passphrase import (
    BLOCK_SIZE,
    COST,
    PARALLELISM,
    SALT_BYTES,
    as_typed,
    check_passphrase,
    stretch,
)

IV_BYTES: Final = 16
_SEQUENCE, _INTEGER, _OCTETS, _OID = 0x30, 0x02, 0x04, 0x06
_PBES2: Final = bytes.fromhex("2a864886f70d01050d")
"""1.2.840.113549.1.5.13, RFC 8018 appendix A.4."""
_SCRYPT: Final = bytes.fromhex("2b06010401da47040b")
"""1.3.6.1.4.1.11591.4.11, RFC 7914 section 7."""
_AES_256_CBC: Final = bytes.fromhex("60864801650304012a")
"""2.16.840.1.101.3.4.1.42, RFC 8018 appendix B.2.5."""


def write_private_key(key: EllipticCurvePrivateKey, passphrase: str) -> bytes:
    """Return the key as `ENCRYPTED PRIVATE KEY` PEM."""
    check_passphrase(passphrase)
    salt, iv = os.urandom(SALT_BYTES), os.urandom(IV_BYTES)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    pad = PKCS7(AES256.block_size).padder()
    cipher = Cipher(AES256(stretch(passphrase, salt)), CBC(iv)).encryptor()
    sealed = cipher.update(pad.update(plain) + pad.finalize()) + cipher.finalize()
    return pem("ENCRYPTED PRIVATE KEY", _der(_SEQUENCE, _scheme(salt, iv), _der(_OCTETS, sealed)))


def read_private_key(content: bytes, passphrase: str) -> EllipticCurvePrivateKey:
    """Read an encrypted P-256 key.

    Raises:
        CustodyError: another passphrase, no passphrase on the file, or no such key in it.

    """
    try:
        key = load_pem_private_key(content, as_typed(passphrase))
    except (ValueError, TypeError) as error:
        raise CustodyError(
            "The key file does not open: check the passphrase and that it is a private key file."
        ) from error
    if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise CustodyError("The key file holds another kind of key; packages need one on P-256.")
    return key


def _scheme(salt: bytes, iv: bytes) -> bytes:
    stretching = _der(
        _SEQUENCE, _der(_OCTETS, salt), *map(_number, (COST, BLOCK_SIZE, PARALLELISM))
    )
    derivation = _der(_SEQUENCE, _der(_OID, _SCRYPT), stretching)
    encryption = _der(_SEQUENCE, _der(_OID, _AES_256_CBC), _der(_OCTETS, iv))
    return _der(_SEQUENCE, _der(_OID, _PBES2), _der(_SEQUENCE, derivation, encryption))


def _number(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _der(tag: int, *parts: bytes) -> bytes:
    """Return one DER element (X.690 section 8.1)."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:  # noqa: PLR2004  # X.690 section 8.1.3.4: the short form ends here
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
