"""A recipient's key pair: made on their side, protected there, known by its thumbprint here."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from broker.domain.errors import CustodyError, EnvelopeError
from broker.domain.ids import PractitionerId
from keys.pkcs8 import write_private_key
from keys.recipient import RecipientPrivateKey, sealing_key, thumbprint_of
from tests.unit.keys.world import PASSPHRASE, private_key

OWNER = PractitionerId("housing-1")


def test_the_private_file_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    """And comes back as the same key."""
    made = RecipientPrivateKey.generate()
    private, public = made.write(tmp_path, OWNER, PASSPHRASE)

    assert RecipientPrivateKey.read(private, PASSPHRASE).thumbprint == made.thumbprint
    assert thumbprint_of(public.read_text()) == made.thumbprint
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    for wrong in ("", PASSPHRASE[:-1], PASSPHRASE + " "):
        with pytest.raises(CustodyError, match="check the passphrase"):
            RecipientPrivateKey.read(private, wrong)


def test_the_public_file_holds_no_private_part(tmp_path: Path) -> None:
    """What is handed to the administrator can be handed to anybody."""
    _, public = private_key().write(tmp_path, OWNER, PASSPHRASE)

    members = json.loads(public.read_text())

    assert set(members) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert members["kid"] == private_key().thumbprint


@pytest.mark.parametrize("name", ["housing-1.key.pem", "housing-1.public.jwk"])
def test_existing_files_are_never_overwritten(tmp_path: Path, name: str) -> None:
    """Losing a private key loses every package sealed to it."""
    (tmp_path / name).write_text("kept")

    with pytest.raises(CustodyError, match="is there already"):
        private_key().write(tmp_path, OWNER, PASSPHRASE)

    assert (tmp_path / name).read_text() == "kept"


@pytest.mark.parametrize("owner", ["../housing-1", "a/b", "", ".", "a\x00b", "a" * 200])
def test_an_owner_cannot_name_another_folder(tmp_path: Path, owner: str) -> None:
    """An id that is no file name writes nothing."""
    folder = tmp_path / "keys"
    with pytest.raises(CustodyError, match="file name"):
        private_key().write(folder, PractitionerId(owner), PASSPHRASE)

    assert list(tmp_path.iterdir()) == []


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Another curve, or a file without a passphrase."""
    file = tmp_path / "key.pem"
    other = generate_private_key(SECP384R1())
    phrase = BestAvailableEncryption(PASSPHRASE.encode())
    bare = private_key().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    foreign = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, phrase)
    for content in (foreign, bare, write_private_key(private_key().key, PASSPHRASE)[:-40], b""):
        file.write_bytes(content)
        with pytest.raises(CustodyError):
            RecipientPrivateKey.read(file, PASSPHRASE)


def test_a_key_file_from_other_software_opens(tmp_path: Path) -> None:
    """An agency may bring a P-256 key that it made itself."""
    file = tmp_path / "key.pem"
    phrase = BestAvailableEncryption(PASSPHRASE.encode())
    file.write_bytes(private_key().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, phrase))

    assert RecipientPrivateKey.read(file, PASSPHRASE).thumbprint == private_key().thumbprint


def test_no_key_shows_in_repr() -> None:
    """Printing a key by accident prints its thumbprint."""
    assert repr(private_key()) == f"RecipientPrivateKey(thumbprint='{private_key().thumbprint}')"


def test_the_thumbprint_does_not_depend_on_spelling() -> None:
    """Order, white space and extra members change nothing (RFC 7638)."""
    members = json.loads(private_key().public_jwk)
    respelt = json.dumps(dict(reversed(members.items())), indent=2)

    assert thumbprint_of(respelt) == private_key().thumbprint
    assert thumbprint_of(json.dumps(members | {"kid": "mine"})) == private_key().thumbprint


GOOD = json.loads(private_key().public_jwk)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        json.dumps(GOOD | {"crv": "P-384"}),
        json.dumps(GOOD | {"kty": "OKP"}),
        json.dumps(GOOD | {"x": GOOD["x"][:-4]}),
        json.dumps(GOOD | {"x": GOOD["x"] + "="}),
        json.dumps(GOOD | {"x": 7}),
        json.dumps(GOOD | {"d": GOOD["x"]}),
        json.dumps(GOOD)[:-1] + ',"kty":"EC"}',
        "[" * 100_000,
    ],
)
def test_what_is_no_public_key_has_no_thumbprint(text: str) -> None:
    """Refused at registration, before anything could be sealed to it."""
    with pytest.raises(EnvelopeError, match="register the key again"):
        thumbprint_of(text)


def test_a_point_off_the_curve_is_not_sealed_to() -> None:
    """Coordinates of the right size that belong to no key."""
    with pytest.raises(EnvelopeError, match="register the key again"):
        sealing_key(json.dumps(GOOD | {"y": GOOD["x"]}))
