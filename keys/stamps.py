"""RFC 3161 time stamps over a checkpoint: somebody else's word for when it was there at the latest.

What is stamped is the note's signed text, without its signature lines: cosignatures that come
later change nothing. Kept is the authority's whole answer (TimeStampResp, DER), as `openssl ts`
reads it. DO NOT change what is stamped: old stamps would no longer hold.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from broker.domain.errors import LedgerVerificationError, SettingsError

MAX_STAMP_BYTES = 65_536
"""An answer with a chain of certificates has a few thousand."""


def _text(note: str) -> bytes:
    return (note.partition("\n\n")[0] + "\n").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class StampRequest:
    """One question to an authority; the answer has to have its nonce."""

    _request: TimeStampRequest = field(repr=False)

    @classmethod
    def over(cls, note: str) -> "StampRequest":
        """Ask for a stamp over a checkpoint, by its SHA-512."""
        made = TimestampRequestBuilder().data(_text(note)).nonce(nonce=True)
        made = made.cert_request(cert_request=True).hash_algorithm(HashAlgorithm.SHA512)
        return cls(_request=made.build())

    def encoded(self) -> bytes:
        """Return TimeStampReq, DER."""
        return self._request.as_bytes()

    @property
    def nonce(self) -> int | None:
        """What the answer must repeat."""
        return self._request.nonce


def read_authorities(file: Path) -> tuple[Certificate, ...]:
    """Read the certificates, PEM, that stamps are trusted by: the authority's root, usually.

    Raises:
        SettingsError: there are none in the file.

    """
    try:
        return tuple(load_pem_x509_certificates(file.read_bytes()))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{file.name} has no certificate in PEM form: get it from whoever runs the authority."
        ) from error


def check_stamp(
    stamp: bytes, note: str, authorities: tuple[Certificate, ...], nonce: int | None = None
) -> datetime:
    """Return when the authority saw the checkpoint.

    Args:
        stamp: the authority's answer.
        note: the checkpoint.
        authorities: who is believed.
        nonce: of the request, where it was just asked.

    Raises:
        LedgerVerificationError: not a stamp, of something else, or nobody's whom we believe.

    """
    builder = VerifierBuilder(roots=list(authorities), nonce=nonce)
    try:
        answer = decode_timestamp_response(stamp)
        builder.build().verify_message(answer, _text(note))
    except (VerificationError, ValueError) as error:
        raise LedgerVerificationError(
            "The time stamp does not hold: it is of another checkpoint, was changed, or is not by"
            " the authority whose certificate was given."
        ) from error
    return answer.tst_info.gen_time
