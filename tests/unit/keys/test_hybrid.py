"""The hybrid suite: asked for by a key's type, as strict as the first, and never by accident."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from broker.commands.keys import app as keys_app
from broker.commands.opening import open_package_command
from broker.domain.errors import CustodyError, EnvelopeError, InvalidRequestError
from broker.domain.errors import PackageRefusedError as Refused
from broker.domain.ids import PractitionerId
from broker.domain.package import RecipientKey
from keys.encoding import b64u, compact_json, read_b64u
from keys.enrolment import KeyEnrolment, answer_challenge
from keys.envelope import sign
from keys.hybrid import HybridPrivateKey, wrap
from keys.hybrid_envelope import SIGNATURE_TYPE
from keys.opening import open_package, recipients_of
from keys.recipient import read_key, thumbprint_of, write_hybrid_pair
from keys.signing import write_public_jwk
from tests.builders import NOW
from tests.unit.keys.world import (
    PASSPHRASE,
    SECRET,
    broker_key,
    custody,
    private_key,
    registered,
    seal,
)

KEY, DEPUTY = HybridPrivateKey.of(bytes(32)), HybridPrivateKey.of(bytes(31) + b"\x01")
OWNER = PractitionerId("housing-1")


def on_file(key: HybridPrivateKey = KEY) -> RecipientKey:
    """The public half, as the broker has it."""
    return registered(thumbprint=key.thumbprint, public_jwk=key.public_jwk)


PACKAGE = seal(None, on_file(), on_file(DEPUTY)).content
OTHER = seal(None, on_file(), on_file(DEPUTY)).content


def payload(package: bytes = PACKAGE) -> dict[str, Any]:
    """What is signed."""
    found: dict[str, Any] = json.loads(read_b64u(package.split(b".")[1].decode()))
    return found


def signed(document: dict[str, Any], typ: str = SIGNATURE_TYPE) -> bytes:
    """A payload under the broker's own signature."""
    return sign(compact_json(document), custody(), typ)


def text_of(package: bytes, key: HybridPrivateKey = KEY) -> str | None:
    """Open as the recipient would."""
    return open_package(package, key, [broker_key()], now=NOW).content.items[0].text


def test_every_holder_of_a_hybrid_key_opens_it_and_nobody_else() -> None:
    """The same content as ever; a classical key and a stranger's are told so."""
    assert text_of(PACKAGE) == text_of(PACKAGE, DEPUTY) == SECRET
    assert set(recipients_of(PACKAGE, [broker_key()])) == {KEY.thumbprint, DEPUTY.thumbprint}
    for stranger in (HybridPrivateKey.generate(), private_key()):
        with pytest.raises(Refused, match="not for this key"):
            open_package(PACKAGE, stranger, [broker_key()], now=NOW)
    with pytest.raises(Refused, match="not for this key"):
        text_of(seal().content)


def test_the_classical_suite_is_used_while_a_classical_key_is_valid() -> None:
    """During a change of keys the old one opens; the hybrid takes over when it has ended."""
    mixed = seal(None, on_file(), registered())
    after = seal(None, on_file(), registered(revoked_at=NOW))

    assert mixed.recipients == (private_key().thumbprint,)
    assert open_package(mixed.content, private_key(), [broker_key()], now=NOW).content.items
    assert after.recipients == (KEY.thumbprint,)
    assert text_of(after.content) == SECRET


def test_packages_of_one_bucket_have_one_length() -> None:
    """An observer of lengths learns no more than from the first suite."""
    assert len(PACKAGE) == len(OTHER)


