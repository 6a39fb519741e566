"""Attacks by a holder's HTTP system on the broker that reads it, and on those it must not reach."""

import gzip
import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import date
from itertools import count

import pytest

from broker.domain.errors import (
    DeliveryError,
    SettingsError,
    SourceError,
    SourceMismatchError,
    SourceUnavailableError,
)
from broker.domain.ids import DisclosureId
from broker.domain.ports import Connector
from broker.domain.record import RecordItem, RecordQuery
from connectors.fhir import FhirConnector
from connectors.fhir_items import RECORD_CATEGORY_SYSTEM
from connectors.http import MAX_RESPONSE_BYTES, HttpApi
from connectors.mailbox import HttpMailbox
from connectors.rest import RestConnector
from tests.builders import item
from tests.hostile import Answer, hostile_server, response

Make = Callable[[str], Connector]
KEY = "a-bearer-key-nobody-may-see"
PERSON = "9990000123"
NUMBERS = "urn:numbers"
QUERY = RecordQuery(subject_ref=PERSON, categories=(item().category,), since=date(2020, 1, 1))


def rest(url: str) -> Connector:
    """A connector to a REST API at the address."""
    return RestConnector(agency="ashmere-x", api=HttpApi(url=url, key=KEY))


def fhir(url: str) -> Connector:
    """A connector to a FHIR API at the address."""
    return FhirConnector(
        agency="ashmere-x", api=HttpApi(url=url, key=KEY), identifier_system=NUMBERS
    )


BOTH = pytest.mark.parametrize("make", [rest, fhir])


def _answered(make: Make, answer: Answer) -> list[RecordItem]:
    with hostile_server(answer) as url:
        return list(make(url).fetch(QUERY))


def _json(said: object, **keywords: str) -> bytes:
    return response(json.dumps(said).encode(), **keywords)


@BOTH
def test_redirect_elsewhere_is_not_followed(make: Make) -> None:
    """A system that points elsewhere cannot make the broker take its key and question there."""
    reached: list[str] = []

    def elsewhere(target: str) -> bytes:
        reached.append(target)
        return _json({})

    with hostile_server(elsewhere) as other, pytest.raises(SourceUnavailableError):
        _answered(
            make,
            lambda _: response(b"", status="302 Found", headers=f"Location: {other}/x\r\n"),
        )

    assert reached == []


@BOTH
def test_answer_shorter_than_it_says_is_refused(make: Make) -> None:
    """An answer that breaks off before its announced length is not half a record."""
    with pytest.raises(SourceUnavailableError):
        _answered(make, lambda _: _json({"version": 1}).replace(b"Length: 1", b"Length: 9991"))


@BOTH
def test_endless_answer_is_cut_off(make: Make) -> None:
    """A system that never stops talking is cut off at the size limit."""
    endless = response(b" " * (MAX_RESPONSE_BYTES + 65_536))

    with pytest.raises(SourceMismatchError, match="bytes"):
        _answered(make, lambda _: endless)


@BOTH
def test_packed_bomb_is_not_unpacked(make: Make) -> None:
    """A small compressed answer that would unpack into a huge one is refused."""
    packed = gzip.compress(b" " * 1_000_000)

    with pytest.raises(SourceMismatchError, match="compressed"):
        _answered(make, lambda _: response(packed, headers="Content-Encoding: gzip\r\n"))


@BOTH
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"null", b'"x"'])
def test_what_is_not_the_format_is_refused(make: Make, body: bytes) -> None:
    """Broken, nested or foreign JSON stops the request; it does not crash the broker."""
    with pytest.raises(SourceMismatchError):
        _answered(make, lambda _: response(body))


@BOTH
@pytest.mark.parametrize("status", ["401 No", "403 No", "429 Later", "500 Oops", "206 Partial"])
def test_failure_is_not_nothing_held(make: Make, status: str) -> None:
    """A refused key or a broken system is an error, never the answer that nothing is held."""
    with pytest.raises(SourceUnavailableError, match=status[:3]):
        _answered(make, lambda _: response(b"{}", status=status))


