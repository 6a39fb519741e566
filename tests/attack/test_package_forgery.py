"""Forgeries of a whole package: each by someone who knows the format and lacks one key."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe
from joserfc.jwe import GeneralJSONEncryption, JWERegistry
from joserfc.jwk import ECKey

from broker.domain.errors import PackageRefusedError
from broker.domain.ids import DisclosureId
from keys.encoding import b64u, compact_json, read_b64u
from keys.envelope import PARTY_U, encrypt, party_v, sign, signature_header
from keys.opening import open_package
from keys.recipient import sealing_key
from keys.signing import key_id
from tests.builders import NOW
from tests.unit.keys.world import SECRET, broker_key, custody, private_key, registered, seal

Envelope = dict[str, Any]
PACKAGE = seal(None, registered(), registered("deputy")).content


def parts() -> tuple[str, str, str]:
    """Header, payload and signature of a good package."""
    header, payload, signature = PACKAGE.decode().split(".")
    return header, payload, signature


def envelope() -> Envelope:
    """The JWE inside it."""
    made: Envelope = json.loads(read_b64u(parts()[1]))
    return made


def opens(package: bytes, name: str = "housing-1", at: datetime = NOW) -> str | None:
    """Open as a recipient would; return the text."""
    return open_package(package, private_key(name), [broker_key()], now=at).content.items[0].text


def check_refused(package: bytes, why: str) -> None:
    """Refused for this reason."""
    with pytest.raises(PackageRefusedError, match=why):
        opens(package)


def resealed(change: Callable[[bytes], bytes], *names: str) -> bytes:
    """A package that the broker's own keys made round a changed content."""
    opened = open_package(PACKAGE, private_key(), [broker_key()], now=NOW)
    content = decrypted()
    keys = [private_key(one) for one in names or ("housing-1", "deputy")]
    entries = [
        (one.thumbprint, one.key.public_key())
        for one in sorted(keys, key=lambda one: one.thumbprint)
    ]
    disclosure_id = DisclosureId(opened.content.disclosure_id)
    return sign(encrypt(change(content), disclosure_id, entries), custody())


def decrypted() -> bytes:
    """The plaintext of the good package."""
    document = envelope()
    own = private_key()
    document["recipients"] = [
        one for one in document["recipients"] if one["header"]["kid"] == own.thumbprint
    ]
    plain = jwe.decrypt_json(document, own_key(), registry=JWERegistry()).plaintext  # type: ignore[arg-type]  # a JSON object of a test
    assert plain is not None
    return plain


def own_key() -> ECKey:
    """The recipient's key as joserfc has it."""
    return ECKey.import_key(private_key().key)


def test_a_header_that_says_no_signature_is_needed() -> None:
    """`alg: none`, with and without the old signature."""
    _, payload, signature = parts()
    for kid in ({}, {"kid": key_id(broker_key())}):
        header = b64u(compact_json({"alg": "none", **kid, "typ": "marac-package+jws"}))
        check_refused(f"{header}.{payload}.".encode(), "not signed by a broker you trust")
        check_refused(f"{header}.{payload}.{signature}".encode(), "not signed by a broker")


def test_the_public_key_used_as_a_shared_secret() -> None:
    """`alg: HS256`, keyed with what everybody knows."""
    payload = parts()[1]
    header = b64u(compact_json({"alg": "HS256", "kid": key_id(broker_key()), "typ": "JOSE"}))
    signature = hmac.digest(broker_key(), f"{header}.{payload}".encode(), hashlib.sha256)

    check_refused(f"{header}.{payload}.{b64u(signature)}".encode(), "not signed by a broker")


