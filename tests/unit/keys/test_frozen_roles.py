"""Frozen packages in both suites: a person's, a deputy's and a recovery key each open them."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from broker.domain.package import KeyHolder
from keys.encoding import compact_json, read_b64u
from keys.hybrid import HybridPrivateKey
from keys.opening import open_package
from keys.recipient import RecipientPrivateKey
from keys.signing import read_public_jwk

VECTORS = Path(__file__).parents[2] / "vectors"
FROZEN: dict[str, Any] = json.loads((VECTORS / "package-roles-1.json").read_text("utf-8"))


def _key(members: dict[str, str]) -> RecipientPrivateKey | HybridPrivateKey:
    if "seed" in members:
        return HybridPrivateKey.of(read_b64u(members["seed"]))
    number = int.from_bytes(read_b64u(members["d"]), "big")
    return RecipientPrivateKey.of(derive_private_key(number, SECP256R1()))


@pytest.mark.parametrize("held_by", list(KeyHolder))
@pytest.mark.parametrize("number", [0, 1], ids=["classical", "hybrid"])
def test_whoever_holds_a_key_opens_old_packages_for_ever(held_by: KeyHolder, number: int) -> None:
    """Packages that were delivered under version 1 open with the key of every role."""
    frozen = FROZEN["packages"][number]
    key = _key(frozen["private_keys"][held_by.value])
    trusted = read_public_jwk(compact_json(FROZEN["broker_public_jwk"]).decode())

    opened = open_package(
        frozen["package"].encode(),
        key,
        [trusted],
        now=datetime.fromisoformat(FROZEN["opened_at"]),
    )

    assert opened.opened_with == key.thumbprint
    assert opened.content.items[0].text == FROZEN["text"]
    assert set(opened.content.recipient.keys) == {
        _key(one).thumbprint for one in frozen["private_keys"].values()
    }


@pytest.mark.parametrize("number", [0, 1], ids=["classical", "hybrid"])
def test_a_frozen_package_names_no_role(number: int) -> None:
    """Who of an agency holds which key is nobody's business who sees the package."""
    text = FROZEN["packages"][number]["package"]

    assert all(one.value not in text for one in KeyHolder)
