r"""Our own private keys, in one file under a passphrase.

    custody.key = "marac-custody/2\n" || base64url(passphrase.seal(JSON))
    JSON        = {"wrapping": [base64url, ...], "log": [...], "package": [...]}, oldest first

`wrapping` holds 32 random bytes each, the others see `signing_keys`; a data key is wrapped (see
`wrapped`) as 12 nonce || AES-256-GCM(wrapping key, data key, aad = version || number || context).

Version 1 of the file has one key of each: {"kek": base64url, "log": base64url(PKCS#8), "package":
...}, and its data keys are `0x01 || 12 nonce || AES-256-GCM(kek, data key, aad = 0x01 || context)`.

Do not reorder or rename anything here under these versions: what they wrote cannot be made again.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_der_private_key

from broker.domain.errors import CustodyError
from keys.custody import wrapped as format_
from keys.custody.refusals import WRAPPING_KEY, check_rotates, not_ours
from keys.custody.signing_keys import SigningKeys
from keys.encoding import b64u, compact_json, read_b64u, read_object
from keys.files import alone_in, changed_at, read_whole, write_again, write_new
from keys.passphrase import NONCE_BYTES, check_passphrase, open_sealed, seal

FILE_NAME: Final = "custody.key"
HEADER: Final = b"marac-custody/2\n"
FIRST_HEADER: Final = b"marac-custody/1\n"
WRAPPING_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """What the file holds."""

    signing: SigningKeys = field(repr=False)
    wrapping: tuple[bytes, ...] = field(repr=False)

    def encoded(self, passphrase: str) -> bytes:
        members = {**self.signing.members(), WRAPPING_KEY: [b64u(one) for one in self.wrapping]}
        return HEADER + b64u(seal(compact_json(members), passphrase, HEADER)).encode("ascii")


class FileCustody:
    """Implements key_ports.KeyCustody from a file. Make one with `create` or `open`.

    Another process may have rotated a key: the file is read again when it has changed, and when a
    key is asked for that is not in memory.
    """

    __slots__ = ("_changed", "_directory", "_keys", "_passphrase")

    def __init__(self, directory: Path, passphrase: str, keys: _Keys) -> None:
        """Hold the keys in memory; nothing of them is ever shown by `repr`."""
        self._directory, self._passphrase, self._keys = directory, passphrase, keys
        self._changed = changed_at(directory, FILE_NAME)

    @classmethod
    def create(cls, directory: Path, passphrase: str) -> Self:
        """Make new keys and store them.

        Raises:
            CustodyError: there are keys already, the passphrase is too short, or the disk refuses.

        """
        check_passphrase(passphrase)
        keys = _Keys(signing=SigningKeys.generate(), wrapping=(os.urandom(WRAPPING_KEY_BYTES),))
        write_new(directory / FILE_NAME, keys.encoded(passphrase))
        return cls(directory, passphrase, keys)

    @classmethod
    def open(cls, directory: Path, passphrase: str) -> Self:
        """Read stored keys.

        Raises:
            CustodyError: no keys, another passphrase, or a file that is not as it was written.

        """
        return cls(directory, passphrase, _read(directory, passphrase))

    def sign(self, key: str, message: bytes, public_key: bytes | None = None) -> bytes:
        """Return a 64-byte Ed25519 signature (RFC 8032)."""
        if not self._keys.signing.holds(key, public_key):
            self._keys = _read(self._directory, self._passphrase)
        return self._keys.signing.sign(key, message, public_key)

    def public_key(self, key: str) -> bytes:
        """Return the newest 32-byte Ed25519 public key."""
        return self.public_keys(key)[-1]

    def public_keys(self, key: str) -> tuple[bytes, ...]:
        """Return every public key that ever was, oldest first."""
        self._look_again()
        return self._keys.signing.public_keys(key)

    def holds(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature is that key's over the message."""
        return self._keys.signing.made(public_key, message, signature)

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt a data key under the newest wrapping key, bound to `context`."""
        self._look_again()
        number, nonce = len(self._keys.wrapping), os.urandom(NONCE_BYTES)
        bound = format_.bound(number, context)
        sealed = AESGCM(self._keys.wrapping[-1]).encrypt(nonce, plain, bound)
        return format_.join(number, nonce + sealed)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`; CustodyError for another context or a changed byte."""
        if wrapped.startswith(format_.FIRST_VERSION):
            number, sealed = 1, wrapped[len(format_.FIRST_VERSION) :]
            bound = format_.FIRST_VERSION + context
        else:
            number, sealed = format_.split(wrapped)
            bound = format_.bound(number, context)
        if len(sealed) <= NONCE_BYTES:
            raise CustodyError("A wrapped key was cut short: restore it from a backup.")
        try:
            key = AESGCM(self._wrapping(number))
            return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except InvalidTag as error:
            raise not_ours() from error

    def is_current(self, wrapped: bytes) -> bool:
        """Whether it was wrapped by the newest wrapping key."""
        self._look_again()
        newest = format_.VERSION + len(self._keys.wrapping).to_bytes(format_.NUMBER_BYTES, "big")
        return wrapped.startswith(newest)

    def rotate(self, key: str) -> None:
        """Make a new key of that name; it is the newest once this returns, the others stay."""
        check_rotates(key)
        with alone_in(self._directory):
            # Read again under the lock: a key that somebody else has just made must not be lost.
            kept = _read(self._directory, self._passphrase)
            if key == WRAPPING_KEY:
                fresh = (*kept.wrapping, os.urandom(WRAPPING_KEY_BYTES))
                made = _Keys(signing=kept.signing, wrapping=fresh)
            else:
                made = _Keys(signing=kept.signing.with_new(key), wrapping=kept.wrapping)
            write_again(self._directory / FILE_NAME, made.encoded(self._passphrase))
        self._keys, self._changed = made, changed_at(self._directory, FILE_NAME)

    def _look_again(self) -> None:
        """Read the file if it has changed: what a new key is there for is not done with an old."""
        changed = changed_at(self._directory, FILE_NAME)
        if changed is not None and changed != self._changed:
            self._keys, self._changed = _read(self._directory, self._passphrase), changed

    def _wrapping(self, number: int) -> bytes:
        if number > len(self._keys.wrapping):
            self._keys = _read(self._directory, self._passphrase)
        if number > len(self._keys.wrapping):
            raise not_ours()
        return self._keys.wrapping[number - 1]


