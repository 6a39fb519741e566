"""What the door takes out of the headers, before anything is believed."""

import base64
from types import SimpleNamespace

import pytest
from fastapi import Request

from broker.api.door import credentials_of
from broker.domain.errors import AuthenticationError

CERTIFICATE = b"\x30\x82 a certificate, in DER"
SENT = b":" + base64.b64encode(CERTIFICATE) + b":"


def _call(*certificates: bytes, trusted: bool = True, path: str = "/v1/log") -> Request:
    state = SimpleNamespace(base_url="https://broker.example", trust_client_certificate=trusted)
    headers = [
        (b"authorization", b"DPoP token"),
        (b"dpop", b"proof"),
        (b"host", b"evil.example/x?"),
    ]
    headers += [(b"client-cert", one) for one in certificates]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"\xff\xfe",
            "headers": headers,
            "app": SimpleNamespace(state=state),
        }
    )


def test_the_proxys_certificate_is_read() -> None:
    """Behind a trusted proxy the caller's certificate is what the proxy says it is."""
    assert credentials_of(_call(SENT)).client_certificate == CERTIFICATE


def test_a_certificate_from_anybody_else_is_ignored() -> None:
    """Without a trusted proxy, a header that claims a certificate is worth nothing."""
    assert credentials_of(_call(SENT, trusted=False)).client_certificate is None
    assert credentials_of(_call()).client_certificate is None


@pytest.mark.parametrize(
    "certificates",
    [
        (SENT, SENT),
        (b"",),
        (SENT[1:],),
        (b":a:",),
        (b":====:",),
        (b":\xff\xfe:",),
        (SENT + b",:x:",),
    ],
)
def test_a_certificate_that_cannot_be_the_proxys(certificates: tuple[bytes, ...]) -> None:
    """A second certificate beside the proxy's, or one that is none, proves nobody."""
    with pytest.raises(AuthenticationError):
        credentials_of(_call(*certificates))


@pytest.mark.parametrize(
    ("path", "url"),
    [("/v1/log", "/v1/log"), ("/v1/a?b", "/v1/a%3Fb"), ("/v1/a#b", "/v1/a%23b")],
)
def test_a_proof_is_held_against_the_path_that_was_routed(path: str, url: str) -> None:
    """Neither Host, query nor fragment can make one address look like another."""
    assert credentials_of(_call(path=path)).url == f"https://broker.example{url}"