@BOTH
def test_error_and_log_name_neither_person_nor_key(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong is told without the address, in which the person stands, and without keys."""
    caplog.set_level(logging.DEBUG)

    with pytest.raises(SourceError) as failed:
        _answered(make, lambda _: response(b"{}", status="500 Oops"))

    for told in (str(failed.value), repr(failed.value.__cause__), caplog.text, repr(make)):
        assert PERSON not in told
        assert KEY not in told


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


# --- REST ---


def _page(**changes: object) -> Mapping[str, object]:
    record = {
        "id": "R1",
        "person": PERSON,
        "category": "incident-summary",
        "title": "Visit",
        "recorded_on": "2026-01-02",
        "fields": [{"name": "by", "value": "duty"}],
        "text": "Seen.",
    }
    page = {"version": 1, "person": PERSON, "records": [record], "next": None}
    return {**page, **changes}


def test_rest_page_as_described_is_read() -> None:
    """The page that the attacks below spoil is itself a good one."""
    (found,) = _answered(rest, lambda _: _json(_page()))

    assert (found.subject_ref, found.text) == (PERSON, "Seen.")


@pytest.mark.parametrize(
    "page",
    [
        _page(person="another"),
        _page(version=2),
        _page(version="1"),
        _page(extra="x"),
        _page(records=None),
        _page(records=[{"id": "R1"}]),
        {"records": []},
    ],
)
def test_rest_page_outside_the_api_is_refused(page: Mapping[str, object]) -> None:
    """Another person, another version, unknown or missing members: nothing of the page is used."""
    with pytest.raises(SourceMismatchError) as failed:
        _answered(rest, lambda _: _json(page))

    assert PERSON not in str(failed.value)


def test_rest_pages_without_end_are_refused() -> None:
    """A cursor that always leads on does not keep the broker reading."""
    numbers = count()

    with pytest.raises(SourceMismatchError, match="pages"):
        _answered(rest, lambda _: _json(_page(next=str(next(numbers)))))


# --- FHIR ---


def _patient(**changes: object) -> Mapping[str, object]:
    patient = {
        "resourceType": "Patient",
        "id": "p-1",
        "identifier": [{"system": NUMBERS, "value": PERSON}],
    }
    return {**patient, **changes}


def _document(**changes: object) -> Mapping[str, object]:
    document = {
        "resourceType": "DocumentReference",
        "id": "d-1",
        "status": "current",
        "subject": {"reference": "Patient/p-1"},
        "category": [{"coding": [{"system": RECORD_CATEGORY_SYSTEM, "code": "incident-summary"}]}],
        "description": "Letter",
        "context": {"period": {"start": "2026-01-02"}},
        "content": [{"attachment": {"contentType": "text/plain", "data": "U2Vlbi4="}}],
    }
    return {**document, **changes}


def _bundle(*resources: object, **changes: object) -> Mapping[str, object]:
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **changes}


def _server(patients: Mapping[str, object], documents: Mapping[str, object]) -> Answer:
    return lambda target: _json(patients if "/Patient?" in target else documents)


def test_fhir_answer_as_described_is_read() -> None:
    """The answers that the attacks below spoil are themselves good ones."""
    (found,) = _answered(fhir, _server(_bundle(_patient()), _bundle(_document())))

    assert (found.subject_ref, found.title, found.text) == (PERSON, "Letter", "Seen.")


OUTCOME = {"resourceType": "OperationOutcome", "issue": []}
LOOP = [{"relation": "next", "url": "DocumentReference?page=again"}]


@pytest.mark.parametrize(
    ("patients", "documents"),
    [
        (_bundle(_patient(identifier=[{"system": NUMBERS, "value": "1"}])), _bundle()),
        (_bundle(_patient(identifier=[{"system": "urn:x", "value": PERSON}])), _bundle()),
        (_bundle(_patient(), _patient(id="p-2")), _bundle()),
        (_bundle(_patient(id="../p-1")), _bundle()),
        (_bundle(_patient(id=None)), _bundle()),
        (_bundle(OUTCOME), _bundle()),
        (OUTCOME, _bundle()),
        (_bundle(_patient()), OUTCOME),
        (_bundle(_patient()), _bundle(_patient())),
        (_bundle(_patient()), _bundle(None)),
        (_bundle(_patient()), _bundle(_document(subject={"reference": "Patient/p-2"}))),
        (_bundle(_patient()), _bundle(_document(subject={"display": "Mara"}))),
        (_bundle(_patient()), _bundle(_document(subject=None))),
        (
            _bundle(_patient()),
            _bundle(_document(subject={"reference": "https://elsewhere.example/Patient/p-1"})),
        ),
        (_bundle(_patient()), _bundle(link=LOOP)),
        (
            _bundle(_patient()),
            _bundle(link=[{"relation": "next", "url": "http://127.0.0.1:9/api/more"}]),
        ),
        (
            _bundle(_patient()),
            _bundle(
                _document(
                    content=[
                        {"attachment": {"contentType": "text/plain", "url": "file:///etc/passwd"}}
                    ]
                )
            ),
        ),
        (
            _bundle(_patient()),
            _bundle(
                _document(content=[{"attachment": {"contentType": "text/plain", "data": "//79"}}])
            ),
        ),
    ],
)
def test_fhir_answer_about_somebody_or_something_else_is_refused(
    patients: Mapping[str, object], documents: Mapping[str, object]
) -> None:
    """Another patient, two patients, outcomes, other types, loops, links away: all of it stops."""
    with pytest.raises(SourceMismatchError) as failed:
        _answered(fhir, _server(patients, documents))

    assert PERSON not in str(failed.value)


def test_fhir_link_away_is_not_visited() -> None:
    """A next page on another server is not fetched: the question and the key stay here."""
    reached: list[str] = []

    def elsewhere(target: str) -> bytes:
        reached.append(target)
        return _json(_bundle())

    with hostile_server(elsewhere) as other:
        link = [{"relation": "next", "url": f"{other}/DocumentReference?page=2"}]
        with pytest.raises(SourceMismatchError, match="somewhere else"):
            _answered(fhir, _server(_bundle(_patient()), _bundle(link=link)))

    assert reached == []


# --- Delivery ---


@pytest.fixture
def mailbox() -> HttpMailbox:
    """The broker's side of delivery."""
    return HttpMailbox()


@pytest.mark.parametrize("status", ["302 Found", "400 No", "404 No", "409 Other", "500 Oops"])
def test_mailbox_that_does_not_take_the_package_is_told_so(
    mailbox: HttpMailbox, status: str
) -> None:
    """Only an explicit yes counts as delivered; a redirect is not one."""
    with (
        hostile_server(lambda _: response(b"", status=status)) as url,
        pytest.raises(DeliveryError, match=status[:3]),
    ):
        mailbox.deliver(url, DisclosureId("a" * 32), b"sealed")


@pytest.mark.parametrize(
    ("url", "disclosure"),
    [
        ("http://mailbox.example/box", "a" * 32),
        ("http://127.0.0.1:9/box/../other", "a" * 32),
        ("", "a" * 32),
        ("http://127.0.0.1:9/box", "../../other/packages/x"),
        ("http://127.0.0.1:9/box", "A" * 32),
        ("http://127.0.0.1:9/box", "a" * 32),
    ],
)
def test_mailbox_address_that_leads_elsewhere_is_refused(
    mailbox: HttpMailbox, url: str, disclosure: str
) -> None:
    """Addresses that climb, lack encryption or do not answer leave the package in the outbox."""
    with pytest.raises(DeliveryError) as failed:
        mailbox.deliver(url, DisclosureId(disclosure), b"sealed")

    assert "127.0.0.1" not in str(failed.value)


def test_silent_mailbox_does_not_hold_delivery_up(
    mailbox: HttpMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mailbox that accepts and never answers is given up; the package waits."""
    monkeypatch.setattr("connectors.mailbox.DELIVERY_SECONDS", 0.3)
    started = time.monotonic()

    with hostile_server(lambda _: None) as url, pytest.raises(DeliveryError):
        mailbox.deliver(url, DisclosureId("a" * 32), b"sealed")

    assert time.monotonic() - started < 5
