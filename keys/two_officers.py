r"""A recovery key that no one person opens: a file under two passphrases, one inside the other.

    <owner>.recovery.key = "marac-recovery-key/1\n"
                           || base64url(seal(second, "...outer", seal(first, "...inner", private)))

`seal` is passphrase.seal, `private` the content of an ordinary private key file without a
passphrase of its own: PKCS#8 in DER, or "hybrid" and the 32-byte seed. Each of two officers chooses
one passphrase and tells nobody; both have to be there to open a package (ADR 0023).
DO NOT change any of this under this name: files that are opened once in years are read by it.
"""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from broker.domain.errors import CustodyError
from broker.domain.ids import PractitionerId
from keys.encoding import b64u, read_b64u
from keys.files import read_whole
from keys.hybrid import SEED_BYTES, HybridPrivateKey
from keys.passphrase import as_typed, open_sealed, seal
from keys.recipient import RecipientPrivateKey, write_pair

HEADER: Final = b"marac-recovery-key/1\n"
FILE_ENDING: Final = "recovery.key"
_INNER: Final = HEADER + b"inner"
_OUTER: Final = HEADER + b"outer"
_HYBRID: Final = b"hybrid"

Pair = RecipientPrivateKey | HybridPrivateKey


def write_recovery_pair(
    key: Pair, folder: Path, owner: PractitionerId, first: str, second: str
) -> tuple[Path, Path]:
    """Write the two files of a recovery key; return both. Raises CustodyError like write_pair.

    Two equal passphrases are refused: one officer would know both.
    """
    if as_typed(first) == as_typed(second):
        raise CustodyError("Two officers choose two passphrases; these are the same one.")
    sealed = seal(seal(_private(key), first, _INNER), second, _OUTER)
    content = HEADER + b64u(sealed).encode("ascii") + b"\n"
    return write_pair(folder, owner, (FILE_ENDING, content), key.public_jwk)


def needs_two(path: Path) -> bool:
    """Whether a private key file is under two passphrases."""
    return read_whole(path).startswith(HEADER)


def read_recovery_key(path: Path, first: str, second: str) -> Pair:
    """Read what `write_recovery_pair` wrote; the officers may come in either order.

    Raises:
        CustodyError: one of the passphrases is another one, or the file is not as it was written.

    """
    try:
        sealed = read_b64u(read_whole(path).removeprefix(HEADER).decode("ascii").strip())
    except ValueError as error:
        raise _damaged() from error
    for inner, outer in ((first, second), (second, first)):
        try:
            return _key(open_sealed(open_sealed(sealed, outer, _OUTER), inner, _INNER))
        except CustodyError:
            continue
    raise CustodyError("These two passphrases do not open the recovery key; try both again.")


def _private(key: Pair) -> bytes:
    if isinstance(key, HybridPrivateKey):
        return _HYBRID + key.seed
    return key.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _key(private: bytes) -> Pair:
    if private.startswith(_HYBRID) and len(private) == len(_HYBRID) + SEED_BYTES:
        return HybridPrivateKey.of(private.removeprefix(_HYBRID))
    try:
        key = load_der_private_key(private, None)
    except ValueError as error:
        raise _damaged() from error
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise _damaged()
    return RecipientPrivateKey.of(key)


def _damaged() -> CustodyError:
    return CustodyError("The recovery key file is damaged; restore it from its backup.")