@pytest.mark.parametrize(
    "change",
    [{"alg": "EdDSA"}, {"typ": "JWT"}, {"typ": "marac-package+jwe"}, {"crit": ["b64"]}, {"x": 1}],
    ids=json.dumps,
)
def test_another_header_under_the_brokers_own_signature(change: dict[str, Any]) -> None:
    """Even what the broker's key signed is no package under another header."""
    payload = parts()[1]
    members = json.loads(read_b64u(signature_header(broker_key()))) | change
    signing_input = f"{b64u(compact_json(members))}.{payload}".encode()
    signature = b64u(custody().sign("package", signing_input)).encode()

    check_refused(signing_input + b"." + signature, "not signed by a broker you trust")


def test_a_stranger_signs_a_real_envelope() -> None:
    """Somebody else's signature round the broker's JWE, under either key's name."""
    stranger = Ed25519PrivateKey.generate()
    public = stranger.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    payload = parts()[1]
    for named, why in ((public, "not signed by a broker"), (broker_key(), "was changed")):
        signing_input = f"{signature_header(named)}.{payload}".encode()
        forged = signing_input + b"." + b64u(stranger.sign(signing_input)).encode()
        check_refused(forged, why)


def test_the_logs_key_does_not_sign_packages() -> None:
    """Each of the broker's keys is for one thing."""
    with pytest.raises(PackageRefusedError, match="not signed by a broker"):
        open_package(PACKAGE, private_key(), [custody().public_key("log")], now=NOW)


def test_trusting_no_broker_opens_nothing() -> None:
    """Empty means no."""
    with pytest.raises(PackageRefusedError, match="not signed by a broker you trust"):
        open_package(PACKAGE, private_key(), [], now=NOW)


def test_a_key_it_was_not_sealed_to() -> None:
    """A colleague's key opens nothing."""
    with pytest.raises(PackageRefusedError, match="not for this key"):
        opens(PACKAGE, "colleague")


def test_another_persons_entry_renamed_to_ours() -> None:
    """Swapped recipient: our kid on the deputy's wrapped key, signed again by the broker's key."""
    document = envelope()
    own, foreign = sorted(
        document["recipients"], key=lambda one: one["header"]["kid"] != private_key().thumbprint
    )
    own["encrypted_key"] = foreign["encrypted_key"]

    check_refused(sign(compact_json(document), custody()), "does not decrypt")


def test_an_entry_of_another_disclosure() -> None:
    """An `apv` that names another disclosure leads to another key, and to nothing."""
    document = envelope()
    for one in document["recipients"]:
        one["header"]["apv"] = party_v("f" * 32, one["header"]["kid"])

    check_refused(sign(compact_json(document), custody()), "does not decrypt")


def test_a_recipient_who_is_not_in_the_content() -> None:
    """Somebody got an entry whom the sealed list does not name."""
    check_refused(resealed(lambda plain: plain, "housing-1", "deputy", "third"), "addressed")


def test_a_recipient_left_out_of_the_envelope() -> None:
    """The sealed list names somebody who got no entry."""
    check_refused(resealed(lambda plain: plain, "housing-1"), "addressed differently")


def test_a_content_that_names_another_disclosure() -> None:
    """Inner and outer disclosure must be the same."""
    opened = open_package(PACKAGE, private_key(), [broker_key()], now=NOW)
    inner = opened.content.disclosure_id.encode()

    check_refused(resealed(lambda plain: plain.replace(inner, b"f" * 32)), "addressed differently")


def test_the_right_package_under_the_wrong_announcement() -> None:
    """A mailbox that hands out another disclosure than was asked for is found out."""
    with pytest.raises(PackageRefusedError, match="another disclosure"):
        open_package(PACKAGE, private_key(), [broker_key()], now=NOW, expected_disclosure="f" * 32)


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.replace(b"marac-package/1", b"marac-package/2"),
        lambda plain: plain.replace(b'"profile"', b'"prolife"'),
        lambda plain: plain.replace(b'"count":1', b'"count":"1"'),
        lambda plain: plain.replace(b'"count":1', b'"count": 1'),
        lambda plain: plain.replace(b'"padding":"0', b'"padding":"'),
        lambda plain: plain.replace(b'"padding":"0', b'"padding":"1'),
        lambda _: b"[" * 4096,
        lambda _: b"",
    ],
    ids=["version", "name", "type", "space", "short", "filling", "nest", "empty"],
)
def test_a_content_in_another_form(change: Callable[[bytes], bytes]) -> None:
    """Only what the broker could have written is read."""
    check_refused(resealed(change), "not in a form")


