"""The doors of held records: what they document, page and accept, and the commands before them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from broker.api import review_schemas as schemas
from broker.cli import app
from broker.commands import reviews
from broker.domain.words import EventKind
from broker.service import review as review_service
from redaction.service import RedactionService
from tests.api.doors import new_sqlite
from tests.reviews import HIDDEN, REVIEWS, Town, reviewing_town

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def town(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, redactor: RedactionService
) -> Iterator[Town]:
    """A broker that the tests of this module share; each holds a record of its own."""
    folder = tmp_path_factory.mktemp("town")
    with reviewing_town(new_sqlite(migrated_sqlite, folder), folder, redactor) as opened:
        yield opened


def _examples(model: type[BaseModel]) -> list[dict[str, object]]:
    config: Any = model.model_config
    found: list[dict[str, object]] = config["json_schema_extra"]["examples"]
    return found


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (model, example)
        for model in (
            schemas.WaitingOut,
            schemas.QueueOut,
            schemas.ReviewOut,
            schemas.EditsBody,
            schemas.ReleaseBody,
            schemas.RefuseBody,
            schemas.SaidOut,
        )
        for example in _examples(model)
    ],
)
def test_the_examples_are_true(model: type[BaseModel], example: Mapping[str, object]) -> None:
    """Each example reads back as what it is an example of, and comes out as it went in."""
    assert model.model_validate(example).model_dump(mode="json", exclude_unset=True) == example


def test_a_queue_says_what_holds_a_record_and_nothing_of_what_is_in_it(town: Town) -> None:
    """What waits, since when, until when and why, in words; reading it is logged with a number."""
    review = town.held("request-0010")
    size = town.doors.size()
    (one,) = (one for one in town.queue() if one["review_id"] == review)

    assert (one["flags"], one["state"], one["case_id"]) == (["party-name"], "waiting", "MR-0417")
    assert one["held_at"] < one["due_at"] < one["expires_at"]
    assert HIDDEN not in str(one)
    (read,) = town.doors.since(size)
    assert (read.kind, read.case_tag) == (EventKind.REVIEWS_READ, None)


def test_a_long_queue_comes_in_pages(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page says where the next begins, and together they are the queue, each review once."""
    for number in range(3):
        town.held(f"request-002{number}")
    monkeypatch.setattr(review_service, "PAGE", 2)
    found, after = [], ""
    while True:
        page = town.doors.call("GET", f"{REVIEWS}{after}", "police-1").json()
        assert len(page["reviews"]) <= 2
        found += [one["review_id"] for one in page["reviews"]]
        if page["next"] is None:
            break
        after = f"?after={page['next']}"

    assert len(found) == len(set(found)) >= 3


@pytest.mark.parametrize(
    "after", ["1", "x-" + "0" * 32, "-1-" + "0" * 32, "9" * 18 + "-" + "0" * 32]
)
def test_a_page_that_is_none_is_malformed(town: Town, after: str) -> None:
    """A cursor is what a page gave, and nothing that somebody wrote."""
    assert town.doors.call("GET", f"{REVIEWS}?after={after}", "police-1").status_code == 422


@dataclass(frozen=True, slots=True)
class _Office:
    """An office whose tokens are the tests' own; everything it calls is real."""

    town: Town
    who: str

    def get(self, path: str) -> httpx.Response:
        """Read."""
        return self.town.doors.call("GET", path, self.who)

    def post(self, path: str, body: object = None) -> httpx.Response:
        """Send."""
        return self.town.doors.call("POST", path, self.who, json=body)

    def put(self, path: str, body: object) -> httpx.Response:
        """Put."""
        return self.town.doors.call("PUT", path, self.who, json=body)


@pytest.fixture
def run(town: Town, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as one of the town's people."""

    @contextmanager
    def office_of(who: str) -> Iterator[tuple[None, _Office]]:
        yield None, _Office(town, who)

    monkeypatch.setattr(reviews, "office_of", office_of)

    def command(*words: str, who: str = "police-1") -> Result:
        return CliRunner().invoke(app, ["reviews", *words, "--as", who])

    return command


def test_a_record_is_seen_to_by_command(town: Town, run: Run) -> None:
    """Listed, shown with what holds it marked, edited, shown as it would leave, and released."""
    review = town.held("request-0030")
    listed = run("list")
    assert f"{review}\twaiting\t" in listed.stdout
    shown = run("show", review)
    assert f"\N{MUCH LESS-THAN}{HIDDEN}\N{MUCH GREATER-THAN}" in shown.stdout
    assert "may not be released as it is" in shown.stdout
    (line,) = (one for one in shown.stdout.splitlines() if "party-name at" in one)
    start, end = line.split(" at ")[1].split(",")[0].split(":")

    edited = run("edit", review, "--take-out", f"0:2:{start}:{end}:informant-identity")
    assert HIDDEN not in edited.stdout
    assert "[name removed: informant-identity]" in edited.stdout
    assert "may be released" in edited.stdout
    digest = edited.stdout.rpartition("digest: ")[2].split()[0]
    released = run("release", review, "--seen", digest)
    assert released.exit_code == 0
    assert released.stdout.startswith(f"{review}\treleased\t")


def test_a_record_is_refused_by_command(town: Town, run: Run) -> None:
    """With a reason; afterwards there is no such record."""
    review = town.held("request-0031")
    assert (
        run("refuse", review, "--because", "Not ours to give.").stdout.split("\t")[1] == "refused"
    )
    gone = run("show", review)

    assert (gone.exit_code, gone.stdout) == (1, "")
    assert "no information available" in gone.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("edit", "0" * 32, "--take-out", "0:2:5"),
        ("edit", "0" * 32, "--take-out", "0:2:-5:7:privilege"),
        ("edit", "0" * 32, "--explain", "a:b:c:d:e"),
        ("edit", "0" * 32, "--leave-out", "0"),
    ],
    ids=["short", "negative", "words", "half"],
)
def test_a_place_that_is_none_is_one_sentence(run: Run, words: tuple[str, ...]) -> None:
    """A slip of the hand ends before anything is sent, and says how places are written."""
    done = run(*words)
    assert done.exit_code == 2
    assert "Write" in done.stderr
