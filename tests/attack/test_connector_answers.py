"""Attacks by a holder's HTTP system on the broker that reads it, and on those it must not reach."""

import gzip
import logging
from datetime import datetime

import pytest

from broker.domain.errors import (
    SettingsError,
    SourceError,
    SourceMismatchError,
    SourceUnavailableError,
)
from broker.domain.ids import AgencyId
from connectors.http import MAX_RESPONSE_BYTES
from connectors.router import SourceRouter
from tests.builders import NOW, permit
from tests.hostile import (
    DRIP,
    KEY,
    PERSON,
    QUERY,
    Make,
    answered,
    fhir,
    hostile_server,
    json_response,
    response,
    rest,
)

POLICE = AgencyId("ashmere-police")
BOTH = pytest.mark.parametrize("make", [rest, fhir])


class _Clock:
    def now(self) -> datetime:
        """Return the tests' own moment."""
        return NOW


@BOTH
def test_redirect_elsewhere_is_not_followed(make: Make) -> None:
    """A system that points elsewhere cannot make the broker take its key and question there."""
    reached: list[str] = []

    def elsewhere(target: str) -> bytes:
        reached.append(target)
        return json_response({})

    with hostile_server(elsewhere) as other, pytest.raises(SourceUnavailableError):
        answered(
            make,
            lambda _: response(b"", status="302 Found", headers=f"Location: {other}/x\r\n"),
        )

    assert reached == []


@BOTH
def test_answer_shorter_than_it_says_is_refused(make: Make) -> None:
    """An answer that breaks off before its announced length is not half a record."""
    with pytest.raises(SourceUnavailableError):
        answered(
            make, lambda _: json_response({"version": 1}).replace(b"Length: 1", b"Length: 9991")
        )


@BOTH
def test_endless_answer_is_cut_off(make: Make) -> None:
    """A system that never stops talking is cut off at the size limit."""
    endless = response(b" " * (MAX_RESPONSE_BYTES + 65_536))

    with pytest.raises(SourceMismatchError, match="bytes"):
        answered(make, lambda _: endless)


@BOTH
def test_packed_bomb_is_not_unpacked(make: Make) -> None:
    """A small compressed answer that would unpack into a huge one is refused."""
    packed = gzip.compress(b" " * 1_000_000)

    with pytest.raises(SourceMismatchError, match="compressed"):
        answered(make, lambda _: response(packed, headers="Content-Encoding: gzip\r\n"))


@BOTH
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"null", b'"x"'])
def test_what_is_not_the_format_is_refused(make: Make, body: bytes) -> None:
    """Broken, nested or foreign JSON stops the request; it does not crash the broker."""
    with pytest.raises(SourceMismatchError):
        answered(make, lambda _: response(body))


@BOTH
@pytest.mark.parametrize("status", ["401 No", "403 No", "429 Later", "500 Oops", "206 Partial"])
def test_failure_is_not_nothing_held(make: Make, status: str) -> None:
    """A refused key or a broken system is an error, never the answer that nothing is held."""
    with pytest.raises(SourceUnavailableError, match=status[:3]):
        answered(make, lambda _: response(b"{}", status=status))


@BOTH
def test_error_and_log_name_neither_person_nor_key(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong is told without the address, in which the person stands, and without keys."""
    caplog.set_level(logging.DEBUG)

    with pytest.raises(SourceError) as failed:
        answered(make, lambda _: response(b"{}", status="500 Oops"))

    for told in (str(failed.value), repr(failed.value.__cause__), caplog.text, repr(make)):
        assert PERSON not in told
        assert KEY not in told


@BOTH
def test_system_that_accepts_and_never_answers_is_given_up(make: Make) -> None:
    """A holder that hangs costs one request its time box."""
    with hostile_server(lambda _: None) as url:
        holder = SourceRouter({POLICE: make(url)}, _Clock(), fetch_seconds=0.3)
        with pytest.raises(SourceUnavailableError, match="in time"):
            holder.fetch(permit())


@BOTH
def test_answer_that_drips_for_ever_is_given_up_by_the_reader_itself(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that arrives a byte at a time does not keep a thread of the broker for ever."""
    for room in ("rest", "fhir"):
        monkeypatch.setattr(f"connectors.{room}.MAX_FETCH_SECONDS", 0.3)
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + DRIP

    with pytest.raises(SourceUnavailableError, match="in time"):
        answered(make, lambda _: endless)


@BOTH
def test_closed_door_is_an_error_of_the_source(make: Make) -> None:
    """A system that is down is reported as such, without the address."""
    with hostile_server(lambda _: None) as url:
        gone = url
    with pytest.raises(SourceUnavailableError) as failed:
        make(gone).fetch(QUERY)

    assert gone not in str(failed.value)


@BOTH
@pytest.mark.parametrize(
    "url",
    [
        "http://records.example/api",
        "ftp://127.0.0.1/api",
        "file:///etc/passwd",
        "https://key@records.example/api",
        "https://records.example/api?key=1",
        "http://127.0.0.1.example/api",
        "",
    ],
)
def test_unsafe_address_is_refused_at_the_start(make: Make, url: str) -> None:
    """Plain HTTP to other machines, other schemes and passwords in addresses stop the start."""
    with pytest.raises(SettingsError):
        make(url)
