"""The world outside the broker: the token issuer, an agency's system with its key, a mailbox."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

from connectors.dpop import prove
from connectors.tokens import SigningKey
from keys.recipient import RecipientPrivateKey
from tests.bench import world as worlds
from tests.bench.children import LOOPBACK
from tests.bench.world import World

TOKEN_SECONDS: Final = 3_600
PATH: Final = "/v1/share-requests"
KEY_BYTES: Final = 16
"""Randomness of an idempotency key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """An agency's system that asks for one practitioner, with the issuer's token."""

    issuer_key: SigningKey = field(repr=False)
    system_key: SigningKey = field(repr=False)

    def token(self, base_url: str) -> str:
        """Return an access token for one broker (RFC 9068), bound to the system's key."""
        now, asker = int(datetime.now(UTC).timestamp()), worlds.practitioner()
        claims = {
            "iss": worlds.ISSUER,
            "aud": base_url,
            "sub": asker.practitioner_id,
            "agency": asker.agency_id,
            "iat": now - 1,
            "exp": now + TOKEN_SECONDS,
            "jti": secrets.token_hex(KEY_BYTES),
            "cnf": {"jkt": self.system_key.thumbprint},
        }
        header = {"typ": "at+jwt", "kid": self.issuer_key.thumbprint}
        return self.issuer_key.sign(header, claims)

    def headers(self, base_url: str, token: str) -> Mapping[str, str]:
        """Return what proves one call, and its new idempotency key."""
        url, now = f"{base_url}{PATH}", datetime.now(UTC)
        return {
            "Authorization": f"DPoP {token}",
            "DPoP": prove(self.system_key, "POST", url, at=now, access_token=token),
            "Idempotency-Key": secrets.token_hex(KEY_BYTES),
        }


@contextmanager
def outside(folder: Path) -> Iterator[tuple[World, Asker]]:
    """Serve the issuer's keys and a mailbox, and make everybody's keys."""
    issuer_key, system_key = SigningKey.generate(), SigningKey.generate()
    issuer_jwk = {**issuer_key.public_jwk(), "kid": issuer_key.thumbprint}
    recipient = RecipientPrivateKey.generate()
    jwks = json.dumps({"keys": [issuer_jwk]}).encode()
    server = ThreadingHTTPServer((LOOPBACK, 0), _handler(jwks))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://{LOOPBACK}:{server.server_address[1]}"
    try:
        yield (
            World(
                folder=folder,
                jwks_url=f"{url}/jwks",
                mailbox_url=f"{url}/mailbox",
                issuer_jwk=issuer_jwk,
                system_thumbprint=system_key.thumbprint,
                recipient_jwk=recipient.public_jwk,
                recipient_thumbprint=recipient.thumbprint,
            ),
            Asker(issuer_key=issuer_key, system_key=system_key),
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(jwks: bytes) -> type[BaseHTTPRequestHandler]:
    class Outside(BaseHTTPRequestHandler):
        """Answers for the issuer, and takes every package without keeping it."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer(200, jwks)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(201, b"")

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Outside
