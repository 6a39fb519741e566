"""What stands round the content is read in one way, however it is spelt, and never in two."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.errors import PackageRefusedError
from keys.encoding import read_b64u
from keys.envelope import SIGNATURE_TYPE, sign
from keys.hybrid import HybridPrivateKey
from keys.hybrid_envelope import SIGNATURE_TYPE as HYBRID_TYPE
from keys.opening import open_package
from tests.builders import NOW
from tests.unit.keys.world import SECRET, broker_key, custody, private_key, registered, seal

HYBRID = HybridPrivateKey.generate()
HYBRID_KEY = registered(thumbprint=HYBRID.thumbprint, public_jwk=HYBRID.public_jwk)
CLASSICAL = seal(None, registered(), registered("deputy")).content
QUANTUM = seal(None, HYBRID_KEY).content
SUITES = ((CLASSICAL, private_key(), SIGNATURE_TYPE), (QUANTUM, HYBRID, HYBRID_TYPE))
Spelling = Callable[[dict[str, Any]], str]


def payload_of(package: bytes) -> bytes:
    """The envelope under the signature."""
    return read_b64u(package.split(b".")[1].decode())


def turned(value: object) -> object:
    """The same with the members of every object in the other order."""
    if isinstance(value, dict):
        return {name: turned(part) for name, part in reversed(value.items())}
    return [turned(part) for part in value] if isinstance(value, list) else value


def escaped(document: dict[str, Any]) -> str:
    """The same with one letter of every name and value written as an escape."""
    return json.dumps(document, separators=(",", ":")).replace("a", "\\u0061")


def texts(payload: bytes, typ: str, key: Any) -> str | None:  # noqa: ANN401  # of either suite
    """What is read where the broker signed this payload."""
    package = sign(payload, custody(), typ)
    return open_package(package, key, [broker_key()], now=NOW).content.items[0].text


@pytest.mark.parametrize("suite", [0, 1], ids=["classical", "hybrid"])
@pytest.mark.parametrize(
    "spelling",
    [
        json.dumps,
        lambda one: json.dumps(one, indent=1),
        lambda one: json.dumps(turned(one), separators=(",", ":")),
        escaped,
    ],
    ids=["spaces", "lines", "order", "escapes"],
)
def test_the_same_envelope_spelt_otherwise_opens(suite: int, spelling: Spelling) -> None:
    """The format says which members there are, not how they are laid out."""
    package, key, typ = SUITES[suite]
    document = json.loads(payload_of(package))

    assert texts(spelling(document).encode(), typ, key) == SECRET


MEMBERS = sorted(
    {
        (suite, name)
        for suite, names in enumerate(
            (
                ("protected", "iv", "ciphertext", "tag", "recipients", "header", "encrypted_key"),
                ("suite", "disclosure", "recipients", "iv", "ciphertext", "kid", "wrapped"),
            )
        )
        for name in names
    }
    | {(0, name) for name in ("alg", "kid", "apu", "apv", "epk", "kty", "crv", "x", "y")}
)


@pytest.mark.parametrize(("suite", "name"), MEMBERS, ids=str)
@pytest.mark.parametrize("spaces", [False, True], ids=["close", "apart"])
def test_no_member_is_given_twice(suite: int, name: str, *, spaces: bool) -> None:
    """Whichever it is, at whatever depth: two readers might each believe another one."""
    package, key, typ = SUITES[suite]
    document = json.loads(payload_of(package))
    written = json.dumps(document, separators=None if spaces else (",", ":"))
    at = written.index(f'"{name}":')
    for second in (
        '"":',
        f'"{name}":"",',
        f'"{name}":{{}},',
        f'"\\u{ord(name[0]):04x}{name[1:]}":0,',
    ):
        twice = written[:at] + second + ("0," if second == '"":' else "") + written[at:]
        with pytest.raises(PackageRefusedError, match="not in a form"):
            texts(twice.encode(), typ, key)


@pytest.mark.parametrize("suite", [0, 1], ids=["classical", "hybrid"])
@given(at=st.integers(0, len(payload_of(CLASSICAL)) - 1), byte=st.integers(32, 126))
def test_a_changed_byte_of_the_envelope_changes_nothing_that_is_read(
    suite: int, at: int, byte: int
) -> None:
    """Even under the broker's own signature it is refused, or says what was sealed."""
    package, key, typ = SUITES[suite]
    payload = payload_of(package)
    try:
        text = texts(payload[:at] + bytes((byte,)) + payload[at + 1 :], typ, key)
    except PackageRefusedError:
        return
    assert text == SECRET
