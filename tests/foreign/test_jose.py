"""Other people's software opens our packages: jwcrypto, and `jose` under Node."""

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from jwcrypto import jwe as foreign_jwe
from jwcrypto import jwk as foreign_jwk
from jwcrypto import jws as foreign_jws

from broker.demo.systems.node import node_executable, npm_ci
from keys.encoding import b64u, compact_json, read_b64u
from keys.opening import open_package
from keys.pkcs8 import write_private_key
from keys.recipient import RecipientPrivateKey
from keys.signing import read_public_jwk, write_public_jwk
from tests.unit.keys.world import (
    PASSPHRASE,
    SECRET,
    broker_key,
    private_key,
    registered,
    seal,
)

HERE = Path(__file__).parent
VECTOR = json.loads((HERE.parent / "vectors" / "package-1.json").read_text("utf-8"))


def fresh() -> dict[str, Any]:
    """A package made now, for three keys, and what opens it."""
    keys = (registered(), registered("deputy"), registered("recovery"))
    return {
        "package": seal(None, *keys).content.decode(),
        "broker_public_jwk": json.loads(write_public_jwk(broker_key())),
        "recipient_private_jwk": private_jwk("deputy"),
    }


def private_jwk(name: str) -> dict[str, str]:
    """A recipient's private key, as other software takes it."""
    key = private_key(name)
    number = key.key.private_numbers().private_value
    return {**json.loads(key.public_jwk), "d": b64u(number.to_bytes(32, "big"))}


def by_node(asked: dict[str, Any]) -> subprocess.CompletedProcess[bytes]:
    """What `jose` under Node makes of it."""
    script = npm_ci(HERE) / "open.mjs"
    return subprocess.run(
        [node_executable(), script],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )


def by_jwcrypto(asked: dict[str, Any]) -> bytes:
    """What jwcrypto makes of it."""
    signed = foreign_jws.JWS()
    signed.allowed_algs = ["EdDSA", "Ed25519"]
    signed.deserialize(asked["package"], foreign_jwk.JWK(**asked["broker_public_jwk"]))
    envelope = json.loads(signed.payload)
    key = foreign_jwk.JWK(**asked["recipient_private_jwk"])
    sealed = foreign_jwe.JWE(algs=["ECDH-ES+A256KW", "A256GCM"])
    own = [one for one in envelope["recipients"] if one["header"]["kid"] == key.thumbprint()]
    sealed.deserialize(json.dumps({**envelope, "recipients": own}), key)
    plain: bytes = sealed.payload
    return plain


@pytest.mark.parametrize("asked", [fresh(), VECTOR], ids=["made now", "frozen"])
def test_jose_under_node_opens_a_package(asked: dict[str, Any]) -> None:
    """A recipient needs nothing of ours."""
    done = by_node(asked)

    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["version"] == "marac-package/1"
    assert "Mara was seen on Monday" in json.loads(done.stdout)["items"][0]["text"]


@pytest.mark.parametrize("asked", [fresh(), VECTOR], ids=["made now", "frozen"])
def test_jwcrypto_opens_a_package(asked: dict[str, Any]) -> None:
    """A second implementation, in another language, by other people."""
    content = json.loads(by_jwcrypto(asked))

    assert content["version"] == "marac-package/1"
    assert "Mara was seen on Monday" in content["items"][0]["text"]


def test_node_opens_with_the_key_file_that_keys_generate_writes() -> None:
    """The private key file is not tied to our program either."""
    pem = write_private_key(private_key("deputy").key, PASSPHRASE).decode()
    asked = fresh() | {"recipient_pem": pem, "passphrase": PASSPHRASE}

    assert json.loads(by_node(asked).stdout)["items"][0]["text"] == SECRET
    assert by_node(asked | {"passphrase": "another one"}).returncode == 1


def test_foreign_software_refuses_a_changed_package() -> None:
    """The signature that others check is the one that counts."""
    asked = fresh()
    header, payload, signature = asked["package"].split(".")
    at = len(payload) // 2
    other = "A" if payload[at] != "A" else "B"
    changed = asked | {"package": f"{header}.{payload[:at]}{other}{payload[at + 1 :]}.{signature}"}

    assert by_node(changed).returncode == 1
    with pytest.raises(foreign_jws.InvalidJWSSignature):
        by_jwcrypto(changed)


def test_the_frozen_package_still_opens() -> None:
    """Packages delivered under version 1 are opened by every later program."""
    number = int.from_bytes(read_b64u(VECTOR["recipient_private_jwk"]["d"]))
    own = RecipientPrivateKey.of(derive_private_key(number, SECP256R1()))
    trusted = read_public_jwk(compact_json(VECTOR["broker_public_jwk"]).decode())

    content = open_package(
        VECTOR["package"].encode(),
        own,
        [trusted],
        now=datetime.fromisoformat(VECTOR["opened_at"]),
        expected_disclosure=VECTOR["content"]["disclosure_id"],
    ).content

    assert content.items[0].text == VECTOR["content"]["items"][0]["text"]
    assert content.terms == tuple(VECTOR["content"]["terms"])
    assert content.expires_at.isoformat() == VECTOR["content"]["expires_at"].replace("Z", "+00:00")
    assert content.recipient.keys == tuple(VECTOR["content"]["recipient"]["keys"])
