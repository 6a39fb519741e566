"""Whatever is sent: an answer that says what to do, repeats nothing, and is on record."""

import base64
import gzip
import json
import logging
import socket
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.api.limits import MAX_BODY_BYTES
from broker.api.problems import MEDIA_TYPE
from broker.domain.words import EventKind
from tests.api.doors import ASK, TOKEN_GONE, Doors, body

CANARY = "Perpetua-Quillfeather"
"""Stands for a client's name: sent in every place, it may come back from none."""
NOT_THE_BROKERS = ("httpx", "httpcore", "uvicorn.access")
"""The test's own client, and the server's log of addresses, which is off but for pytest's eyes."""
MEMBERS = {"type", "title", "status", "detail"}


def _json(**changes: object) -> bytes:
    return json.dumps(body(**changes)).encode()


def _raw(**members: str) -> bytes:
    """The common request with members written by hand, as JSON text."""
    plain = {name: json.dumps(value) for name, value in body().items()} | members
    return (
        "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in plain.items()) + "}"
    ).encode()


BODIES: Mapping[str, bytes] = {
    "empty": b"",
    "blank": b"   ",
    "not-json": CANARY.encode(),
    "cut-off": _json(reasons=CANARY)[:-1],
    "two-documents": _json() + _json(),
    "a-list": json.dumps([CANARY]).encode(),
    "a-string": json.dumps(CANARY).encode(),
    "a-number": b"1",
    "null": b"null",
    "nested-lists": b"[" * 10_000 + b"]" * 10_000,
    "nested-objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "nested-in-a-member": _raw(reasons="[" * 10_000 + "]" * 10_000),
    "member-twice": _json()[:-1] + b',"case_id":"MR-0418"}',
    "member-twice-below": _raw(reasons='{"a":1,"a":2}'),
    "byte-order-mark": b"\xef\xbb\xbf" + _json(),
    "utf-16": json.dumps(body()).encode("utf-16"),
    "not-utf-8": _json().replace(b"victim", b"\xff\xfe"),
    "not-a-number": _raw(since="NaN"),
    "infinity": _raw(since="-Infinity"),
    "endless-number": _raw(since="9" * 10_000),
    "unknown-member": _json(**{CANARY: 1}),
    "unknown-member-in-unicode": _json(**{f"{CANARY} \N{SNOWMAN}": 1}),
    "half-a-character": _raw(reasons=r'"\ud800"'),
    "half-a-character-in-a-name": _json()[:-1] + rb',"\ud800":1}',
    "missing-member": _json(case_id=None),
    "no-categories": _json(categories=[]),
    "a-category-twice": _json(categories=["tenancy", "tenancy"]),
    "too-many-categories": _json(categories=[f"c{n}" for n in range(17)]),
    "categories-in-one-string": _json(categories="tenancy"),
    "categories-in-an-object": _json(categories={"tenancy": 1}),
    "a-number-for-a-case": _json(case_id=417),
    "a-list-for-a-case": _json(case_id=[CANARY]),
    "a-name-for-a-case": _json(case_id="Perpetua Quillfeather"),
    "nul-in-a-case": _json(case_id="MR-0417\x00"),
    "new-line-after-a-case": _json(case_id="MR-0417\n"),
    "path-for-a-case": _json(case_id="../../etc/passwd"),
    "a-sentence-for-a-purpose": _json(purpose="because I want to"),
    "capitals-for-a-category": _json(categories=["TENANCY"]),
    "a-long-subject": _json(subject_id="s" * 65),
    "nul-in-reasons": _json(reasons=f"{CANARY}\x00"),
    "escape-in-reasons": _json(reasons=f"{CANARY}\x1b[2J"),
    "c1-control-in-reasons": _json(reasons=f"{CANARY}\x9b2J"),
    "long-reasons": _json(reasons="r" * 2_001),
    "seconds-for-a-date": _json(since=0),
    "seconds-as-text": _json(since="1700000000"),
    "no-such-day": _json(since="2026-02-30"),
    "year-10000": _json(since="10000-01-01"),
    "year-0": _json(since="0000-01-01"),
    "yes-for-a-date": _json(since=True),
}

CONSENTS: Mapping[str, Mapping[str, object]] = {
    "unknown-status": {"status": "perhaps"},
    "no-method": {"method": None},
    "empty-method": {"method": ""},
    "control-in-method": {"method": f"{CANARY}\x07"},
    "no-time-zone": {"expires_at": "2027-01-01T00:00:00"},
    "seconds-for-a-moment": {"expires_at": 1_800_000_000},
    "seconds-as-text": {"expires_at": "1800000000"},
    "a-moment-gone": {"expires_at": "2026-11-09T09:59:59Z"},
    "the-first-moment": {"expires_at": "0001-01-01T00:00:00+14:00"},
    "yes-as-text": {"interpreter_used": "yes"},
    "one-for-yes": {"perpetrator_present": 1},
    "misspelt-agency": {"status": "given-limited", "excluded_agencies": ["housing"]},
    "limits-on-a-full-yes": {"status": "given-explicit", "excluded_agencies": ["housing-la"]},
    "limits-on-a-no": {"status": "refused", "excluded_categories": ["tenancy"]},
    "unknown-member": {CANARY: CANARY},
}


