"""Headers and addresses that are none: a problem document, no echo, one entry in the log."""

import base64
import json
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest

from broker.api.problems import MEDIA_TYPE
from tests.api.doors import ASK, TOKEN_GONE, body
from tests.attack.watched import CANARY, Watched


@pytest.mark.parametrize(
    "key", ["", "short", "k" * 65, f"{CANARY} 1", "key/../../x", "12345678\t9"]
)
def test_an_idempotency_key_that_is_none(watched: Watched, key: str) -> None:
    """A key of another form than documented is refused."""
    assert (
        watched.check(watched.doors.post(json.dumps(body()).encode(), key=key), 422) == "malformed"
    )


def test_no_idempotency_key(watched: Watched) -> None:
    """Without a key a repeat could release twice, so there is no request without one."""
    watched.check(watched.doors.call("POST", ASK, json=body()), 422)


def test_two_idempotency_keys(watched: Watched) -> None:
    """Two keys are none: a proxy might act on the other one."""
    proved = watched.doors.headers("POST", ASK)
    headers = [*proved.items(), ("Idempotency-Key", "first-key"), ("Idempotency-Key", "other-key")]
    answer = watched.doors.http.post(f"{watched.doors.base_url}{ASK}", headers=headers, json=body())
    assert watched.check(answer, 422) == "invalid-request"


def test_a_key_used_for_something_else(watched: Watched) -> None:
    """The same key with another body is refused, and says to take a new key."""
    watched.doors.ask("used-already")
    again = Watched(watched.doors, watched._caplog)
    answer = watched.doors.ask("used-already", reasons=CANARY)
    assert again.check(answer, 409) == "idempotency-conflict"


def test_a_request_for_somebody_elses_mailbox(watched: Watched) -> None:
    """Asking on behalf of another agency is refused alike whether the recipient exists or not."""
    first = watched.doors.ask("elsewhere-1", recipient="probation-1")
    assert watched.check(first, 422) == "invalid-request"
    second = watched.doors.ask("elsewhere-2", recipient=CANARY)
    assert second.content == first.content


