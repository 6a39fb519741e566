"""The demo: a broker, the agencies' systems, one research round, and what anybody may check."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import policies
from broker.bootstrap import store_of
from broker.demo.after import before_and_after, tamper, timeline_lines
from broker.demo.county import county
from broker.demo.county.model import County, with_mailboxes
from broker.demo.office import SHEET, Sheet
from broker.demo.record import rows_of
from broker.demo.result import Result
from broker.demo.round import Asked, Round, http_for_offices
from broker.domain.case import Case
from broker.domain.errors import BrokerError
from broker.settings import embedded

START_SECONDS = 120.0
STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Collected:
    """What the round brought while the broker ran."""

    lists: int
    asked: tuple[Asked, ...]
    seconds: float
    timeline_of: str
    timeline: dict[str, Any]


def run(progress: Progress) -> tuple[County, Result]:
    """Run everything in a folder of its own and leave nothing behind.

    Raises:
        BrokerError: a part did not start; its own words are on standard error.

    """
    with tempfile.TemporaryDirectory(prefix="marac-demo-") as folder:
        state = Path(folder)
        with _broker(state, progress) as sheet, http_for_offices() as http:
            people = with_mailboxes(county(sheet.made_at), lambda one: sheet.mailboxes[one][0])
            collected = _collect(Round(sheet, people, http), people, progress)
        # The broker is gone; from here on only its files are looked at.
        return people, _look(state, people, collected)


@contextmanager
def _broker(state: Path, progress: Progress) -> Iterator[Sheet]:
    """Run `serve --county` as its own process until the end of the block."""
    waiting = progress.add_task("Starting the broker and the agencies' systems", total=None)
    command = [sys.executable, "-m", "broker.cli", "serve", "--state", str(state)]
    command += ["--county", "--port", "0", "--until-stdin-closes"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603  # our own program
    try:
        sheet = _wait(state / "county", process)
        progress.update(waiting, total=1, completed=1)
        yield sheet
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> Sheet:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (folder / SHEET).exists():
            sheet = Sheet.read(folder)
            try:
                if httpx.get(f"{sheet.base_url}/ready", trust_env=False).is_success:
                    return sheet
            except httpx.TransportError:
                pass
        time.sleep(0.1)
    raise BrokerError("The broker did not start; its own words are above.")


def _collect(office_round: Round, people: County, progress: Progress) -> _Collected:
    task = progress.add_task("The agencies ask, the broker answers", total=len(people.requests))
    lists = office_round.read_lists()
    started = time.monotonic()
    asked = office_round.run(lambda: progress.advance(task))
    seconds = time.monotonic() - started
    case = _most_shared(people, asked)
    answer = office_round.office(case.advocate).get(f"/v1/cases/{case.case_id}/timeline")
    return _Collected(
        lists=lists,
        asked=asked,
        seconds=seconds,
        timeline_of=case.case_id,
        timeline=answer.raise_for_status().json(),
    )


def _most_shared(people: County, asked: tuple[Asked, ...]) -> Case:
    """Return the case about which most was shared: its advocate has most to read."""
    shared = [one.planned.case_id for one in asked if one.opened]
    return max(people.cases, key=lambda one: (shared.count(one.case_id), one.case_id))


def _look(state: Path, people: County, collected: _Collected) -> Result:
    settings = embedded(state)
    policy = policies.load(today=people.meeting.opens_at.date())
    with closing(store_of(settings)) as store:
        rows = rows_of(collected.asked, store.log, store.cases, policy)
        checkpoint = store.log.verify()
    last = max((row.entry for row in rows if row.entry is not None), default=0)
    message, named = tamper(settings, last)
    return Result(
        lists=collected.lists,
        rows=rows,
        seconds=collected.seconds,
        before=before_and_after(people, collected.asked),
        timeline_of=collected.timeline_of,
        timeline=timeline_lines(collected.timeline),
        checkpoint=checkpoint.note,
        log_size=checkpoint.size,
        changed_entry=last,
        tampered=message,
        tampered_entry=named,
    )


def progress_bar() -> Progress:
    """Return the bar that a person watches; it writes to standard error and leaves no trace."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))
