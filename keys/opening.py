"""Opening a package on the recipient's side: trust nothing before it is checked, in this order.

    1. not larger than a package can be      6. every recipient entry of our shape
    2. three parts, strict base64url         7. this key is among the recipients, once
    3. the exact header of a trusted key     8. it decrypts
    4. that key's signature over it all      9. its content is of a version we read
    5. a JWE of our shape and header        10. disclosure and keys agree inside and outside
                                            11. the expected disclosure, not expired

Does no I/O. Every failure is a PackageRefusedError, and nothing of the content is returned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Final

from broker.domain.errors import EnvelopeError, PackageRefusedError
from broker.domain.ids import Thumbprint
from keys.classical_envelope import ClassicalEnvelope
from keys.content import PackageContent, read_content
from keys.encoding import read_b64u
from keys.envelope import MAX_PACKAGE_BYTES, SIGNATURE_TYPE, signature_header
from keys.hybrid import HybridPrivateKey
from keys.hybrid_envelope import SIGNATURE_TYPE as HYBRID_TYPE
from keys.hybrid_envelope import HybridEnvelope
from keys.recipient import RecipientPrivateKey
from keys.signing import key_id, verify
from keys.spoken import spoken

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
    suite, payload, signer = _signed_payload(package, broker_keys)
    content = _content(suite, payload, private_key)
    if expected_disclosure is not None and content.disclosure_id != expected_disclosure:
        raise _refused("is another disclosure than the one expected; fetch the right one")
    if now >= content.expires_at:
        raise _refused("has expired; delete it, and ask again if it is still needed")
    return OpenedPackage(content=content, opened_with=private_key.thumbprint, signed_by=signer)


def recipients_of(package: bytes, broker_keys: Sequence[bytes]) -> tuple[Thumbprint, ...]:
    """Return the keys that a package is sealed to, once checks 1 to 6 hold; decrypts nothing."""
    suite, payload, _ = _signed_payload(package, broker_keys)
    return _envelope(suite, payload).thumbprints


def _content(
    suite: str, payload: bytes, private_key: RecipientPrivateKey | HybridPrivateKey
) -> PackageContent:
    """Checks 5 to 10."""
    envelope = _envelope(suite, payload)
    _check_own(envelope.thumbprints, private_key.thumbprint)
    match envelope, private_key:
        case ClassicalEnvelope(), RecipientPrivateKey():
            plain = envelope.decrypt(private_key)
        case HybridEnvelope(), HybridPrivateKey():
            plain = envelope.decrypt(private_key)
        case _:
            raise _malformed()
    content = read_content(plain)
    if not envelope.agrees_with(content):
        raise _refused("is addressed differently inside and outside; report it to the broker")
    return content


def _envelope(suite: str, payload: bytes) -> ClassicalEnvelope | HybridEnvelope:
    """Checks 5 and 6."""
    try:
        return HybridEnvelope(payload) if suite == HYBRID_TYPE else ClassicalEnvelope(payload)
    except ValueError:
        raise _malformed() from None


def _signed_payload(package: bytes, broker_keys: Sequence[bytes]) -> tuple[str, bytes, Thumbprint]:
    """Checks 1 to 4: the suite, its payload, who signed.

    The header must be byte for byte what one of the trusted keys signs a suite under.
    """
    if len(package) > MAX_PACKAGE_BYTES:
        raise _refused("is larger than any package; check which file it is")
    # Seen from both ends: looking for a dot takes no time, copying what is signed would.
    signed, _, signature = package.rpartition(b".")
    header, _, payload = signed.partition(b".")
    if not header or not payload or b"." in payload:
        raise _refused("is not a whole one; check which file it is, and fetch it again")
    for public_key, suite in product(broker_keys, (SIGNATURE_TYPE, HYBRID_TYPE)):
        if header == signature_header(public_key, suite).encode("ascii"):
            break
    else:
        raise _refused("is not signed by a broker you trust; check the broker's key file")
    if not verify(public_key, signed, _decoded(signature)):
        raise _refused("was changed after it was signed; fetch it again")
    return suite, _decoded(payload), key_id(public_key)


def _check_own(kids: Sequence[Thumbprint], own: Thumbprint) -> None:
    """Check 7."""
    if kids.count(own) != 1:
        raise _refused(
            "is not for this key, which had ended or was not registered when it was sealed;"
            f" open it with the one called {_names(kids)}"
        )


def _names(kids: Sequence[Thumbprint]) -> str:
    """Return the words of the keys it was sealed to, so that somebody finds the right file."""
    try:
        return ", or ".join(map(spoken, kids[:KEYS_NAMED]))
    except EnvelopeError:
        raise _malformed() from None


def _decoded(text: bytes) -> bytes:
    try:
        return read_b64u(text.decode("ascii"))
    except ValueError:
        raise _malformed() from None


def _malformed() -> PackageRefusedError:
    return _refused("is not in a form this version reads; ask for it to be sent again")


def _refused(why: str) -> PackageRefusedError:
    return PackageRefusedError(f"This package {why}.")
