"""Whatever a body holds: an answer that says what to do, repeats nothing, and is on record."""

import gzip
import json
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.api.limits import MAX_BODY_BYTES
from broker.api.problems import MEDIA_TYPE
from tests.api.doors import ASK, Doors, body
from tests.attack.watched import CANARY, Watched


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
    "misspelt-category": {"status": "given-limited", "excluded_categories": ["counseling-notes"]},
    "no-category": {"status": "given-limited", "excluded_categories": ["unknown"]},
    "limits-on-a-full-yes": {"status": "given-explicit", "excluded_agencies": ["housing-la"]},
    "limits-on-a-no": {"status": "refused", "excluded_categories": ["tenancy"]},
    "unknown-member": {CANARY: CANARY},
}


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
