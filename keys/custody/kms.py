"""Our own keys under a key of AWS KMS that never leaves it.

    custody.kms.json = {"version": "marac-custody-kms/1",
                        "wrapping": [id of a KMS key, ...], oldest first,
                        "signing": base64url(Encrypt(newest, members of signing_keys))}

A data key is wrapped (see `wrapped`) as the CiphertextBlob of Encrypt under the newest; the number
is the place in `wrapping`. The EncryptionContext is {"marac-broker": base64url(SHA-256(what is
bound))}: it stands in AWS's own log in the clear, so it names no case. For `signing`, bound is
`marac-custody-kms/1|` and the ids, joined by `|`.

The Ed25519 keys are opened when the broker starts and sign in its memory, because KMS signs at
most 4,096 bytes with Ed25519 and a package is longer (ADR 0018).

Do not reorder or rename anything here under this version: what it wrote cannot be made again.
"""

import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from broker.domain.errors import CustodyError, KeyServiceError
from keys.custody import wrapped as format_
from keys.custody.process import PerProcess
from keys.custody.refusals import (
    WRAPPING_KEY,
    check_rotates,
    not_admitted,
    not_installed,
    not_ours,
    unavailable,
)
from keys.custody.signing_keys import SigningKeys
from keys.encoding import b64u, compact_json, read_b64u, read_object
from keys.files import alone_in, changed_at, read_whole, write_again, write_new

FILE_NAME: Final = "custody.kms.json"
VERSION: Final = "marac-custody-kms/1"
CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 5
ATTEMPTS: Final = 2
MAX_PLAIN_BYTES: Final = 4096
"""What Encrypt takes (AWS KMS API reference); some forty signing keys fit."""
_WRONG: Final = {
    "InvalidCiphertextException",
    "IncorrectKeyException",
    "ValidationException",
    "NotFoundException",
}
"""How AWS, and what imitates it, refuse a blob that is not of this key and context."""
_SHUT_OUT: Final = {
    "AccessDeniedException",
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "InvalidSignatureException",
}


class KeyService:
    """Encrypt and Decrypt of KMS, with its errors made ours."""

    __slots__ = ("_client",)

    def __init__(self, key_id: str) -> None:
        """Connect to nothing yet. Raises SettingsError where the extra is not installed."""
        try:
            import boto3  # noqa: F401, PLC0415  # an extra that may not be installed
        except ImportError:
            raise not_installed("kms") from None
        self._client = PerProcess(lambda: _client(key_id))

    def encrypt(self, key_id: str, plain: bytes, bound: bytes) -> bytes:
        """Return the blob."""
        answer = self._call(
            "encrypt", KeyId=key_id, Plaintext=plain, EncryptionContext=_context(bound)
        )
        return bytes(answer["CiphertextBlob"])

    def decrypt(self, key_id: str, blob: bytes, bound: bytes) -> bytes:
        """Undo `encrypt`; CustodyError for another key or context, or a changed byte."""
        answer = self._call(
            "decrypt", KeyId=key_id, CiphertextBlob=blob, EncryptionContext=_context(bound)
        )
        return bytes(answer["Plaintext"])

    def rotate(self, key_id: str) -> None:
        """Have KMS make new material for the key."""
        self._call("rotate_key_on_demand", KeyId=key_id)

    def _call(self, operation: str, **arguments: object) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # see __init__

        try:
            answer: Mapping[str, Any] = getattr(self._client.value(), operation)(**arguments)
        except ClientError as error:
            raise _refusal(error.response["Error"]["Code"], operation) from None
        except BotoCoreError:
            # Its arguments may hold what was asked, so it must not travel with ours.
            raise unavailable() from None
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """What the file holds, opened."""

    wrapping: tuple[str, ...]
    signing: SigningKeys = field(repr=False)

    def encoded(self, service: KeyService) -> bytes:
        plain = compact_json(self.signing.members())
        if len(plain) > MAX_PLAIN_BYTES:
            raise CustodyError("KMS encrypts no more signing keys in one piece: keep the newest.")
        blob = service.encrypt(self.wrapping[-1], plain, _bound_to(self.wrapping))
        members = {"version": VERSION, "wrapping": list(self.wrapping), "signing": b64u(blob)}
        return compact_json(members) + b"\n"