def test_resealing_without_a_change_opens() -> None:
    """Otherwise the tests that reseal would prove nothing."""
    assert opens(resealed(lambda plain: plain)) == SECRET


def _with(document: Envelope, **members: object) -> Envelope:
    return {**document, **members}


def _entry(document: Envelope, **members: object) -> Envelope:
    first, *others = document["recipients"]
    return {**document, "recipients": [{**first, **members}, *others]}


def _header(document: Envelope, **members: object) -> Envelope:
    return _entry(document, header={**document["recipients"][0]["header"], **members})


@pytest.mark.parametrize(
    "change",
    [
        lambda one: _with(one, aad="AAAA"),
        lambda one: _with(one, unprotected={"zip": "DEF"}),
        lambda one: _with(one, recipients=[]),
        lambda one: _with(one, recipients="all"),
        lambda one: _with(one, recipients=one["recipients"] * 9),
        lambda one: _with(one, iv=7),
        lambda one: _with(one, tag=one["tag"] + "="),
        lambda one: {name: value for name, value in one.items() if name != "tag"},
        lambda one: _with(one, protected=b64u(b'{"enc":"A256GCM","zip":"DEF"}')),
        lambda one: _with(one, protected=b64u(b'{"enc":"A128CBC-HS256"}')),
        lambda one: _entry(one, more=1),
        lambda one: _header(one, zip="DEF"),
        lambda one: _header(one, crit=["zip"]),
        lambda one: _header(one, alg="ECDH-ES"),
        lambda one: _header(one, alg="dir"),
        lambda one: _header(one, epk={"kty": "OKP", "crv": "X25519", "x": "AAAA", "y": ""}),
    ],
)
def test_an_envelope_of_another_shape(change: Callable[[Envelope], Envelope]) -> None:
    """Compression, extra members, other algorithms: refused even under a good signature."""
    check_refused(sign(compact_json(change(envelope())), custody()), "not in a form")


def test_a_member_given_twice() -> None:
    """Two readers might each believe another one."""
    twice = read_b64u(parts()[1]).replace(b'"iv":', b'"iv":"AAAA","iv":', 1)

    check_refused(sign(twice, custody()), "not in a form")


def test_a_compressed_envelope_is_not_inflated() -> None:
    """A `zip` package that is otherwise right, made and signed with the broker's own keys."""
    own = private_key()
    message = GeneralJSONEncryption(
        {"enc": "A256GCM", "typ": "marac-package+jwe", "zip": "DEF"}, b"0" * 1_000_000
    )
    disclosure_id = open_package(PACKAGE, own, [broker_key()], now=NOW).content.disclosure_id
    header = {
        "alg": "ECDH-ES+A256KW",
        "kid": own.thumbprint,
        "apu": PARTY_U,
        "apv": party_v(disclosure_id, own.thumbprint),
    }
    message.add_recipient(header, sealing_key(own.public_jwk))
    bomb = jwe.encrypt_json(message, None, algorithms=["ECDH-ES+A256KW", "A256GCM", "DEF"])

    check_refused(sign(compact_json(dict(bomb)), custody()), "not in a form")


def test_an_ephemeral_key_that_is_no_point() -> None:
    """An invalid-curve point is refused before any arithmetic with our key."""
    document = envelope()
    for one in document["recipients"]:
        one["header"]["epk"]["y"] = one["header"]["epk"]["x"]

    check_refused(sign(compact_json(document), custody()), "does not decrypt")
