"""A time stamping authority of the tests' own, RFC 3161, on loopback: real keys, real CMS."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

from asn1crypto import algos, cms, core, tsp, x509  # type: ignore[import-untyped]
from cryptography import x509 as certificates
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_POLICY = "1.3.6.1.4.1.32473.1"
"""Below the number for examples (RFC 5612)."""
_LASTS = timedelta(days=3650)


def _named(name: str) -> certificates.Name:
    return certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass(frozen=True, slots=True, kw_only=True)
class StampingAuthority:
    """A root, and the certificate that stamps; its clock says what it is told."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    root: certificates.Certificate
    certificate: certificates.Certificate
    at: datetime

    @classmethod
    def make(cls, at: datetime, name: str = "Invented stamps") -> Self:
        """Make one with new keys."""
        above, key = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP256R1()),
        )
        root = _certificate(above, above, _named(f"{name} root"), _named(f"{name} root"), at)
        leaf = _certificate(above, key, _named(f"{name} root"), _named(name), at)
        return cls(key=key, root=root, certificate=leaf, at=at)

    @property
    def pem(self) -> bytes:
        """What is believed."""
        return self.root.public_bytes(Encoding.PEM)

    def answer(self, request: bytes) -> bytes:
        """Return the TimeStampResp to a TimeStampReq, both DER."""
        asked = tsp.TimeStampReq.load(request)
        token = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": _POLICY,
                "message_imprint": asked["message_imprint"],
                "serial_number": 1,
                "gen_time": self.at.replace(microsecond=0),
                "nonce": asked["nonce"].native,
            }
        )
        response = {
            "status": {"status": "granted"},
            "time_stamp_token": {"content_type": "signed_data", "content": self._signed(token)},
        }
        return bytes(tsp.TimeStampResp(response).dump())

    def _signed(self, token: Any) -> Any:  # noqa: ANN401  asn1crypto has no types
        own = x509.Certificate.load(self.certificate.public_bytes(Encoding.DER))
        content = token.dump()
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [sha256(content).digest()]},
                {
                    "type": "signing_certificate_v2",
                    "values": [{"certs": [{"cert_hash": sha256(own.dump()).digest()}]}],
                },
            ]
        )
        signer = {
            "version": "v1",
            "sid": {
                "issuer_and_serial_number": {
                    "issuer": own.issuer,
                    "serial_number": own.serial_number,
                }
            },
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": self.key.sign(attributes.dump(), ec.ECDSA(SHA256())),
        }
        return cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(content),
                },
                "certificates": [own],
                "signer_infos": [signer],
            }
        )

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Answer at the yielded address until the end of the block."""
        authority = self

        class _Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                content = authority.answer(self.rfile.read(length))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()


def _certificate(
    above: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    issuer: certificates.Name,
    subject: certificates.Name,
    at: datetime,
) -> certificates.Certificate:
    made = (
        certificates.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(certificates.random_serial_number())
        .not_valid_before(at.astimezone(UTC) - timedelta(days=1))
        .not_valid_after(at.astimezone(UTC) + _LASTS)
        .add_extension(
            certificates.BasicConstraints(ca=above is key, path_length=None), critical=True
        )
        .add_extension(
            certificates.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .add_extension(
            certificates.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()),
            critical=False,
        )
        .add_extension(_usage(signs=above is key), critical=True)
    )
    if above is not key:
        stamping = certificates.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = made.add_extension(stamping, critical=True)
    return made.sign(above, SHA256())


def _usage(*, signs: bool) -> certificates.KeyUsage:
    return certificates.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
