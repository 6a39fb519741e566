"""Opening a package on the recipient's side: trust nothing before it is checked, in this order.

    1. not larger than a package can be      6. every recipient entry of our shape
    2. three parts, strict base64url         7. this key is among the recipients, once
    3. the exact header of a trusted key     8. it decrypts
    4. that key's signature over it all      9. its content is of a version we read
    5. a JWE of our shape and header        10. disclosure and keys agree inside and outside
                                            11. the expected disclosure, not expired

Does no I/O. Every failure is a PackageRefusedError, and nothing of the content is returned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Final, cast

from broker.domain.errors import EnvelopeError, PackageRefusedError
from broker.domain.ids import Thumbprint
from keys.content import PackageContent, read_content
from keys.encoding import read_b64u, read_object
from keys.envelope import (
    KEY_ALGORITHM,
    MAX_PACKAGE_BYTES,
    MAX_RECIPIENT_KEYS,
    PARTY_U,
    PROTECTED,
    SIGNATURE_TYPE,
    decrypt,
    party_v,
    signature_header,
)
from keys.hybrid import HybridPrivateKey
from keys.hybrid_envelope import SIGNATURE_TYPE as HYBRID_TYPE
from keys.hybrid_envelope import HybridEnvelope
from keys.recipient import RecipientPrivateKey
from keys.signing import key_id, verify
from keys.spoken import spoken

_JWE_MEMBERS: Final = {"protected", "recipients", "iv", "ciphertext", "tag"}
_ENTRY_MEMBERS: Final = {"header", "encrypted_key"}
_HEADER_MEMBERS: Final = {"alg", "kid", "apu", "apv", "epk"}
_EPK_MEMBERS: Final = {"kty", "crv", "x", "y"}
_JWS_PARTS: Final = 3
KEYS_NAMED: Final = 3
"""A person's, a deputy's and the agency's, in a sentence that somebody still reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPackage:
    """A package that passed every check.

    Args:
        opened_with: thumbprint of the recipient's key.
        signed_by: thumbprint of the broker's key.

    """

    content: PackageContent = field(repr=False)
    opened_with: Thumbprint
    signed_by: Thumbprint


def open_package(
    package: bytes,
    private_key: RecipientPrivateKey | HybridPrivateKey,
    broker_keys: Sequence[bytes],
    *,
    now: datetime,
    expected_disclosure: str | None = None,
) -> OpenedPackage:
    """Check and decrypt.

    Args:
        package: the JWS as delivered.
        private_key: the recipient's own.
        broker_keys: raw Ed25519 public keys that may have signed it; none trusts nobody.
        now: when it is opened.
        expected_disclosure: the id it was announced or fetched under, if there is one.

    Raises:
        PackageRefusedError: one of the checks failed.

    """
    typ, payload, signer = _signed_payload(package, broker_keys)
    if typ == HYBRID_TYPE:
        content = _hybrid_content(HybridEnvelope(payload), private_key)
    else:
        content = _classical_content(payload, private_key)
    if expected_disclosure is not None and content.disclosure_id != expected_disclosure:
        raise _refused("is another disclosure than the one expected; fetch the right one")
    if now >= content.expires_at:
        raise _refused("has expired; delete it, and ask again if it is still needed")
    return OpenedPackage(content=content, opened_with=private_key.thumbprint, signed_by=signer)


def recipients_of(package: bytes, broker_keys: Sequence[bytes]) -> tuple[Thumbprint, ...]:
    """Return the keys that a package is sealed to, once checks 1 to 6 hold; decrypts nothing."""
    typ, payload, _ = _signed_payload(package, broker_keys)
    if typ == HYBRID_TYPE:
        return HybridEnvelope(payload).thumbprints
    return tuple(Thumbprint(str(_header(one)["kid"])) for one in _envelope(payload)[1])


def _classical_content(
    payload: bytes, private_key: RecipientPrivateKey | HybridPrivateKey
) -> PackageContent:
    """Checks 5 to 10 of the suite that is the default."""
    sealed, entries = _envelope(payload)
    kids = tuple(Thumbprint(str(_header(one)["kid"])) for one in entries)
    own = _own_place(kids, private_key.thumbprint)
    if not isinstance(private_key, RecipientPrivateKey):
        raise _malformed()
    content = read_content(_decrypt(sealed, entries[own], private_key))
    _check_agreement(content, entries)
    return content


def _hybrid_content(
    envelope: HybridEnvelope, private_key: RecipientPrivateKey | HybridPrivateKey
) -> PackageContent:
    """Checks 5 to 10 of the hybrid suite."""
    _own_place(envelope.thumbprints, private_key.thumbprint)
    if not isinstance(private_key, HybridPrivateKey):
        raise _malformed()
    content = read_content(envelope.decrypt(private_key))
    if not envelope.agrees_with(content):
        raise _addressed_differently()
    return content


