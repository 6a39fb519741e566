"""Opened-receipts: what a recipient's software signs about a package, `marac-opened/1`.

    receipt = compact JWS, header exactly {"alg": "ES256", "typ": "marac-opened+jws", "jwk": key}
    payload = JSON {"version": "marac-opened/1", "disclosure_id", "package_digest", "state",
              "at", "until"}

The key is the agency system's own on P-256, the one it proves its calls with: recipients' keys
for packages agree and cannot all sign, and one key is for one use (NIST SP 800-57 part 1, 5.2).
The header's `typ` keeps a proof of possession from being taken for a receipt (RFC 8725, 3.11).
DO NOT rename or retype a member under this version: agencies' programs write it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from broker.domain.errors import EnvelopeError, InvalidRequestError
from broker.domain.ids import DisclosureId, Thumbprint
from broker.domain.opened import MAX_RECEIPT_CHARACTERS, OpenedReceipt, OpenedState
from keys.encoding import compact_json, read_b64u, read_object
from keys.recipient import agreement_key, thumbprint_of

VERSION: Final = "marac-opened/1"
TYPE: Final = "marac-opened+jws"
ALGORITHM: Final = "ES256"
SIGNATURE_BYTES: Final = 64
"""RFC 7518 section 3.4: two numbers of 32 bytes."""
_HALF: Final = SIGNATURE_BYTES // 2
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_HEADER: Final = {"alg", "typ", "jwk"}
_KEY: Final = {"kty", "crv", "x", "y"}
_MEMBERS: Final = {"version", "disclosure_id", "package_digest", "state", "at", "until"}
_DISCLOSURE: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def receipt_header(public_jwk: Mapping[str, str]) -> Mapping[str, object]:
    """Return what a receipt is signed under; a signer adds `alg`."""
    return {"typ": TYPE, "jwk": {name: public_jwk[name] for name in sorted(_KEY)}}


def receipt_claims(
    disclosure_id: DisclosureId,
    package_digest: str,
    state: OpenedState,
    at: datetime,
    until: datetime | None = None,
) -> Mapping[str, object]:
    """Return what is signed; `until` only where it is stored."""
    return {
        "version": VERSION,
        "disclosure_id": disclosure_id,
        "package_digest": package_digest,
        "state": state.value,
        "at": _written(at),
        "until": None if until is None else _written(until),
    }


class SignedReceipts:
    """Implements opened.ReceiptReader."""

    def read(self, text: str) -> OpenedReceipt:
        """Check the form and the signature, by the key that the receipt itself holds."""
        if len(text) > MAX_RECEIPT_CHARACTERS:
            raise _unreadable()
        try:
            payload, thumbprint = _verified(text)
            return _receipt(payload, thumbprint, text)
        except (InvalidSignature, EnvelopeError, ValueError, TypeError, KeyError):
            raise _unreadable() from None


def _verified(text: str) -> tuple[Mapping[str, object], Thumbprint]:
    """Check the header before the key in it is used, and the signature before what is signed."""
    signed, _, signature = text.rpartition(".")
    header, payload = map(read_b64u, signed.split("."))
    public_jwk = _key_in(read_object(header))
    raw = read_b64u(signature)
    if len(raw) != SIGNATURE_BYTES:
        raise ValueError("signature")
    r, s = (int.from_bytes(half, "big") for half in (raw[:_HALF], raw[_HALF:]))
    signer = agreement_key(public_jwk)
    signer.verify(encode_dss_signature(r, s), signed.encode("ascii"), ECDSA(SHA256()))
    return read_object(payload), thumbprint_of(public_jwk)


def _key_in(header: Mapping[str, object]) -> str:
    """Return the one key that a header of exactly our shape holds."""
    key = header.get("jwk")
    if set(header) != _HEADER or (header["alg"], header["typ"]) != (ALGORITHM, TYPE):
        raise ValueError("another kind of token")
    if not isinstance(key, dict) or set(key) != _KEY:
        raise ValueError("not a public key")
    return compact_json(key).decode("ascii")


def _receipt(members: Mapping[str, object], signed_by: Thumbprint, text: str) -> OpenedReceipt:
    if set(members) != _MEMBERS or members["version"] != VERSION:
        raise ValueError("another version")
    state, until = OpenedState(str(members["state"])), members["until"]
    if (state is OpenedState.STORED) != (until is not None):
        raise ValueError("only what is stored has an end")
    return OpenedReceipt(
        disclosure_id=DisclosureId(_matching(_DISCLOSURE, members["disclosure_id"])),
        package_digest=_matching(_DIGEST, members["package_digest"]),
        state=state,
        at=_moment(members["at"]),
        until=None if until is None else _moment(until),
        signed_by=signed_by,
        text=text,
    )


def _matching(pattern: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise ValueError("not as it is written")
    return value


def _moment(value: object) -> datetime:
    """Read a time in whole seconds, in its one spelling."""
    found = datetime.strptime(str(value), _TIME).replace(tzinfo=UTC)
    if _written(found) != value:
        raise ValueError("not as it is written")
    return found


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_TIME)


def _unreadable() -> InvalidRequestError:
    return InvalidRequestError(
        "This is no opened-receipt, or its signature does not hold: make it with"
        " marac-broker receipts sign, or as keys/FORMAT.md says."
    )
