"""Other people's software opens the hybrid suite: npm's HPKE with its own ML-KEM and X25519."""

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from broker.demo.systems.node import node_executable, npm_ci
from keys.encoding import b64u, compact_json, read_b64u
from keys.hybrid import HybridPrivateKey
from keys.opening import open_package
from keys.signing import read_public_jwk, write_public_jwk
from tests.unit.keys.world import SECRET, broker_key, registered, seal

HERE = Path(__file__).parent
VECTOR = json.loads((HERE.parent / "vectors" / "package-hybrid-1.json").read_text("utf-8"))
NODE_SECONDS = 60


def made_now() -> dict[str, Any]:
    """A package for two hybrid keys, and what opens it."""
    key, other = HybridPrivateKey.generate(), HybridPrivateKey.generate()
    keys = [
        registered(thumbprint=one.thumbprint, public_jwk=one.public_jwk) for one in (key, other)
    ]
    return {
        "package": seal(None, *keys).content.decode(),
        "broker_public_jwk": json.loads(write_public_jwk(broker_key())),
        "recipient_public_jwk": json.loads(key.public_jwk),
        "recipient_seed": b64u(key.seed),
    }


def by_node(asked: dict[str, Any]) -> subprocess.CompletedProcess[bytes]:
    """What the npm packages make of it."""
    sent = {**asked, "kid": asked["recipient_public_jwk"]["kid"]}
    return subprocess.run(
        [node_executable(), npm_ci(HERE) / "hybrid.mjs"],
        input=json.dumps(sent).encode(),
        capture_output=True,
        check=False,
        timeout=NODE_SECONDS,
    )


@pytest.mark.parametrize("frozen", [False, True], ids=["made now", "frozen"])
def test_npm_s_hpke_opens_a_hybrid_package(*, frozen: bool) -> None:
    """A recipient needs nothing of ours for this suite either."""
    done = by_node(VECTOR if frozen else made_now())

    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["items"][0]["text"] == SECRET


def test_npm_s_hpke_refuses_another_seed_and_a_changed_package() -> None:
    """Both halves of the key and the signature count."""
    asked = made_now()
    header, payload, signature = asked["package"].split(".")
    swapped = f"{header}.{payload[:-4]}AAAA.{signature}"

    for changes in ({"recipient_seed": b64u(bytes(32))}, {"package": swapped}):
        done = by_node({**asked, **changes})
        assert done.returncode == 1
        assert SECRET.encode() not in done.stdout


def test_the_frozen_hybrid_package_still_opens() -> None:
    """Packages delivered under this suite are opened by every later program."""
    key = HybridPrivateKey.of(read_b64u(VECTOR["recipient_seed"]))
    trusted = read_public_jwk(compact_json(VECTOR["broker_public_jwk"]).decode())

    content = open_package(
        VECTOR["package"].encode(),
        key,
        [trusted],
        now=datetime.fromisoformat(VECTOR["opened_at"]),
        expected_disclosure=VECTOR["content"]["disclosure_id"],
    ).content

    assert key.public_jwk == compact_json(VECTOR["recipient_public_jwk"]).decode()
    assert content.items[0].text == VECTOR["content"]["items"][0]["text"]
    assert content.recipient.keys == tuple(VECTOR["content"]["recipient"]["keys"])
