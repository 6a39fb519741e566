"""Nobody is believed on a token that is not the issuer's, for us, for now, for that agency.

Every attack gets the same sentence, so that none learns which check it failed.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws

from broker.domain.ids import AgencyId, Role, Thumbprint
from broker.domain.request import Requester
from connectors.dpop import prove
from connectors.tokens import public_key
from tests.attack.identity import (
    BROKER,
    CERTIFICATE,
    ISSUER_KEY,
    OTHER_SYSTEM,
    SYSTEM,
    UNREGISTERED,
    URL,
    IssuerKeys,
    call,
    check_refused,
    claims,
    door,
    raw,
    registered,
    token,
)
from tests.builders import NOW, agency, practitioner
from tests.unit.keys.world import ListedDirectory, Watch


def test_an_honest_call_is_believed() -> None:
    """Otherwise everything below would prove nothing."""
    assert door().authenticate(call(token())) == Requester(
        practitioner_id=practitioner().practitioner_id,
        agency_id=AgencyId("ashmere-housing-la"),
        agency_kind=agency("housing-la").kind,
        role=Role("agency-spoc"),
        system=Thumbprint(SYSTEM.thumbprint),
        authenticated_at=NOW,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://sign-in.elsewhere.example"},
        {"iss": None},
        {"aud": "https://another-service.example"},
        {"aud": [BROKER + "x", "b"]},
        {"aud": []},
        {"aud": {BROKER: 1}},
        {"aud": None},
        {"exp": int(NOW.timestamp())},
        {"exp": int(NOW.timestamp()) - 1},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": 1e12},
        {"exp": 10**30},
        {"iat": int(NOW.timestamp()) + 31},
        {"iat": None},
        {"nbf": int(NOW.timestamp()) + 31},
        {"nbf": "now"},
        {"sub": None},
        {"sub": ""},
        {"sub": ["housing-1"]},
        {"sub": "nobody-we-know"},
        {"agency": "ashmere-police"},
        {"agency": None},
        {"role": "marac-coordinator"},
        {"role": ["agency-spoc"]},
        {"cnf": None},
        {"cnf": {}},
        {"cnf": {"jkt": UNREGISTERED.thumbprint}},
        {"cnf": {"jkt": [SYSTEM.thumbprint]}},
        {"cnf": SYSTEM.thumbprint},
    ],
)
def test_a_token_that_is_not_for_this(changes: dict[str, Any]) -> None:
    """Another issuer, audience or time, another person, agency, role or key: well signed all."""
    check_refused(call(token(**changes)))


def test_a_token_without_a_role_leaves_it_to_the_register() -> None:
    """What is registered decides; a token can only contradict it, never add to it."""
    assert door().authenticate(call(token(role=None))).role == "agency-spoc"


def test_a_token_for_several_services_is_for_us_too() -> None:
    """RFC 7519: `aud` may be a list."""
    assert door().authenticate(call(token(aud=["another", BROKER])))


def test_a_remembered_token_still_expires() -> None:
    """Having verified the signature once changes nothing about the time."""
    clock, keys = Watch(), IssuerKeys()
    at, access = door(clock=clock, jwks=keys), token()
    at.authenticate(call(access))
    at.authenticate(call(access))
    assert keys.asked == 1

    clock.at = NOW + timedelta(seconds=600)
    proof = prove(SYSTEM, "POST", URL, at=clock.at, access_token=access)
    check_refused(call(access, proof=proof), at)


def test_a_practitioner_taken_off_the_register_is_out_at_once() -> None:
    """A token that is still alive, and remembered, opens nothing any more."""
    directory = ListedDirectory(systems=(registered(SYSTEM, "housing-la"),))
    at, access = door(directory=directory), token()
    at.authenticate(call(access))

    directory.people = ()
    check_refused(call(access), at)


def test_an_unregistered_system() -> None:
    """A token bound to a key that no agency registered."""
    bound = token(cnf={"jkt": UNREGISTERED.thumbprint})
    check_refused(call(bound, UNREGISTERED))


def test_a_system_of_another_agency() -> None:
    """A housing officer's token on the police's system, whatever the token says."""
    for claimed in ("ashmere-housing-la", "ashmere-police"):
        bound = token(cnf={"jkt": OTHER_SYSTEM.thumbprint}, agency=claimed)
        check_refused(call(bound, OTHER_SYSTEM))


def test_an_agency_that_is_no_longer_on_file() -> None:
    """Person and system are known, their agency is not."""
    directory = ListedDirectory(systems=(registered(SYSTEM, "housing-la"),), agency_list=())
    check_refused(call(token()), door(directory=directory))


def test_a_token_signed_by_somebody_else() -> None:
    """Under the issuer's kid, under the forger's own, and under what is no kid."""
    for kid in (ISSUER_KEY.thumbprint, UNREGISTERED.thumbprint):
        check_refused(call(token(UNREGISTERED, {"kid": kid})))
    for header in ({"kid": 7}, {}):
        check_refused(call(raw({"alg": "ES256", "typ": "at+jwt", **header}, claims(), b"s" * 64)))


@pytest.mark.parametrize("kind", ["JWT", "dpop+jwt", "id_token", "", "at+jwt+x"])
def test_a_token_made_for_another_use(kind: str) -> None:
    """An identity token or a proof is no access token, though the issuer signed it."""
    check_refused(call(token(header={"typ": kind})))


def test_a_token_that_says_it_needs_no_signature() -> None:
    """`alg: none`, in several spellings."""
    for name in ("none", "None", "NONE", ""):
        header: dict[str, object] = {"alg": name, "typ": "at+jwt", "kid": ISSUER_KEY.thumbprint}
        check_refused(call(raw(header, claims())))


def test_the_issuers_public_key_used_as_a_shared_secret() -> None:
    """`alg: HS256`, keyed with the public key in the forms a library might hold it in."""
    key = public_key(ISSUER_KEY.public_jwk())
    unsigned = raw({"alg": "HS256", "typ": "at+jwt", "kid": ISSUER_KEY.thumbprint}, claims())
    signing_input = unsigned.rpartition(".")[0]
    for secret in (key.as_pem(), key.as_der(), json.dumps(ISSUER_KEY.public_jwk()).encode()):
        digest = hmac.digest(secret, signing_input.encode(), hashlib.sha256)
        forged = f"{signing_input}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"
        check_refused(call(forged))


def certificate_token() -> str:
    """A token bound to the system's key and to its TLS certificate."""
    digest = urlsafe_b64encode(hashlib.sha256(CERTIFICATE).digest()).rstrip(b"=").decode()
    return token(cnf={"jkt": SYSTEM.thumbprint, "x5t#S256": digest})


