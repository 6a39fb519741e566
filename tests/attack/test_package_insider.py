"""Packages that the broker's own signing key made wrong: a stolen signing key, or a fault of ours.

A good signature is not enough. Whatever an envelope became before it was signed, it is refused, or
it still says exactly what was sealed.
"""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from broker.domain.errors import PackageRefusedError
from keys.encoding import b64u, compact_json, read_b64u
from keys.envelope import sign
from keys.opening import open_package, recipients_of
from tests.builders import NOW
from tests.unit.keys.world import SECRET, broker_key, custody, private_key, registered, seal

KEYS = (registered(), registered("deputy"), registered("recovery"))
PACKAGE = seal(None, *KEYS).content
OTHER = seal(None, *KEYS).content
Envelope = dict[str, Any]


def envelope(package: bytes = PACKAGE) -> Envelope:
    """The JWE inside a package."""
    made: Envelope = json.loads(read_b64u(package.split(b".")[1].decode()))
    return made


def signed(document: Envelope) -> bytes:
    """The envelope under the broker's own signature."""
    return sign(compact_json(document), custody())


def text_of(package: bytes) -> str | None:
    """Open as the recipient would."""
    return open_package(package, private_key(), [broker_key()], now=NOW).content.items[0].text


def places(value: object, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    inside: list[tuple[Any, object]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [above, *(one for key, part in inside for one in places(part, (*above, key)))]


PLACES = places(envelope())[1:]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("AZaz09-_=.", max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aep", max_size=3), inner),
    max_leaves=5,
)


def changed(place: tuple[Any, ...], change: str, value: object) -> Envelope:
    """The envelope with one thing replaced, removed, doubled or taken from another package."""
    document, foreign = envelope(), envelope(OTHER)
    *above, last = place
    part: Any = document
    theirs: Any = foreign
    for key in above:
        part, theirs = part[key], theirs[key]
    if change == "replace":
        part[last] = value
    elif change == "remove":
        del part[last]
    elif change == "double" and isinstance(part, list):
        part.append(copy.deepcopy(part[last]))
    else:
        part[last] = theirs[last]
    return document


@given(
    place=st.sampled_from(PLACES),
    change=st.sampled_from(("replace", "remove", "double", "foreign")),
    value=JSON,
)
def test_any_change_under_a_good_signature_is_refused(
    place: tuple[Any, ...], change: str, value: object
) -> None:
    """Hypothesis changes any part of the envelope in any way; what opens is what was sealed."""
    try:
        text = text_of(signed(changed(place, change, value)))
    except PackageRefusedError:
        return
    assert text == SECRET


@given(st.permutations(range(3)))
def test_entries_in_another_order_are_refused(order: list[int]) -> None:
    """The content names its keys in order: an envelope that was rearranged is found out."""
    document = envelope()
    document["recipients"] = [document["recipients"][at] for at in order]
    if order == [0, 1, 2]:
        assert text_of(signed(document)) == SECRET
    else:
        with pytest.raises(PackageRefusedError, match="addressed differently"):
            text_of(signed(document))


@given(st.permutations(PACKAGE.split(b".")))
def test_parts_in_another_order_are_refused(parts: list[bytes]) -> None:
    """Header, payload and signature have one order."""
    mixed = b".".join(parts)
    if mixed != PACKAGE:
        with pytest.raises(PackageRefusedError):
            text_of(mixed)


def test_wrapped_keys_of_another_disclosure_are_refused() -> None:
    """Every entry replaced by the same recipient's entry of another package."""
    document = {**envelope(), "recipients": envelope(OTHER)["recipients"]}

    with pytest.raises(PackageRefusedError, match="does not decrypt"):
        text_of(signed(document))


def test_swapped_recipients_are_refused() -> None:
    """Two recipients with each other's wrapped keys, and with each other's names."""
    for member in ("encrypted_key", "header"):
        document = envelope()
        kid = private_key().thumbprint
        first, second, _ = sorted(
            document["recipients"], key=lambda one: one["header"]["kid"] != kid
        )
        first[member], second[member] = second[member], first[member]
        with pytest.raises(PackageRefusedError):
            text_of(signed(document))


def test_a_good_envelope_in_somebody_else_s_token_is_refused() -> None:
    """The broker's JWE as the payload of a JWS that a sound library signed with another key."""
    stranger = OKPKey.generate_key("Ed25519")
    payload = compact_json(envelope())
    for header in ({"alg": "Ed25519"}, {"alg": "Ed25519", "typ": "marac-package+jws"}):
        token = jws.serialize_compact(header, payload, stranger, algorithms=["Ed25519"])
        with pytest.raises(PackageRefusedError, match="not signed by a broker"):
            text_of(token.encode())


def test_a_checkpoint_or_a_publication_is_no_package() -> None:
    """What the broker signs elsewhere does not pass here, whichever of its keys it was."""
    header, payload, _ = PACKAGE.split(b".")
    for key in ("log", "package"):
        forged = custody().sign(key, payload)
        with pytest.raises(PackageRefusedError, match="changed after it was signed"):
            text_of(header + b"." + payload + b"." + b64u(forged).encode())


def test_the_list_of_keys_is_believed_only_when_signed() -> None:
    """Which key opens a package is read from it before it is opened: only with its signature."""
    assert recipients_of(PACKAGE, [broker_key()]) == tuple(sorted(one.thumbprint for one in KEYS))
    for package, keys in ((PACKAGE[:-1], [broker_key()]), (PACKAGE, []), (b"", [broker_key()])):
        with pytest.raises(PackageRefusedError):
            recipients_of(package, keys)
