"""Our own private keys in a Transit engine, of OpenBao or Vault. They never leave it.

Keys of the engine, each with the versions that Transit counts from 1:

    <name>-wrapping    aes256-gcm96; a data key is wrapped (see `wrapped`) as the bytes behind
                       "vault:vN:", N being the number, with associated_data = what is bound
    <name>-log         ed25519
    <name>-package     ed25519

Associated data is `0x02 || 0x0000 || context`: which version wraps is only known afterwards.
Do not rename anything here: keys in engines are found by it.
"""

import base64
import binascii
from typing import Final, Self

from broker.domain.errors import CustodyError
from keys.custody import wrapped as format_
from keys.custody.known_keys import KnownKeys
from keys.custody.refusals import (
    SIGNING_KEYS,
    WRAPPING_KEY,
    check_rotates,
    check_signing,
    no_such_key,
    not_ours,
    not_ready,
    unavailable,
)
from keys.custody.transit_http import Engine, TransitClient
from keys.signing import verify

KEY_TYPES: Final = {WRAPPING_KEY: "aes256-gcm96", **dict.fromkeys(SIGNING_KEYS, "ed25519")}
PUBLIC_KEY_BYTES: Final = 32
"""RFC 8032 section 5.1.5."""


class TransitCustody:
    """Implements key_ports.KeyCustody. Make one with `create` or `open`."""

    __slots__ = ("_client", "_known", "_name")

    def __init__(self, engine: Engine) -> None:
        """Ask nothing yet."""
        self._client = TransitClient(engine)
        self._name = engine.name
        self._known = KnownKeys(self._found)

    @classmethod
    def create(cls, engine: Engine) -> Self:
        """Make the keys that the engine does not have yet. Raises like `open`."""
        made = cls(engine)
        for key, kind in KEY_TYPES.items():
            if made._client.read(f"keys/{made._name}-{key}") is None:
                made._client.write(f"keys/{made._name}-{key}", {"type": kind})
        return cls.open(engine)

    @classmethod
    def open(cls, engine: Engine) -> Self:
        """Find the keys.

        Raises:
            CustodyError: the engine does not hold them, or there is no token.
            KeyServiceError: it cannot be reached, or does not let us in.

        """
        opened = cls(engine)
        for key in KEY_TYPES:
            opened._versions(key)
        return opened

    def sign(self, key: str, message: bytes, public_key: bytes | None = None) -> bytes:
        """Return a 64-byte Ed25519 signature (RFC 8032), made by the engine."""
        known = self.public_keys(key)
        if public_key is not None and public_key not in known:
            known = self._known.again(key)
        if public_key is not None and public_key not in known:
            raise no_such_key()
        version = known.index(public_key or known[-1]) + 1
        asked = {"input": _base64(message), "key_version": version}
        answer = self._client.write(f"sign/{self._name}-{key}", asked)
        return _versioned(answer.get("signature"))[1]

    def public_key(self, key: str) -> bytes:
        """Return the newest 32-byte Ed25519 public key."""
        return self.public_keys(key)[-1]

    def public_keys(self, key: str) -> tuple[bytes, ...]:
        """Return every public key that ever was, oldest first."""
        check_signing(key)
        return self._known.of(key)

    def holds(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature is that key's over the message."""
        return verify(public_key, message, signature)

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        """Have the engine encrypt a data key under its newest version, bound to `context`."""
        asked = {"plaintext": _base64(plain), "associated_data": _bound(context)}
        answer = self._client.write(f"encrypt/{self._name}-{WRAPPING_KEY}", asked)
        return format_.join(*_versioned(answer.get("ciphertext")))

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`; CustodyError for another context or a changed byte."""
        number, sealed = format_.split(wrapped)
        ciphertext = f"vault:v{number}:{_base64(sealed)}"
        asked = {"ciphertext": ciphertext, "associated_data": _bound(context)}
        address = f"decrypt/{self._name}-{WRAPPING_KEY}"
        answer = self._client.write(address, asked, wrong=not_ours())
        return _decoded(answer.get("plaintext"))

    def is_current(self, wrapped: bytes) -> bool:
        """Whether it was wrapped by the newest version of the wrapping key."""
        return format_.split(wrapped)[0] == max(self._versions(WRAPPING_KEY))

    def rotate(self, key: str) -> None:
        """Have the engine make a new version of the key; the others stay."""
        check_rotates(key)
        self._client.write(f"keys/{self._name}-{key}/rotate", {})
        if key != WRAPPING_KEY:
            self._known.again(key)

    def _versions(self, key: str) -> dict[int, object]:
        """Return what the engine tells of each version."""
        found = self._client.read(f"keys/{self._name}-{key}")
        versions = {} if found is None else found.get("keys")
        if not isinstance(versions, dict) or not versions:
            raise not_ready("The Transit engine")
        if sorted(map(int, versions)) != list(range(1, len(versions) + 1)):
            # An engine may be told to forget old versions; then old proofs would not verify.
            raise CustodyError(
                f"The Transit engine has archived versions of {self._name}-{key}: set its "
                "min_available_version and min_decryption_version back."
            )
        return {int(number): told for number, told in versions.items()}

    def _found(self, key: str) -> tuple[bytes, ...]:
        """Ask the engine."""
        versions = self._versions(key)
        return tuple(_public_key(versions[number]) for number in sorted(versions))


def _public_key(told: object) -> bytes:
    key = _decoded(told.get("public_key") if isinstance(told, dict) else None)
    if len(key) != PUBLIC_KEY_BYTES:
        raise unavailable("holds a key of another kind under our name")
    return key


def _versioned(text: object) -> tuple[int, bytes]:
    """Read `vault:vN:base64`."""
    parts = text.split(":") if isinstance(text, str) else []
    if len(parts) != 3 or not parts[1].removeprefix("v").isdecimal():  # noqa: PLR2004  # as above
        raise unavailable("answers with something else")
    return int(parts[1].removeprefix("v")), _decoded(parts[2])


def _bound(context: bytes) -> str:
    return _base64(format_.bound(0, context))


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _decoded(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error:
        raise unavailable("answers with something else") from None
