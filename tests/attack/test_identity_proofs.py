"""A token is useless to whoever lacks the system's key, and a proof serves one call once.

Every attack gets the same sentence, so that none learns which check it failed.
"""

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from broker.domain.ids import Thumbprint
from connectors.dpop import prove
from tests.attack.identity import (
    BROKER,
    OTHER_SYSTEM,
    SYSTEM,
    UNREGISTERED,
    URL,
    Proofs,
    call,
    check_refused,
    door,
    proof_claims,
    raw,
    registered,
    token,
)
from tests.builders import NOW
from tests.unit.keys.world import ListedDirectory


def test_a_stolen_token_is_useless_without_the_systems_key() -> None:
    """Another key's proof, another registered system's proof, no proof."""
    stolen = token()
    for thief in (UNREGISTERED, OTHER_SYSTEM):
        check_refused(call(stolen, thief))
    check_refused(call(stolen, proof=""))


def test_a_stolen_token_as_a_bearer_token() -> None:
    """The scheme that asks for no proof is not spoken here."""
    stolen = token()
    for scheme in ("Bearer", "Basic", "", "DPoPx"):
        check_refused(call(stolen, authorization=f"{scheme} {stolen}"))
    check_refused(call(stolen, authorization=stolen))


def test_a_stolen_token_with_the_thiefs_own_proof_key_in_the_header() -> None:
    """Signed by the thief, naming the victim system's key."""
    stolen = token()
    forged = UNREGISTERED.sign(
        {"typ": "dpop+jwt", "jwk": SYSTEM.public_jwk()},
        proof_claims(stolen),
    )
    check_refused(call(stolen, proof=forged))


def test_a_replayed_call() -> None:
    """The same proof a second time, with the same token or a fresh one."""
    at = door()
    first = call(token())
    at.authenticate(first)

    check_refused(first, at)
    check_refused(replace(call(token(jti="2")), proof=first.proof), at)


def test_a_refused_proof_is_not_used_up() -> None:
    """An attacker cannot burn somebody's proof by sending it with nonsense."""
    at = door()
    good = call(token())
    check_refused(replace(good, method="PUT"), at)
    check_refused(replace(good, authorization="DPoP nonsense"), at)

    at.authenticate(good)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET"},
        {"method": "post"},
        {"url": f"{BROKER}/shares/1"},
        {"url": f"{BROKER}/SHARES"},
        {"url": f"{BROKER}/shares/"},
        {"url": f"{BROKER}//shares"},
        {"url": f"{BROKER}/"},
    ],
    ids=str,
)
def test_a_proof_made_for_another_call(changes: dict[str, Any]) -> None:
    """Another method or another address."""
    check_refused(call(token(), **changes))


@pytest.mark.parametrize(
    "made_for",
    [
        "https://elsewhere.example/shares",
        "http://broker.ashmere.example/shares",
        "https://broker.ashmere.example:444/shares",
        "https://broker.ashmere.example.evil.example/shares",
        "https://[broker/shares",
        "/shares",
        "",
    ],
)
def test_a_proof_made_for_another_server(made_for: str) -> None:
    """A server that an agency also talks to cannot pass its proofs on to us."""
    stolen = token()
    check_refused(call(stolen, proof=prove(SYSTEM, "POST", made_for, at=NOW, access_token=stolen)))


def test_query_and_fragment_are_not_part_of_the_address() -> None:
    """RFC 9449 section 4.3: both are left out of the comparison; the default port is the same."""
    for url in (f"{URL}?page=2", f"{URL}#top", "HTTPS://BROKER.ashmere.example:443/shares"):
        access = token()
        proof = prove(SYSTEM, "POST", url, at=NOW, access_token=access)
        assert door().authenticate(call(access, proof=proof, url=f"{URL}?page=2"))


def test_a_proof_made_for_another_token() -> None:
    """The right key, but the proof names another token, or none."""
    one, two = token(), token(jti="2")
    check_refused(call(two, proof=call(one).proof))
    check_refused(call(one, proof=prove(SYSTEM, "POST", URL, at=NOW)))


@pytest.mark.parametrize("seconds", [-3600, -61, 61, 3600, -(10**12), 10**12])
def test_a_proof_made_at_another_time(seconds: int) -> None:
    """Older or newer than a minute."""
    access = token()
    header = {"typ": "dpop+jwt", "jwk": SYSTEM.public_jwk()}
    check_refused(call(access, proof=SYSTEM.sign(header, proof_claims(access, seconds))))