class KmsCustody:
    """Implements key_ports.KeyCustody. Make one with `create` or `open`."""

    __slots__ = ("_changed", "_directory", "_key_id", "_keys", "_service")

    def __init__(self, directory: Path, key_id: str, service: KeyService, keys: _Keys) -> None:
        """Hold the signing keys in memory; nothing of them is ever shown by `repr`."""
        self._directory, self._key_id = directory, key_id
        self._service, self._keys = service, keys
        self._changed = changed_at(directory, FILE_NAME)

    @classmethod
    def create(cls, directory: Path, key_id: str) -> Self:
        """Make signing keys under the KMS key, which is there already.

        Raises:
            SettingsError: the extra is not installed.
            CustodyError: there are keys already, or the disk refuses.
            KeyServiceError: KMS cannot be asked.

        """
        service = KeyService(key_id)
        keys = _Keys(wrapping=(key_id,), signing=SigningKeys.generate())
        write_new(directory / FILE_NAME, keys.encoded(service))
        return cls(directory, key_id, service, keys)

    @classmethod
    def open(cls, directory: Path, key_id: str) -> Self:
        """Read stored keys; CustodyError for none or a changed file, else like `create`."""
        service = KeyService(key_id)
        return cls(directory, key_id, service, _read(directory, service))

    def sign(self, key: str, message: bytes, public_key: bytes | None = None) -> bytes:
        """Return a 64-byte Ed25519 signature (RFC 8032)."""
        if not self._keys.signing.holds(key, public_key):
            self._keys = _read(self._directory, self._service)
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
        """Have KMS encrypt a data key under the newest key, bound to `context`."""
        self._look_again()
        wrapping = self._keys.wrapping
        bound = format_.bound(len(wrapping), context)
        return format_.join(len(wrapping), self._service.encrypt(wrapping[-1], plain, bound))

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`; CustodyError for another context or a changed byte."""
        number, blob = format_.split(wrapped)
        if number > len(self._keys.wrapping):
            self._keys = _read(self._directory, self._service)
        if number > len(self._keys.wrapping):
            raise not_ours()
        key_id = self._keys.wrapping[number - 1]
        return self._service.decrypt(key_id, blob, format_.bound(number, context))

    def is_current(self, wrapped: bytes) -> bool:
        """Whether it was wrapped by the newest wrapping key."""
        self._look_again()
        return format_.split(wrapped)[0] == len(self._keys.wrapping)

    def rotate(self, key: str) -> None:
        """Make a new key of that name; the others stay.

        The wrapping key becomes the one that the settings name; where it is that one already, KMS
        makes new material for it.
        """
        check_rotates(key)
        with alone_in(self._directory):
            # Read again under the lock: a key that somebody else has just made must not be lost.
            kept = _read(self._directory, self._service)
            if key == WRAPPING_KEY:
                if kept.wrapping[-1] == self._key_id:
                    self._service.rotate(self._key_id)
                made = _Keys(wrapping=(*kept.wrapping, self._key_id), signing=kept.signing)
            else:
                made = _Keys(wrapping=kept.wrapping, signing=kept.signing.with_new(key))
            write_again(self._directory / FILE_NAME, made.encoded(self._service))
        self._keys, self._changed = made, changed_at(self._directory, FILE_NAME)

    def _look_again(self) -> None:
        """Read the file if somebody has rotated a key; until KMS answers, go on with what is known.

        What a new key is there for is not done with an old one for longer than that.
        """
        changed = changed_at(self._directory, FILE_NAME)
        if changed is not None and changed != self._changed:
            with suppress(KeyServiceError):
                self._keys, self._changed = _read(self._directory, self._service), changed


def _client(key_id: str) -> Any:  # noqa: ANN401  # boto3 has no types
    import boto3  # noqa: PLC0415  # see KeyService
    from botocore.config import Config  # noqa: PLC0415  # see KeyService
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415  # see KeyService

    # On its lower levels it writes whole requests, and a request holds a data key.
    logging.getLogger("botocore").setLevel(logging.CRITICAL)
    parts = key_id.split(":")
    region = parts[3] if parts[0] == "arn" and len(parts) > 3 else None  # noqa: PLR2004  # arn:aws:kms:region:...
    retries = {"total_max_attempts": ATTEMPTS, "mode": "standard"}
    config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries=retries)
    try:
        return boto3.session.Session().client("kms", region_name=region, config=config)
    except BotoCoreError:
        raise unavailable("has no region or no credentials") from None


def _context(bound: bytes) -> dict[str, str]:
    return {"marac-broker": b64u(hashlib.sha256(bound).digest())}


def _bound_to(wrapping: tuple[str, ...]) -> bytes:
    return "|".join((VERSION, *wrapping)).encode()


def _refusal(code: str, operation: str) -> CustodyError | KeyServiceError:
    if operation == "decrypt" and code in _WRONG:
        return not_ours()
    return not_admitted() if code in _SHUT_OUT else unavailable("refuses")


def _read(directory: Path, service: KeyService) -> _Keys:
    try:
        members = read_object(read_whole(directory / FILE_NAME))
        found = members["wrapping"]
        if members["version"] != VERSION or not isinstance(found, list) or not found:
            raise ValueError("another version")  # noqa: TRY301  # told below, in one sentence
        wrapping = tuple(str(one) for one in found)
        blob = read_b64u(str(members["signing"]))
        plain = service.decrypt(wrapping[-1], blob, _bound_to(wrapping))
        return _Keys(wrapping=wrapping, signing=SigningKeys.of(read_object(plain)))
    except (ValueError, KeyError) as error:
        raise CustodyError(f"{FILE_NAME} is damaged; restore it from its backup.") from error