class Watched:
    """Calls once and then looks at everything that came of it."""

    def __init__(self, doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
        """Start looking."""
        self.doors = doors
        self._size = doors.size()
        self._caplog = caplog
        caplog.set_level(logging.DEBUG)

    def check(self, answer: httpx.Response, status: int) -> str:
        """Check that it was refused as promised; return the name of the problem."""
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == MEDIA_TYPE
        problem = answer.json()
        assert set(problem) == MEMBERS
        assert problem["status"] == status
        assert len(problem["detail"]) > 10
        (entry,) = self.doors.since(self._size)
        assert entry.kind is EventKind.REQUEST_REJECTED
        kind = str(problem["type"]).removeprefix("urn:marac-broker:problem:")
        assert str(entry.detail["reason"]).startswith(f"{kind} at ")
        for told in (answer.text, str(answer.headers), entry.canonical.decode()):
            assert "Quillfeather" not in told
        self.check_log_lines()
        return kind

    def check_log_lines(self) -> None:
        """Check that no log line of the process repeats what was sent."""
        ours = [one for one in self._caplog.records if not one.name.startswith(NOT_THE_BROKERS)]
        lines = " ".join(f"{one.getMessage()} {one.exc_text}" for one in ours)
        assert "Quillfeather" not in lines
        assert "MR-0417" not in lines


@pytest.fixture
def watched(lasting_doors: Doors, caplog: pytest.LogCaptureFixture) -> Watched:
    """The common door, watched."""
    return Watched(lasting_doors, caplog)


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_says_nothing_we_take(watched: Watched, name: str) -> None:
    """A malformed, ambiguous or ill-typed body is refused, logged once and never repeated."""
    assert watched.check(watched.doors.post(BODIES[name]), 422) == "malformed"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "junk"])
def test_a_body_that_does_not_say_it_is_json(watched: Watched, kind: str) -> None:
    """A body of another kind is not read as JSON, whatever it looks like."""
    watched.check(watched.doors.post(_json(), **{"Content-Type": kind}), 422)


def test_a_packed_body(watched: Watched) -> None:
    """A compressed body is refused unread, so nothing can unfold in memory."""
    packed = gzip.compress(b" " * 10_000_000 + _json())
    assert len(packed) < MAX_BODY_BYTES
    watched.check(watched.doors.post(packed, **{"Content-Encoding": "gzip"}), 422)


def test_a_body_over_the_limit(watched: Watched) -> None:
    """One byte too many is too many; one byte fewer is read."""
    blank = b" " * (MAX_BODY_BYTES - len(_json(purpose="A")))
    answer = watched.doors.post(blank + b" " + _json(purpose="A"))
    assert watched.check(answer, 413) == "too-large"
    assert watched.doors.post(blank + _json(purpose="A")).status_code == 422


def test_a_body_over_the_limit_that_does_not_say_how_long_it_is(watched: Watched) -> None:
    """A chunked body is cut off as it arrives, long before its end."""
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 10_000
            yield CANARY.encode() * 500

    answer = watched.doors.call("POST", ASK, content=pieces())
    assert watched.check(answer, 413) == "too-large"


@pytest.mark.parametrize(
    ("since", "status"), [("0001-01-01", 202), ("9999-12-31", 201), ("2024-02-29", 201)]
)
def test_dates_at_the_ends_of_the_calendar(lasting_doors: Doors, since: str, status: int) -> None:
    """The first and the last day there are get an honest answer and break nothing."""
    assert lasting_doors.ask(f"date-{since}", since=since).status_code == status


def test_reasons_in_any_script(lasting_doors: Doors) -> None:
    """Reasons may be written in every language, over several lines, with pictures."""
    reasons = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{FIRE ENGINE} gefährdet\n危险\tخطر"
    assert lasting_doors.ask("reasons-0001", reasons=reasons).status_code == 201


@pytest.mark.parametrize("name", CONSENTS)
def test_a_consent_that_would_not_be_kept_as_meant(watched: Watched, name: str) -> None:
    """A statement of consent with a slip in it is refused, not kept without effect."""
    said = {"status": "withdrawn", "method": "telephone", **CONSENTS[name]}
    statement = {member: value for member, value in said.items() if value is not None}
    path = "/v1/cases/MR-0417/consents"
    watched.check(watched.doors.call("POST", path, "idva-1", json=statement), 422)


@pytest.mark.parametrize(
    "key", ["", "short", "k" * 65, f"{CANARY} 1", "key/../../x", "12345678\t9"]
)
def test_an_idempotency_key_that_is_none(watched: Watched, key: str) -> None:
    """A key of another form than documented is refused."""
    assert watched.check(watched.doors.post(_json(), key=key), 422) == "malformed"


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


_TEXT = st.text(max_size=20) | st.just(CANARY) | st.sampled_from(["MR-0417", "victim", "tenancy"])
_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_BODY = _VALUE | st.tuples(st.sampled_from([*body(), "since", "reasons", CANARY]), _VALUE).map(
    lambda change: {**body(case_id="MR-9999"), change[0]: change[1]}
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sent=_BODY)
def test_any_json_gets_a_problem_and_no_echo(lasting_doors: Doors, sent: object) -> None:
    """Whatever JSON arrives, the broker answers, stays up, repeats nothing and logs something."""
    size = lasting_doors.size()
    answer = lasting_doors.post(json.dumps(sent).encode(), key=f"any-{size:08d}")
    assert answer.status_code < 500
    assert "Quillfeather" not in answer.text
    assert answer.status_code < 400 or answer.headers["content-type"] == MEDIA_TYPE
    assert lasting_doors.size() > size
