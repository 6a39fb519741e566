"""Every door of the broker is walked; the entry that it must have left is found in an export."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from broker import service
from broker.api import problems
from broker.api.app import create_app
from broker.commands.ledger import canonicals, head_of
from broker.demo.systems.sql import build_database
from broker.domain.words import EventKind, SubjectRole
from broker.ledger.export import entry_line, head_line, read_entries, read_head, verified
from broker.service.register import Register
from redaction.service import RedactionService
from tests import builders as a
from tests.api.doors import Doors, new_sqlite, open_doors
from tests.desk import incidents
from tests.flow.door_jobs import JOBS, REGISTER
from tests.flow.door_problems import PROBLEMS
from tests.flow.door_routes import ROUTES
from tests.flow.door_tables import Door, Walk, walked
from tests.mailboxes import mailbox_server
from tests.reviews import HELD_NOTE


@pytest.fixture
def walk(migrated_sqlite: Path, tmp_path: Path, redactor: RedactionService) -> Iterator[Walk]:
    """A county whose police hold a note that needs a person, and a checklist that does not."""
    _, checklist = incidents()
    police = build_database(tmp_path / "police.sqlite", (a.item(HELD_NOTE), checklist))
    systems = {"version": 1, "connectors": {"ashmere-police": police}}
    url = new_sqlite(migrated_sqlite, tmp_path)
    with (
        mailbox_server(tmp_path / "mailboxes") as mailbox,
        open_doors(url, tmp_path, redactor, mailbox_url=mailbox, connectors=systems) as doors,
    ):
        informant = a.person(SubjectRole.INFORMANT, "Wilhelmina Throssell")
        case = a.case(version=2, people=(*a.case().people, informant))
        Register(doors.desk.ledger, doors.desk.cases, doors.clock).case(case)
        told = {"police": str(tmp_path / "police.sqlite"), "folder": str(tmp_path)}
        yield Walk(doors=doors, told=told)


def check(walk: Walk, table: Sequence[Door], folder: Path) -> None:
    """Walk a table; hold what each row says against the log as it was exported afterwards."""
    spans = list(walked(walk, table))
    kinds = exported_kinds(walk.doors, folder / "log.jsonl")
    left = [(door.name, *kinds[before:after]) for door, before, after in spans]
    assert left == [(door.name, *door.leaves) for door in table]


def exported_kinds(doors: Doors, path: Path) -> list[EventKind]:
    """Write the log as `ledger export` does, read it back, and return the kind of every entry."""
    log = doors.desk.log
    head = head_of(log)
    with path.open("wb") as file:
        file.write(head_line(head))
        pages = canonicals(log, head.checkpoint.size)
        file.writelines(entry_line(entry) for entry in verified(head, pages))
    with path.open("rb") as file:
        return [entry.kind for entry in verified(read_head(file), read_entries(file))]


def routes_of(routes: Sequence[Any]) -> Iterator[str]:
    """Yield every method and path that an application answers, described or not."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from routes_of(route.original_router.routes)
        else:
            for method in sorted(set(route.methods) - {"HEAD"}):
                yield f"{method} {route.path}"


def test_there_is_a_row_for_every_route(walk: Walk) -> None:
    """Whoever adds an address says which entry it leaves: a route without a row fails here."""
    app = create_app(walk.doors.desk, base_url=walk.doors.base_url)
    paths: dict[str, dict[str, object]] = app.openapi()["paths"]
    described = {f"{method.upper()} {path}" for path, one in paths.items() for method in one}
    found = sorted(routes_of(app.routes))

    assert described <= set(found)
    assert found == sorted(door.name for door in ROUTES)


def test_every_route_leaves_its_entry(walk: Walk, tmp_path: Path) -> None:
    """One day of a county through every address: each left what its row says, and nothing else."""
    check(walk, ROUTES, tmp_path)


def test_there_is_a_row_for_every_kind_of_problem(walk: Walk, tmp_path: Path) -> None:
    """Each way of saying no has its row, and each no is in the log before it is said."""
    kinds = [one.name for one in vars(problems).values() if isinstance(one, problems.Kind)]
    assert {door.name for door in PROBLEMS} == set(kinds)

    check(walk, PROBLEMS, tmp_path)


def jobs_of(package: ModuleType) -> Iterator[str]:
    """Yield everything in a package that runs until it is told to stop."""
    for path in sorted(Path(str(package.__file__)).parent.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        bodies = {f"{one.name}.": one.body for one in tree.body if isinstance(one, ast.ClassDef)}
        for within, body in {"": tree.body, **bodies}.items():
            for one in body:
                if isinstance(one, ast.FunctionDef) and _is_told_to_stop(one):
                    yield f"{path.stem}.{within}{one.name}"


def _is_told_to_stop(function: ast.FunctionDef) -> bool:
    return any(one.arg == "stopped" for one in function.args.args)


def test_what_runs_by_itself_leaves_its_entry(walk: Walk, tmp_path: Path) -> None:
    """Each job has its rows, is run as a broker runs it, and is in the log with what it did."""
    assert {door.name for door in JOBS} == set(jobs_of(service))

    check(walk, JOBS, tmp_path)


def test_what_is_put_on_file_leaves_its_entry(walk: Walk, tmp_path: Path) -> None:
    """Whatever an administrator registers is an entry."""
    filed = [name for name in vars(Register) if not name.startswith("_")]
    assert [door.name for door in REGISTER] == filed

    check(walk, REGISTER, tmp_path)