@given(at=st.integers(0, len(PACKAGE) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_is_refused(at: int, byte: int) -> None:
    """Whichever byte becomes whichever other byte."""
    changed = PACKAGE[:at] + bytes([byte]) + PACKAGE[at + 1 :]
    if changed != PACKAGE:
        with pytest.raises(Refused):
            text_of(changed)


def hostile() -> dict[str, bytes]:
    """Payloads that our own signing key made wrong."""
    good, other = payload(), payload(OTHER)
    first, second = good["recipients"]
    crossed = [{**first, "wrapped": second["wrapped"]}, {**second, "wrapped": first["wrapped"]}]
    return {
        "swapped keys": signed({**good, "recipients": crossed}),
        "another order": signed({**good, "recipients": [second, first]}),
        "entries of another": signed({**good, "recipients": other["recipients"]}),
        "another disclosure": signed({**good, "disclosure": "f" * 32}),
        "another content": signed({**good, "ciphertext": other["ciphertext"]}),
        "one left out": signed({**good, "recipients": [first]}),
        "ours twice": signed({**good, "recipients": [first, first, second]}),
        "nobody": signed({**good, "recipients": []}),
        "too many": signed({**good, "recipients": [first, second] * 9}),
        "more members": signed({**good, "zip": "DEF"}),
        "another suite": signed({**good, "suite": "marac-hybrid/0"}),
        "short iv": signed({**good, "iv": "AAAA"}),
        "no text": signed({**good, "iv": 7}),
        "no entry": signed({**good, "recipients": ["all"]}),
        "spare bits": signed({**good, "iv": good["iv"] + "="}),
        "no object": sign(b"[]", custody(), SIGNATURE_TYPE),
        "passed off as the first suite": signed(good, "marac-package+jws"),
        "the first suite passed off as this": signed(payload(seal().content)),
    }


@pytest.mark.parametrize("fault", sorted(hostile()))
def test_what_our_own_key_made_wrong_is_refused(fault: str) -> None:
    """As strictly as in the first suite, and no suite passes for the other."""
    for key in (KEY, DEPUTY):
        with pytest.raises(Refused):
            text_of(hostile()[fault], key)


def test_the_private_file_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    """And comes back as the same key; a cut file is said to be damaged or not to open."""
    private, public = write_hybrid_pair(KEY, tmp_path, OWNER, PASSPHRASE)

    assert read_key(private, PASSPHRASE) == KEY
    assert thumbprint_of(public.read_text()) == KEY.thumbprint
    assert KEY.seed not in private.read_bytes()
    with pytest.raises(CustodyError, match="passphrase"):
        read_key(private, "not the passphrase")
    for end in (20, -1, -9):
        (tmp_path / "cut").write_bytes(private.read_bytes()[:end] + b"=")
        with pytest.raises(CustodyError):
            read_key(tmp_path / "cut", PASSPHRASE)
    assert repr(KEY) == f"HybridPrivateKey(thumbprint='{KEY.thumbprint}')"


def test_a_hybrid_key_is_registered_with_proof() -> None:
    """The same challenge, sealed the hybrid way; answered by its holder and nobody else."""
    enrolment = KeyEnrolment(custody=custody())
    challenge = enrolment.challenge(KEY.public_jwk, OWNER, NOW)
    answer = answer_challenge(challenge.sealed, KEY, OWNER)

    found = enrolment.check(KEY.public_jwk, OWNER, challenge.ticket, answer, NOW)
    assert found == KEY.thumbprint
    for key, owner in ((DEPUTY, OWNER), (KEY, PractitionerId("probation-1"))):
        with pytest.raises(EnvelopeError, match="ask the broker"):
            answer_challenge(challenge.sealed, key, owner)
    with pytest.raises(EnvelopeError, match="ask the broker"):
        answer_challenge(challenge.sealed, private_key(), OWNER)


GOOD = json.loads(KEY.public_jwk)


@pytest.mark.parametrize(
    "members",
    [
        {**GOOD, "priv": "AAAA"},
        {**GOOD, "alg": "MLKEM768"},
        {**GOOD, "pub": GOOD["pub"][:-4]},
        {**GOOD, "pub": 7},
        {"kty": "AKP"},
        {**GOOD, "pub": b64u(b"\xff" * 1216)},
    ],
    ids=["private", "another kem", "short", "a number", "nothing", "no lattice"],
)
def test_what_is_no_hybrid_key_is_not_challenged(members: dict[str, object]) -> None:
    """Refused before anything could be sealed to it."""
    with pytest.raises((InvalidRequestError, EnvelopeError), match="register the key again"):
        KeyEnrolment(custody=custody()).challenge(json.dumps(members), OWNER, NOW)


def test_a_secret_is_bound_to_what_it_is_for() -> None:
    """The same bytes under another `info` open nothing."""
    wrapped = wrap(GOOD, b"secret", b"one")

    assert KEY.unwrap(wrapped, b"one") == b"secret"
    with pytest.raises(InvalidTag):
        KEY.unwrap(wrapped, b"two")


def test_by_command_from_the_key_to_the_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`keys generate --hybrid`, a package sealed to that key, `open`."""
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    phrase = ("--passphrase-file", str(tmp_path / "passphrase"))
    made = ("generate", "--hybrid", "--out", str(tmp_path), "--owner", OWNER, *phrase)
    assert CliRunner().invoke(keys_app, made).exit_code == 0
    key = read_key(tmp_path / "housing-1.key.hybrid", PASSPHRASE)
    assert isinstance(key, HybridPrivateKey)
    (tmp_path / "package").write_bytes(seal(None, on_file(key)).content)
    (tmp_path / "broker.jwk").write_text(write_public_jwk(broker_key()))
    opening = typer.Typer()
    opening.command()(open_package_command)
    monkeypatch.setattr("broker.commands.opening.datetime", _Frozen)

    files = (str(tmp_path / "package"), "--key", str(tmp_path / "housing-1.key.hybrid"))
    done = CliRunner().invoke(
        opening, [*files, "--broker-key", str(tmp_path / "broker.jwk"), *phrase]
    )

    assert done.exit_code == 0, done.output
    assert SECRET in done.output


class _Frozen:
    """The machine's clock on the day the package was made."""

    @staticmethod
    def now(_zone: object) -> object:
        """Return that day."""
        return NOW
