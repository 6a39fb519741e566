"""Our own private keys in a PKCS#11 token: a hardware module, or SoftHSM2. They never leave it.

Objects of the token, N counting from 1, the highest being the newest:

    <name>-wrapping-N    AES-256; a data key is wrapped (see `wrapped`) as
                         12 nonce || C_Encrypt(CKM_AES_GCM, data key, aad = version || N || context)
    <name>-log-N         Ed25519 key pair, CKM_EDDSA
    <name>-package-N     Ed25519 key pair, CKM_EDDSA

All are made inside, sensitive and not extractable. Do not rename anything here: keys in tokens
are found by it.
"""

import os
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Self

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
)
from keys.custody.token_session import Token, TokenSession
from keys.passphrase import NONCE_BYTES
from keys.signing import verify

if TYPE_CHECKING:
    from pkcs11 import Session

AES_KEY_BITS: Final = 256
PUBLIC_KEY_BYTES: Final = 32
"""RFC 8032 section 5.1.5. Some tokens put an OCTET STRING's two bytes before them."""
ED25519: Final = "1.3.101.112"
"""RFC 8410 section 3."""


class TokenCustody:
    """Implements key_ports.KeyCustody. Make one with `create` or `open`."""

    __slots__ = ("_known", "_name", "_session")

    def __init__(self, token: Token) -> None:
        """Ask nothing yet."""
        self._session = TokenSession(token)
        self._name = token.name
        self._known = KnownKeys(self._found)

    @classmethod
    def create(cls, token: Token) -> Self:
        """Make the keys that the token does not have yet. Raises like `open`."""
        made = cls(token)
        for key in (WRAPPING_KEY, *SIGNING_KEYS):
            if made._newest(key) == 0:
                made.rotate(key)
        return made

    @classmethod
    def open(cls, token: Token) -> Self:
        """Find the keys.

        Raises:
            SettingsError: the extra is not installed.
            CustodyError: the token does not hold them, or there is no PIN.
            KeyServiceError: the token cannot be reached.

        """
        opened = cls(token)
        if 0 in map(opened._newest, (WRAPPING_KEY, *SIGNING_KEYS)):
            raise not_ready("The token")
        return opened

    def sign(self, key: str, message: bytes, public_key: bytes | None = None) -> bytes:
        """Return a 64-byte Ed25519 signature (RFC 8032), made inside the token."""
        known = self.public_keys(key)
        if public_key is not None and public_key not in known:
            known = self._known.again(key)
        if public_key is not None and public_key not in known:
            raise no_such_key()
        label = self._label(key, known.index(public_key or known[-1]) + 1)
        return self._session.ask(lambda session: _sign(session, label, message))

    def public_key(self, key: str) -> bytes:
        """Return the newest 32-byte Ed25519 public key."""
        return self.public_keys(key)[-1]

    def public_keys(self, key: str) -> tuple[bytes, ...]:
        """Return every public key that ever was, oldest first."""
        return self._known.of(key)

    def holds(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature is that key's over the message."""
        return verify(public_key, message, signature)

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt a data key inside the token, under the newest wrapping key, bound to context."""
        number, nonce = self._newest(WRAPPING_KEY), os.urandom(NONCE_BYTES)
        label, bound = self._label(WRAPPING_KEY, number), format_.bound(number, context)
        sealed = self._session.ask(lambda session: _encrypt(session, label, (nonce, bound), plain))
        return format_.join(number, nonce + sealed)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Undo `wrap`; CustodyError for another context or a changed byte."""
        number, sealed = format_.split(wrapped)
        label, bound = self._label(WRAPPING_KEY, number), format_.bound(number, context)
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        if not rest:
            raise not_ours()
        return self._session.ask(
            lambda session: _decrypt(session, label, (nonce, bound), rest), wrong=not_ours()
        )

    def is_current(self, wrapped: bytes) -> bool:
        """Whether it was wrapped by the newest wrapping key."""
        return format_.split(wrapped)[0] == self._newest(WRAPPING_KEY)

    def rotate(self, key: str) -> None:
        """Make a new key of that name inside the token; the others stay."""
        check_rotates(key)
        label = self._label(key, self._newest(key) + 1)
        make = _make_wrapping if key == WRAPPING_KEY else _make_signing
        self._session.ask(lambda session: make(session, label), writes=True)
        if key != WRAPPING_KEY:
            self._known.again(key)

    def _label(self, key: str, number: int) -> str:
        return f"{self._name}-{key}-{number}"

    def _newest(self, key: str) -> int:
        """Return the highest number there is; 0 for none."""
        return self._session.ask(
            lambda session: next(
                n - 1 for n in count(1) if not _is_there(session, self._label(key, n))
            )
        )

    def _found(self, key: str) -> tuple[bytes, ...]:
        """Look in the token."""
        check_signing(key)
        labels = [self._label(key, number) for number in range(1, self._newest(key) + 1)]
        if not labels:
            raise not_ready("The token")
        return self._session.ask(lambda session: tuple(_public(session, one) for one in labels))


def _is_there(session: "Session", label: str) -> bool:
    from pkcs11 import Attribute  # noqa: PLC0415  # an extra that may not be installed

    # To its end, because a search that is left open is ended by nobody.
    return bool(list(session.get_objects({Attribute.LABEL: label})))


def _public(session: "Session", label: str) -> bytes:
    from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415  # see _is_there

    key = session.get_key(object_class=ObjectClass.PUBLIC_KEY, label=label)
    return bytes(key[Attribute.EC_POINT])[-PUBLIC_KEY_BYTES:]


def _sign(session: "Session", label: str, message: bytes) -> bytes:
    from pkcs11 import Mechanism, ObjectClass  # noqa: PLC0415  # see _is_there

    key: Any = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=label)
    return bytes(key.sign(message, mechanism=Mechanism.EDDSA))


def _encrypt(session: "Session", label: str, how: tuple[bytes, bytes], plain: bytes) -> bytes:
    key, options = _secret(session, label, how)
    return bytes(key.encrypt(plain, **options))


def _decrypt(session: "Session", label: str, how: tuple[bytes, bytes], sealed: bytes) -> bytes:
    key, options = _secret(session, label, how)
    return bytes(key.decrypt(sealed, **options))


def _secret(session: "Session", label: str, how: tuple[bytes, bytes]) -> tuple[Any, dict[str, Any]]:
    from pkcs11 import GCMParams, Mechanism, ObjectClass  # noqa: PLC0415  # see _is_there

    key = session.get_key(object_class=ObjectClass.SECRET_KEY, label=label)
    return key, {"mechanism": Mechanism.AES_GCM, "mechanism_param": GCMParams(*how)}


def _make_wrapping(session: "Session", label: str) -> None:
    from pkcs11 import Attribute, KeyType, MechanismFlag  # noqa: PLC0415  # see _is_there

    session.generate_key(
        KeyType.AES,
        AES_KEY_BITS,
        label=label,
        store=True,
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
    )


def _make_signing(session: "Session", label: str) -> None:
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag  # noqa: PLC0415  # see _is_there
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415  # see _is_there

    curve = session.create_domain_parameters(
        KeyType.EC_EDWARDS,
        {Attribute.EC_PARAMS: encode_named_curve_parameters(ED25519)},
        local=True,
    )
    curve.generate_keypair(
        mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
        label=label,
        store=True,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
    )