@pytest.mark.parametrize("seconds", [-60, 0, 60])
def test_a_clock_that_is_a_little_off_is_forgiven(seconds: int) -> None:
    """A minute either way; the proof is remembered for as long as it would be accepted."""
    proofs, access = Proofs(), token()
    made_at = NOW + timedelta(seconds=seconds)
    proof = prove(SYSTEM, "POST", URL, at=made_at, access_token=access)

    door(proofs=proofs).authenticate(call(access, proof=proof))

    assert all(until > made_at + timedelta(seconds=60) for until in proofs.seen.values())


def test_a_proof_that_says_it_needs_no_signature() -> None:
    """`alg: none` on the proof, with the right key beside it."""
    access = token()
    header: dict[str, object] = {"alg": "none", "typ": "dpop+jwt", "jwk": SYSTEM.public_jwk()}
    check_refused(call(access, proof=raw(header, proof_claims(access))))


def _proof_header(access: str, **members: object) -> str:
    header = {"typ": "dpop+jwt", "jwk": SYSTEM.public_jwk()} | members
    return SYSTEM.sign(header, proof_claims(access))


def test_a_proof_that_carries_its_private_key() -> None:
    """RFC 9449 section 4.3: a private key in the header is refused, though the proof is right."""
    access = token()
    private = {name: str(value) for name, value in SYSTEM.key.as_dict(private=True).items()}

    check_refused(call(access, proof=_proof_header(access, jwk=private)))
    assert door().authenticate(call(access, proof=_proof_header(access)))


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        "a string",
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
    ],
    ids=str,
)
def test_a_proof_with_another_kind_of_key(jwk: object) -> None:
    """Only P-256 and Ed25519 prove possession here."""
    access = token()
    header: dict[str, object] = {"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk}
    check_refused(call(access, proof=raw(header, proof_claims(access), b"s" * 64)))


def test_a_token_presented_as_its_own_proof() -> None:
    """And a proof presented as a token."""
    access = token()
    check_refused(call(access, proof=access))
    proof = call(access).proof
    check_refused(call(proof))


@pytest.mark.parametrize("alg", ["Ed25519", "EdDSA"])
def test_an_ed25519_system_is_believed_under_both_names(alg: str) -> None:
    """The older name of the algorithm is what much software still writes."""
    key = OKPKey.generate_key("Ed25519")
    thumbprint = key.thumbprint()
    system = replace(registered(SYSTEM, "housing-la"), thumbprint=Thumbprint(thumbprint))
    access = token(cnf={"jkt": thumbprint})
    unsigned = raw(
        {"alg": alg, "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}, proof_claims(access)
    )
    signing_input = unsigned.rpartition(".")[0]
    signature = key.private_key.sign(signing_input.encode())  # type: ignore[union-attr]  # Ed25519
    proof = f"{signing_input}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    at = door(directory=ListedDirectory(systems=(system,)))

    assert at.authenticate(call(access, proof=proof)).system == thumbprint
    check_refused(call(access, proof=proof[:-4] + "AAAA"), at)


@given(at=st.integers(0, 2**16), character=st.sampled_from("Aa0_-.=~ \u00e9\u2028"))
def test_any_changed_character_of_the_proof_is_refused_or_the_same_proof(
    at: int, character: str
) -> None:
    """What still verifies is the same proof, and is then known as used."""
    door_at, good = door(), call(token())
    door_at.authenticate(good)
    at %= len(good.proof)
    check_refused(replace(good, proof=good.proof[:at] + character + good.proof[at + 1 :]), door_at)


@given(st.text(max_size=200), st.text(max_size=200))
def test_anything_else_in_the_headers_is_refused(authorization: str, proof: str) -> None:
    """Whatever arrives, the door never crashes."""
    check_refused(call(token(), authorization=f"DPoP {authorization}", proof=proof))


@pytest.mark.parametrize("size", [8_193, 1_000_000])
def test_headers_longer_than_any_honest_one(size: int) -> None:
    """Refused before they are parsed."""
    check_refused(call(token(), authorization="DPoP " + "a" * size))
    check_refused(call(token(), proof="a." * size))