def _signed_payload(package: bytes, broker_keys: Sequence[bytes]) -> tuple[str, bytes, Thumbprint]:
    """Checks 1 to 4: the suite, its payload, who signed.

    The header must be byte for byte what one of the trusted keys signs a suite under.
    """
    if len(package) > MAX_PACKAGE_BYTES:
        raise _refused("is larger than any package; check which file it is")
    header, payload, signature = _parts(package)
    for public_key, typ in product(broker_keys, (SIGNATURE_TYPE, HYBRID_TYPE)):
        if header == signature_header(public_key, typ):
            break
    else:
        raise _refused("is not signed by a broker you trust; check the broker's key file")
    signing_input = f"{header}.{payload}".encode("ascii")
    if not verify(public_key, signing_input, _decoded(signature)):
        raise _refused("was changed after it was signed; fetch it again")
    return typ, _decoded(payload), key_id(public_key)


def _parts(package: bytes) -> list[str]:
    parts = package.decode("ascii").split(".") if package.isascii() else []
    if len(parts) != _JWS_PARTS:
        raise _refused("is not a package; check which file it is")
    return parts


def _envelope(payload: bytes) -> tuple[Mapping[str, bytes], list[Mapping[str, object]]]:
    """Checks 5 and 6: what is sealed, decoded, and the entries."""
    try:
        envelope = read_object(payload)
    except ValueError as error:
        raise _malformed() from error
    entries = envelope.get("recipients")
    if set(envelope) != _JWE_MEMBERS or envelope["protected"] != PROTECTED:
        raise _malformed()
    if not isinstance(entries, list) or not 0 < len(entries) <= MAX_RECIPIENT_KEYS:
        raise _malformed()
    sealed = {name: _decoded(envelope[name]) for name in ("iv", "ciphertext", "tag")}
    return sealed, [_entry(one) for one in entries]


def _entry(value: object) -> Mapping[str, object]:
    header = _members(value, _ENTRY_MEMBERS)["header"]
    members = _members(header, _HEADER_MEMBERS)
    key = _members(members["epk"], _EPK_MEMBERS)
    if members["alg"] != KEY_ALGORITHM or (key["kty"], key["crv"]) != ("EC", "P-256"):
        raise _malformed()
    return cast("Mapping[str, object]", value)


def _members(value: object, expected: set[str]) -> Mapping[str, object]:
    if not isinstance(value, dict) or set(value) != expected:
        raise _malformed()
    return value


def _own_place(kids: Sequence[Thumbprint], own: Thumbprint) -> int:
    """Check 7: return where the key's entry is."""
    if kids.count(own) != 1:
        raise _refused(
            "is not for this key, which had ended or was not registered when it was sealed;"
            f" open it with the one called {_names(kids)}"
        )
    return kids.index(own)


def _names(kids: Sequence[Thumbprint]) -> str:
    """Return the words of the keys it was sealed to, so that somebody finds the right file."""
    try:
        return ", or ".join(map(spoken, kids[:KEYS_NAMED]))
    except EnvelopeError:
        raise _malformed() from None


def _header(entry: Mapping[str, object]) -> Mapping[str, object]:
    return cast("Mapping[str, object]", entry["header"])


def _decrypt(
    sealed: Mapping[str, bytes], entry: Mapping[str, object], private_key: RecipientPrivateKey
) -> bytes:
    """Check 8."""
    try:
        return decrypt(sealed, entry, private_key.key)
    except (ValueError, TypeError) as error:
        raise _refused("does not decrypt; fetch it again") from error


def _check_agreement(content: PackageContent, entries: list[Mapping[str, object]]) -> None:
    """Check 10: the same keys and the same disclosure, inside and outside."""
    outer = [(one["kid"], one["apu"], one["apv"]) for one in map(_header, entries)]
    inner = [(kid, PARTY_U, party_v(content.disclosure_id, kid)) for kid in content.recipient.keys]
    if outer != inner:
        raise _addressed_differently()


def _addressed_differently() -> PackageRefusedError:
    return _refused("is addressed differently inside and outside; report it to the broker")


def _decoded(text: object) -> bytes:
    if not isinstance(text, str):
        raise _malformed()
    try:
        return read_b64u(text)
    except ValueError as error:
        raise _malformed() from error


def _malformed() -> PackageRefusedError:
    return _refused("is not in a form this version reads; ask for it to be sent again")


def _refused(why: str) -> PackageRefusedError:
    return PackageRefusedError(f"This package {why}.")