HEADERS: Mapping[str, tuple[tuple[str, bytes | None], ...]] = {
    "no-token": (("Authorization", None),),
    "no-proof": (("DPoP", None),),
    "nothing": (("Authorization", None), ("DPoP", None)),
    "empty-token": (("Authorization", b""),),
    "another-scheme": (("Authorization", b"Bearer " + CANARY.encode()),),
    "junk-token": (("Authorization", b"DPoP " + CANARY.encode()),),
    "junk-proof": (("DPoP", CANARY.encode()),),
    "token-beyond-ascii": (("Authorization", b"DPoP \xff\xfe"),),
    "proof-beyond-ascii": (("DPoP", b"\xff\xfe"),),
    "huge-token": (("Authorization", b"DPoP " + b"x" * 60_000),),
    "huge-proof": (("DPoP", b"x" * 60_000),),
    "nested-proof": (("DPoP", base64.urlsafe_b64encode(b"[" * 5_000) + b".e30.AA"),),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_prove_nothing(watched: Watched, name: str) -> None:
    """A token or proof that is missing or broken is answered 401, the same way for each fault."""
    proved = {one: value.encode() for one, value in watched.doors.headers("POST", ASK).items()}
    changed = {**proved, **dict(HEADERS[name])}
    sent = [(one, value) for one, value in changed.items() if value is not None]
    url = f"{watched.doors.base_url}{ASK}"
    answer = watched.doors.http.post(url, headers=sent, json=body())  # type: ignore[arg-type]
    assert watched.check(answer, 401) == "authentication"
    assert answer.headers["www-authenticate"].startswith("DPoP ")
    assert answer.content == watched.doors.http.post(url, json=body()).content


@pytest.mark.parametrize("name", ["Authorization", "DPoP"])
def test_a_header_sent_twice(watched: Watched, name: str) -> None:
    """Two tokens or two proofs are none."""
    proved = list(watched.doors.headers("POST", ASK).items())
    twice = [*proved, *(one for one in proved if one[0] == name)]
    answer = watched.doors.http.post(f"{watched.doors.base_url}{ASK}", headers=twice, json=body())
    watched.check(answer, 401)


def test_a_proof_serves_once(watched: Watched) -> None:
    """A call that is replayed to the letter is refused."""
    path = "/v1/meetings/ashmere-2026-11/cases"
    proved = watched.doors.headers("GET", path)
    url = f"{watched.doors.base_url}{path}"
    assert watched.doors.http.get(url, headers=proved).status_code == 200
    again = Watched(watched.doors, watched._caplog)
    again.check(watched.doors.http.get(url, headers=proved), 401)


@pytest.mark.parametrize("host", ["evil.example/v1/ready?", "a/b#", "user@x:1", "\x7f"])
def test_a_host_header_cannot_move_a_proof_to_another_address(watched: Watched, host: str) -> None:
    """What a proof is held against is the path that was routed, whatever Host says."""
    path = "/v1/meetings/ashmere-2026-11/cases"
    stolen = watched.doors.headers("GET", "/v1/ready")
    url = f"{watched.doors.base_url}{path}"
    answer = watched.doors.http.get(url, headers={**stolen, "Host": host})
    if answer.headers["content-type"] == MEDIA_TYPE:  # Some of these the server itself refuses.
        watched.check(answer, 401)
    assert answer.status_code in (400, 401)


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", f"/v1/cases/{CANARY}/history", 404, "no-such-address"),
        ("GET", f"/{CANARY}", 404, "no-such-address"),
        ("GET", f"/?{CANARY}=1", 404, "no-such-address"),
        ("GET", "/v1/log/checkpoint/", 404, "no-such-address"),
        ("GET", "/v1/../../etc/passwd", 404, "no-such-address"),
        ("DELETE", "/v1/cases/MR-0417/timeline", 405, "method"),
        ("OPTIONS", ASK, 405, "method"),
        ("GET", ASK, 405, "method"),
        ("GET", "/v1/log/inclusion", 422, "malformed"),
        ("GET", f"/v1/log/inclusion?index={CANARY}&size=1", 422, "malformed"),
        ("GET", "/v1/log/inclusion?index=-1&size=1", 422, "malformed"),
        ("GET", f"/v1/log/inclusion?index=1&size={10**30}", 422, "malformed"),
        ("GET", "/v1/log/inclusion?index=1&size=1", 422, "invalid-request"),
        ("GET", f"/v1/log/inclusion?index=1&size={2**53}", 422, "invalid-request"),
        ("GET", "/v1/log/consistency?old_size=2&new_size=1", 422, "invalid-request"),
        ("GET", "/v1/log/consistency?old_size=0&new_size=1", 422, "malformed"),
    ],
)
def test_an_address_that_is_none(
    watched: Watched, method: str, path: str, status: int, kind: str
) -> None:
    """Addresses, methods and numbers that do not exist are problems too, and logged."""
    answer = watched.doors.http.request(method, f"{watched.doors.base_url}{path}")
    assert watched.check(answer, status) == kind
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/cases/%00/timeline",
        "/v1/cases/MR-0417%00/timeline",
        f"/v1/cases/{'x' * 65}/timeline",
        f"/v1/cases/{CANARY}%20{CANARY}/timeline",
        "/v1/disclosures/%F0%9F%94%A5",
        "/v1/meetings/..%5C..%5C/cases",
        "/v1/meetings/a%3Fb/cases",
    ],
)
def test_an_address_with_something_else_in_it(watched: Watched, path: str) -> None:
    """An id that no id can be is refused before it is looked up."""
    answer = watched.doors.call("GET", path, "idva-1")
    assert watched.check(answer, 422) == "malformed"


def test_an_address_that_is_no_text(watched: Watched) -> None:
    """Bytes that are no text cannot be what a proof was made for."""
    watched.check(watched.doors.call("GET", "/v1/cases/%FF%FE/timeline", "idva-1"), 401)


def test_bytes_that_are_no_query(watched: Watched) -> None:
    """A query that is not text in any encoding is no reason to fall over."""
    path = "/v1/meetings/ashmere-2026-11/cases"
    proved = watched.doors.headers("GET", path)
    lines = [f"GET {path}?".encode() + b"\xff\xfe HTTP/1.1", b"Host: broker", b"Connection: close"]
    lines += [f"{name}: {value}".encode() for name, value in proved.items()]
    to = urlsplit(watched.doors.base_url)
    with socket.create_connection((str(to.hostname), to.port or 0), timeout=10) as connection:
        connection.sendall(b"\r\n".join([*lines, b"", b""]))
        answered = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answered.split(b" ", 2)[1] in (b"200", b"400")


def test_a_token_that_has_expired(watched: Watched) -> None:
    """A token is refused once its time is over, even with a fresh proof."""
    path = "/v1/meetings/ashmere-2026-11/cases"
    token = watched.doors.token("housing-1")
    watched.doors.clock.advance(TOKEN_GONE)
    try:
        proved = watched.doors.headers("GET", path) | {"Authorization": f"DPoP {token}"}
        watched.check(watched.doors.http.get(watched.doors.base_url + path, headers=proved), 401)
    finally:
        watched.doors.clock.advance(-TOKEN_GONE)
