"""The research round before the meeting, made over HTTP as the agencies would."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from broker.demo.county.model import County, PlannedRequest
from broker.demo.office import CALL_SECONDS, Office, Sheet
from broker.domain.ids import PractitionerId
from keys.opening import OpenedPackage

AT_ONCE = 4
"""Practitioners at work at the same moment."""
COLLECT_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request and what came of it, as its requester sees it.

    Args:
        status: HTTP status: 201 released, 202 a person has to act, 404 no information.
        opened: the package, opened by its recipient; None where nothing was released.

    """

    planned: PlannedRequest
    request_id: str
    status: int
    answer: dict[str, Any]
    opened: OpenedPackage | None = field(repr=False)
    seconds: float


class Round:
    """All requests of the county's plan."""

    def __init__(self, sheet: Sheet, county: County, http: httpx.Client) -> None:
        """Open the offices; nobody asks yet."""
        self._county = county
        self._http = http
        self._sheet = sheet
        people = {one.requester for one in county.requests}
        people |= {one.recipient for one in county.requests if one.recipient in county.recipients}
        self._offices = {one: self.office(one) for one in sorted(people)}

    def office(self, practitioner_id: PractitionerId) -> Office:
        """Return one practitioner's office."""
        agency_id = self._county.practitioner(practitioner_id).agency_id
        return Office(self._sheet, self._http, agency_id, practitioner_id)

    def read_lists(self) -> int:
        """Read the meeting's list in every office, as all do first; return how many have one."""
        path = f"/v1/meetings/{self._county.meeting.meeting_id}/cases"
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = pool.map(lambda office: office.get(path), self._offices.values())
            return sum(one.is_success for one in answers)

    def run(self, progress: Callable[[], None]) -> tuple[Asked, ...]:
        """Make every request, AT_ONCE at a time; `progress` is called after each."""

        def one(numbered: tuple[int, PlannedRequest]) -> Asked:
            asked = self._ask(*numbered)
            progress()
            return asked

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return tuple(pool.map(one, enumerate(self._county.requests, start=1)))

    def _ask(self, number: int, planned: PlannedRequest) -> Asked:
        request_id = f"round-{number:04d}"
        started = time.monotonic()
        office = self._offices[planned.requester]
        answer = office.ask(planned, self._county.meeting.meeting_id, request_id)
        seconds = time.monotonic() - started
        body: dict[str, Any] = answer.json()
        released = body.get("disclosure_id")
        opened = self._receive(planned, released) if released else None
        return Asked(
            planned=planned,
            request_id=request_id,
            status=answer.status_code,
            answer=body,
            opened=opened,
            seconds=seconds,
        )

    def _receive(self, planned: PlannedRequest, disclosure_id: str) -> OpenedPackage:
        """Wait for the mailbox, open, acknowledge: as the recipient."""
        office = self._offices[planned.recipient]
        deadline = time.monotonic() + COLLECT_SECONDS
        while (package := office.collect(disclosure_id)) is None:
            if time.monotonic() > deadline:
                raise TimeoutError("A package was logged and did not reach its mailbox in time.")
            time.sleep(0.05)
        opened = office.open(package, disclosure_id)
        office.acknowledge(disclosure_id).raise_for_status()
        return opened


def http_for_offices() -> httpx.Client:
    """Return the connections that the offices share, because they share this machine."""
    limits = httpx.Limits(max_connections=4 * AT_ONCE)
    return httpx.Client(timeout=CALL_SECONDS, limits=limits, trust_env=False)