def _read(directory: Path, passphrase: str) -> _Keys:
    content = read_whole(directory / FILE_NAME)
    for header, keys_of in ((HEADER, _keys), (FIRST_HEADER, _first_keys)):
        if content.startswith(header):
            try:
                sealed = read_b64u(content.removeprefix(header).decode("ascii"))
                return keys_of(read_object(open_sealed(sealed, passphrase, header)))
            except (ValueError, KeyError) as error:
                raise CustodyError(
                    f"{FILE_NAME} is damaged; restore it from its backup."
                ) from error
    raise CustodyError(f"{FILE_NAME} is not a custody file of a version this program reads.")


def _keys(members: Mapping[str, object]) -> _Keys:
    wrapping = members[WRAPPING_KEY]
    if not isinstance(wrapping, list) or not wrapping:
        raise ValueError("no wrapping key")
    found = tuple(read_b64u(str(one)) for one in wrapping)
    return _Keys(signing=SigningKeys.of(members), wrapping=found)


def _first_keys(members: Mapping[str, object]) -> _Keys:
    signing = {name: (_signing_key(str(members[name])),) for name in ("log", "package")}
    return _Keys(signing=SigningKeys(signing), wrapping=(read_b64u(str(members["kek"])),))


def _signing_key(text: str) -> Ed25519PrivateKey:
    key = load_der_private_key(read_b64u(text), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004  # a fault of the file, not a type
    return key
