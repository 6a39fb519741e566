"""A recipient's private key never reaches the broker: every request and the database are read."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from keys.encoding import b64u
from keys.hybrid import HybridPrivateKey
from keys.recipient import RecipientPrivateKey
from redaction.service import RedactionService
from tests.api.doors import Doors, open_doors
from tests.api.test_keys import register, revoke
from tests.erasures import rows_of, texts_of

COORDINATE_BYTES = 32


@pytest.fixture
def doors(database_url: str, tmp_path: Path, redactor: RedactionService) -> Iterator[Doors]:
    """A broker of the test's own, on each database."""
    with open_doors(database_url, tmp_path, redactor) as opened:
        yield opened


def secret_of(key: RecipientPrivateKey | HybridPrivateKey) -> bytes:
    """The 32 bytes that are the private half."""
    if isinstance(key, HybridPrivateKey):
        return key.seed
    number = key.key.private_numbers().private_value
    return number.to_bytes(COORDINATE_BYTES, "big")


def spelt(secret: bytes) -> tuple[bytes, ...]:
    """How those bytes might be written."""
    number = int.from_bytes(secret, "big")
    texts = (b64u(secret), secret.hex(), secret.hex().upper(), str(number))
    return (secret, *(one.encode() for one in texts))


def database(doors: Doors) -> bytes:
    """Everything in every table, as text."""
    return texts_of(rows_of(doors.furnished.store)).encode("latin-1", "replace")


def test_no_private_key_is_in_any_request_or_in_the_database(doors: Doors) -> None:
    """Both kinds of key are registered, sealed to, and revoked; only public halves are seen."""
    sent: list[bytes] = []

    def note(request: httpx.Request) -> None:
        lines = [f"{name}: {value}" for name, value in request.headers.items()]
        sent.append("\n".join([str(request.url), *lines]).encode() + b"\n" + request.read())

    doors.http.event_hooks = {"request": [note]}
    keys: tuple[RecipientPrivateKey | HybridPrivateKey, ...] = (
        RecipientPrivateKey.generate(),
        HybridPrivateKey.generate(),
    )
    for number, key in enumerate(keys):
        assert register(doors, key).status_code == 201
        assert doors.ask(f"request-000{number}").status_code == 201
    assert doors.call("GET", "/v1/keys").status_code == 200
    assert revoke(doors, keys[0].thumbprint, "housing-1").status_code == 201

    requests, stored = b"\n".join(sent), database(doors)
    assert all(one.thumbprint.encode() in requests for one in keys)  # The test can see.
    assert len(stored) > len(requests)
    for key in keys:
        for spelling in spelt(secret_of(key)):
            assert spelling not in requests
            assert spelling not in stored
    assert b"PRIVATE KEY" not in requests + stored
    assert b'"d"' not in requests
