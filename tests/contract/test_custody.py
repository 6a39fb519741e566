"""Our own keys in a file, in moto's KMS, and in OpenBao's Transit: one contract for all."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from broker.domain.errors import CustodyError, KeyServiceError, SettingsError
from keys.custody.places import open_custody
from keys.custody.wrapped import bound, split
from keys.encoding import b64u
from keys.signing import verify
from tests.custodies import (
    Bao,
    Kms,
    Place,
    in_a_file,
    kms_environment,
    running_bao,
    running_kms,
)
from tests.custody_contract import *  # noqa: F403  # every test of the contract
from tests.kms_server import REGION


@pytest.fixture(scope="module")
def kms() -> Iterator[Kms]:
    """One KMS for all tests of this file."""
    with running_kms() as kms:
        yield kms


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    """One OpenBao for all tests of this file."""
    with running_bao(tmp_path_factory.mktemp("bao")) as bao:
        yield bao


@pytest.fixture(params=["file", "kms", "transit", "transit by role"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Each place in turn."""
    match request.param:
        case "file":
            return in_a_file(tmp_path)
        case "kms":
            kms: Kms = request.getfixturevalue("kms")
            for name, value in kms_environment(kms.address).items():
                monkeypatch.setenv(name, value)
            return kms.place(tmp_path)
        case kind:
            bao: Bao = request.getfixturevalue("bao")
            return bao.place(tmp_path, role=kind != "transit")


def test_a_token_that_was_taken_back_is_fetched_again(bao: Bao, tmp_path: Path) -> None:
    """An AppRole's token ends by and by; the broker fetches another one by itself."""
    custody = bao.place(tmp_path, role=True).make()
    bao.revoke_tokens()

    signature = custody.sign("log", b"message")

    assert verify(custody.public_key("log"), b"message", signature)


def test_without_a_good_token_the_engine_lets_nobody_in(bao: Bao, tmp_path: Path) -> None:
    """One sentence, in which the token is not."""
    place = bao.place(tmp_path)
    place.make()
    (tmp_path / "stale").write_text("s.not-a-token", encoding="ascii")
    where = place.where.replace(str(bao.folder / "token"), str(tmp_path / "stale"))

    with pytest.raises(KeyServiceError, match="does not let the broker in") as caught:
        replace(place, where=where).open()

    assert "not-a-token" not in str(caught.value)


def test_an_engine_whose_certificate_nobody_vouches_for_is_not_asked(
    bao: Bao, tmp_path: Path
) -> None:
    """The token does not leave before the certificate is checked."""
    where = bao.place(tmp_path).where.replace(f"&ca-file={bao.ca_file}", "")

    with pytest.raises(KeyServiceError, match="does not answer"):
        Place(where=where, folder=tmp_path, service=None).open()


def test_keys_are_told_apart_by_their_name(bao: Bao, tmp_path: Path) -> None:
    """Two brokers on one engine do not share a key."""
    one, other = (bao.place(tmp_path).make() for _ in range(2))

    assert one.public_key("log") != other.public_key("log")
    with pytest.raises(CustodyError):
        other.unwrap(one.wrap(b"data key", b"a case"), b"a case")


def test_kms_is_told_no_case(kms: Kms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is bound to a data key stands in AWS's own log, so it is a digest there."""
    for name, value in kms_environment(kms.address).items():
        monkeypatch.setenv(name, value)
    place = kms.place(tmp_path)
    wrapped = place.make().wrap(b"data key", b"data-key/1|MR-0417")
    number, blob = split(wrapped)
    told = b64u(hashlib.sha256(bound(number, b"data-key/1|MR-0417")).digest())

    answer = boto3.client("kms", region_name=REGION).decrypt(
        CiphertextBlob=blob, EncryptionContext={"marac-broker": told}
    )

    assert answer["Plaintext"] == b"data key"


def test_a_key_of_kms_replaced_by_another_one(
    kms: Kms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings name the new one, and rotating goes over to it; the old one still opens."""
    for name, value in kms_environment(kms.address).items():
        monkeypatch.setenv(name, value)
    old = kms.place(tmp_path)
    before = old.make().wrap(b"data key", b"a case")
    new = kms.place(tmp_path)

    custody = new.open()
    custody.rotate("wrapping")

    assert not custody.is_current(before)
    assert custody.unwrap(before, b"a case") == b"data key"
    assert new.where.removeprefix("kms:") in (new.folder / "custody.kms.json").read_text()
    assert new.open().public_keys("log") == custody.public_keys("log")


@pytest.mark.parametrize(
    "where",
    [
        "",
        "vault:https://bao.example:8200/transit",
        "kms:",
        "pkcs11:token=marac",
        "pkcs11:token=marac?module-path=/m.so&pin-value=1234",
        "pkcs11:token=marac?module-path=/m.so&pin-source=/p&pin-value=1234",
        "pkcs11:object=x?module-path=/m.so&pin-source=/p",
        "transit:http://bao.example:8200/transit?token-file=/t",
        "transit:https://bao.example:8200/?token-file=/t",
        "transit:https://bao.example:8200/transit?token=s.123",
        "transit:https://bao.example:8200/transit?role-file=/r",
        "transit:https://bao.example:8200/transit?token-file=/t&role-file=/r&secret-file=/s",
        "transit:https://me:s.123@bao.example:8200/transit?token-file=/t",
        "transit:https://bao.example:8200/transit?token-file=/t&token-file=/u",
    ],
)
def test_a_setting_that_is_not_whole_or_holds_a_secret(where: str, tmp_path: Path) -> None:
    """It is refused in one sentence that does not repeat it."""
    with pytest.raises(SettingsError) as caught:
        open_custody(where, tmp_path, "")

    assert "MARAC_CUSTODY" in str(caught.value)
    assert "s.123" not in str(caught.value)
    assert "1234" not in str(caught.value)


@pytest.mark.parametrize(
    ("where", "part", "extra"),
    [
        ("kms:alias/marac", "boto3", "kms"),
        ("pkcs11:token=marac?module-path=/m.so&pin-source=/p", "pkcs11", "pkcs11"),
    ],
)
def test_a_part_that_is_not_installed_is_named(
    where: str, part: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says which extra to install."""
    monkeypatch.setitem(sys.modules, part, None)

    with pytest.raises(SettingsError, match=rf"install marac-broker\[{extra}\]"):
        open_custody(where, tmp_path, "")