def test_a_token_bound_to_a_certificate_needs_that_certificate() -> None:
    """RFC 8705: with it yes, with another or without one no."""
    bound = certificate_token()

    assert door().authenticate(call(bound, client_certificate=CERTIFICATE))
    check_refused(call(bound, client_certificate=b"another"))
    check_refused(call(bound, client_certificate=None))


@given(at=st.integers(0, 2**16), character=st.sampled_from("Aa0_-.=~ \u00e9\u2028"))
def test_any_changed_character_of_the_token_is_refused(at: int, character: str) -> None:
    """Header, claims or signature."""
    good = token()
    at %= len(good)
    changed = good[:at] + character + good[at + 1 :]
    if changed != good:
        check_refused(replace(call(good), authorization=f"DPoP {changed}"))


def test_a_nest_of_brackets_in_a_token() -> None:
    """A body that breaks recursive parsers, well signed."""
    payload = "[" * 3_000
    nested = jws.serialize_compact(
        {"alg": "ES256", "typ": "at+jwt", "kid": ISSUER_KEY.thumbprint}, payload, ISSUER_KEY.key
    )
    check_refused(call(nested))


def test_a_claim_given_twice() -> None:
    """Two readers might each believe another one."""
    body = json.dumps(claims())
    twice = body[:-1] + ',"agency":"ashmere-housing-la"}'
    doubled = jws.serialize_compact(
        {"alg": "ES256", "typ": "at+jwt", "kid": ISSUER_KEY.thumbprint}, twice, ISSUER_KEY.key
    )
    check_refused(call(doubled))
