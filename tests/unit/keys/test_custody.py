"""Our own keys: made once, never overwritten, useless without the passphrase."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.errors import CustodyError, PackageRefusedError
from keys.custody.file import FILE_NAME, FileCustody
from keys.signing import key_id, read_public_jwk, verify, write_public_jwk
from tests.unit.keys.world import PASSPHRASE, custody

WRAPPED = custody().wrap(b"d" * 32, b"case MR-0417")


def test_keys_come_back_the_same(tmp_path: Path) -> None:
    """What was signed and wrapped before a restart verifies and unwraps after it."""
    made = FileCustody.create(tmp_path, PASSPHRASE)
    wrapped = made.wrap(b"data key", b"a case")

    opened = FileCustody.open(tmp_path, PASSPHRASE)

    assert opened.unwrap(wrapped, b"a case") == b"data key"
    for name in ("log", "package"):
        assert opened.public_key(name) == made.public_key(name)
        assert verify(opened.public_key(name), b"message", opened.sign(name, b"message"))
    assert opened.public_key("log") != opened.public_key("package")


def test_another_passphrase_opens_nothing_and_says_one_sentence(tmp_path: Path) -> None:
    """The sentence says what to do, and holds neither the passphrase nor a key."""
    FileCustody.create(tmp_path, PASSPHRASE)

    with pytest.raises(CustodyError, match="try it again") as caught:
        FileCustody.open(tmp_path, PASSPHRASE + "x")

    assert PASSPHRASE not in str(caught.value)


def test_existing_keys_are_never_overwritten(tmp_path: Path) -> None:
    """A second creation fails and leaves the first keys as they were."""
    made = FileCustody.create(tmp_path, PASSPHRASE)

    with pytest.raises(CustodyError, match="never overwritten"):
        FileCustody.create(tmp_path, PASSPHRASE)

    assert FileCustody.open(tmp_path, PASSPHRASE).public_key("log") == made.public_key("log")
    assert [one.name for one in tmp_path.iterdir()] == [FILE_NAME]


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    """Mode 0600, in a folder made with mode 0700."""
    FileCustody.create(tmp_path / "keys", PASSPHRASE)

    assert stat.S_IMODE((tmp_path / "keys" / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_a_short_passphrase_makes_no_keys(tmp_path: Path) -> None:
    """Eleven characters are refused and nothing is written; twelve are accepted."""
    with pytest.raises(CustodyError, match="at least 12"):
        FileCustody.create(tmp_path, "eleven char")

    assert list(tmp_path.iterdir()) == []


def test_missing_keys_are_named(tmp_path: Path) -> None:
    """The file that is not there is named, without the path to it."""
    with pytest.raises(CustodyError, match=r"custody\.key") as caught:
        FileCustody.open(tmp_path, PASSPHRASE)

    assert str(tmp_path) not in str(caught.value)


def test_a_changed_key_file_is_refused(tmp_path: Path) -> None:
    """Any of a sample of changed places, a cut and a foreign file."""
    FileCustody.create(tmp_path, PASSPHRASE)
    file = tmp_path / FILE_NAME
    good = file.read_bytes()
    changed = [
        good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in (0, 20, 60, len(good) - 2)
    ]
    for content in (*changed, good[:-1], good[:16], b"", b"x" * 100_000):
        file.write_bytes(content)
        with pytest.raises(CustodyError):
            FileCustody.open(tmp_path, PASSPHRASE)


def test_the_same_passphrase_in_another_encoding_opens(tmp_path: Path) -> None:
    """An accent typed as one character or as two is the same accent."""
    FileCustody.create(tmp_path, "caf\u00e9 caf\u00e9 caf\u00e9")

    assert FileCustody.open(tmp_path, "cafe\u0301 cafe\u0301 cafe\u0301").public_key("log")


def test_no_key_shows_in_repr() -> None:
    """Printing custody by accident prints nothing of use."""
    assert repr(custody()).startswith("<keys.custody.file.FileCustody object")


def test_there_are_only_two_signing_keys() -> None:
    """Another name is a programming mistake that is told at once."""
    with pytest.raises(CustodyError, match="no key of that name"):
        custody().sign("kek", b"message")
    with pytest.raises(CustodyError):
        custody().public_key("")


def test_a_data_key_unwraps_only_for_its_own_case() -> None:
    """A wrapped key copied to another case's row opens nothing."""
    assert custody().unwrap(WRAPPED, b"case MR-0417") == b"d" * 32
    for context in (b"case MR-0418", b""):
        with pytest.raises(CustodyError, match="belong together"):
            custody().unwrap(WRAPPED, context)


@given(at=st.integers(0, len(WRAPPED) - 1), bit=st.integers(0, 7))
def test_any_changed_bit_of_a_wrapped_key_is_refused(at: int, bit: int) -> None:
    """The version byte, the nonce and the tag too."""
    changed = WRAPPED[:at] + bytes([WRAPPED[at] ^ 1 << bit]) + WRAPPED[at + 1 :]
    with pytest.raises(CustodyError):
        custody().unwrap(changed, b"case MR-0417")


@given(st.integers(0, len(WRAPPED) - 1))
def test_a_wrapped_key_cut_short_is_refused(size: int) -> None:
    """A half-written row never reads as a key."""
    with pytest.raises(CustodyError):
        custody().unwrap(WRAPPED[:size], b"case MR-0417")


@given(message=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_signature_is_for_one_message_and_one_key(message: bytes, other: bytes) -> None:
    """It verifies for what was signed, and for nothing else."""
    signature = custody().sign("log", message)

    assert verify(custody().public_key("log"), message, signature)
    assert not verify(custody().public_key("package"), message, signature)
    assert verify(custody().public_key("log"), other, signature) == (message == other)


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33])
def test_a_malformed_key_or_signature_is_a_no(key: bytes) -> None:
    """Verification answers, it does not crash."""
    assert not verify(key, b"message", b"s" * 64)
    assert not verify(custody().public_key("log"), b"message", key)


def test_the_brokers_public_key_travels_as_a_jwk() -> None:
    """Written and read back it is the same key, named by its thumbprint."""
    public = custody().public_key("package")

    text = write_public_jwk(public)

    assert read_public_jwk(text) == public
    assert key_id(public) in text


def test_the_thumbprint_is_that_of_the_standard() -> None:
    """RFC 8037 appendix A.3 gives this key and this thumbprint."""
    public = read_public_jwk(
        '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
    )

    assert key_id(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"kty":"OKP","crv":"Ed25519"}',
        '{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
        '{"kty":"OKP","crv":"Ed25519","x":"11qY"}',
        '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AA"}',
    ],
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    """A private key, another curve, half a key: fetch the right file."""
    with pytest.raises(PackageRefusedError, match="fetch it again"):
        read_public_jwk(text)
