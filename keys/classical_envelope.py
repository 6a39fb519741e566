"""The first suite as a recipient reads it: a JWE of exactly our shape, and one of its entries.

Nothing of others' entries is decoded, and all of them are read at once in the spelling that our
broker writes: what it takes to open a package hardly depends on how many keys it is sealed to.
Any other spelling that FORMAT.md allows is read more slowly, and means the same.
Do not loosen a member under this version: what is read here is what FORMAT.md says, and no more.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal, NamedTuple

from annotated_types import Len
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap
from pydantic import TypeAdapter

from broker.domain.errors import PackageRefusedError
from broker.domain.ids import Thumbprint
from keys.content import PackageContent
from keys.encoding import Exact, read_b64u, read_shape
from keys.envelope import MAX_RECIPIENT_KEYS, PROTECTED, agreed, parties_v
from keys.recipient import RecipientPrivateKey

_TEXT: Final = "([A-Za-z0-9_-]*)"
_FRONT: Final = re.compile(rf'\{{"protected":"({PROTECTED})","iv":"{_TEXT}","ciphertext":"')
_BACK: Final = re.compile(rf'","tag":"{_TEXT}","recipients":\[(.+)\]\}}', re.DOTALL)
_ENTRY: Final = re.compile(
    r'(\{"header":\{"alg":"ECDH-ES\+A256KW",'
    rf'"kid":"{_TEXT}","apu":"bWFyYWMtYnJva2Vy","apv":"{_TEXT}",'
    rf'"epk":\{{"kty":"EC","crv":"P-256","x":"{_TEXT}","y":"{_TEXT}"\}}\}},'
    rf'"encrypted_key":"{_TEXT}"\}})'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ephemeral(Exact):
    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header(Exact):
    alg: Literal["ECDH-ES+A256KW"]
    kid: str
    apu: Literal["bWFyYWMtYnJva2Vy"]
    apv: str
    epk: _Ephemeral


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipient(Exact):
    header: _Header
    encrypted_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Jwe(Exact):
    protected: str
    iv: str
    ciphertext: str
    tag: str
    recipients: Annotated[list[_Recipient], Len(1, MAX_RECIPIENT_KEYS)]


_JWE: Final = TypeAdapter(_Jwe)


class _Entry(NamedTuple):
    """What differs between entries, still encoded."""

    kid: str
    apv: str
    x: str
    y: str
    encrypted_key: str


class _Sealed(NamedTuple):
    """What is sealed, still encoded, and its entries."""

    protected: str
    iv: str
    ciphertext: str
    tag: str
    entries: list[_Entry]


class ClassicalEnvelope:
    """A payload whose shape was checked."""

    __slots__ = ("_entries", "_iv", "_sealed", "thumbprints")

    thumbprints: tuple[Thumbprint, ...]
    """The keys it is sealed to, in its order."""

    def __init__(self, payload: bytes) -> None:
        """Check the shape; ValueError for any other."""
        read = _as_written(payload.decode("utf-8")) or _otherwise_spelt(payload)
        if read.protected != PROTECTED or len(read.entries) > MAX_RECIPIENT_KEYS:
            raise ValueError("another shape")
        self._entries = read.entries
        self._iv = read_b64u(read.iv)
        self._sealed = read_b64u(read.ciphertext) + read_b64u(read.tag)
        self.thumbprints = tuple([Thumbprint(one.kid) for one in read.entries])

    def decrypt(self, key: RecipientPrivateKey) -> bytes:
        """Return the plaintext; the key must be among `thumbprints` exactly once."""
        own = self._entries[self.thumbprints.index(key.thumbprint)]
        try:
            content_key = aes_key_unwrap(_wrapping_key(own, key), read_b64u(own.encrypted_key))
            return AESGCM(content_key).decrypt(self._iv, self._sealed, PROTECTED.encode("ascii"))
        except (InvalidTag, InvalidUnwrap, ValueError):
            raise PackageRefusedError("This package does not decrypt; fetch it again.") from None

    def agrees_with(self, content: PackageContent) -> bool:
        """Whether disclosure and keys are the same inside and outside."""
        keys = content.recipient.keys
        inner = list(zip(keys, parties_v(content.disclosure_id, keys), strict=True))
        return [(one.kid, one.apv) for one in self._entries] == inner


def _as_written(text: str) -> _Sealed | None:
    """Read what `envelope.encrypt` writes; None for another spelling."""
    front = _FRONT.match(text)
    end = -1 if front is None else text.find('"', front.end())
    back = None if end < 0 else _BACK.fullmatch(text, end)
    if front is None or back is None:
        return None
    entries = _ENTRY.findall(back[2])
    # Nothing stands between them or round them, so nothing was passed over.
    if ",".join([one[0] for one in entries]) != back[2]:
        return None
    found = [_Entry._make(one[1:]) for one in entries]
    return _Sealed(front[1], front[2], text[front.end() : end], back[1], found)


def _otherwise_spelt(payload: bytes) -> _Sealed:
    """Read the same shape with white space, escapes or in another order."""
    # Whatever its length, it is not the spelling in which a member stands once for certain.
    read = read_shape(_JWE, payload, lambda _: 0)
    found = [
        _Entry(
            one.header.kid, one.header.apv, one.header.epk.x, one.header.epk.y, one.encrypted_key
        )
        for one in read.recipients
    ]
    return _Sealed(read.protected, read.iv, read.ciphertext, read.tag, found)


def _wrapping_key(own: _Entry, key: RecipientPrivateKey) -> bytes:
    """Return the key that the content's key is wrapped under (RFC 7518 section 4.6)."""
    point = b"\x04" + read_b64u(own.x) + read_b64u(own.y)
    public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    return agreed(key.key.exchange(ECDH(), public), read_b64u(own.apv))
