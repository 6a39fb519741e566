"""`marac-broker policies draft` and on: put a pack in force at a running broker, as an IG lead."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import httpx
import typer

from broker.commands.policy_options import told
from broker.commands.research import body_of, office_of
from broker.demo.office import Office
from broker.domain.errors import InvalidRequestError
from policies.reading import files_of

SHORTEST_PREFIX = 6
"""Digits of a version that are enough to name it, where no other begins alike."""
SHOWN_DIGITS = 12
_PATH = "/v1/policies"

Who = Annotated[str, typer.Option("--as", help="IG lead of the county, such as coordinator-3.")]
Version = Annotated[str, typer.Argument(help="The version, or its first digits.")]


def draft(
    who: Who,
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder of a pack; else the packaged one."),
    ] = None,
) -> None:
    """Put a pack on file at the broker as a draft, and write its version."""
    with told():
        files = files_of(directory)
    sent = [
        {"name": name, "content": b64encode(content).decode()} for name, content in files.items()
    ]
    with _office(who) as office:
        typer.echo(body_of(office.post(_PATH, {"files": sent}))["version"])


def submit(version: Version, who: Who) -> None:
    """Say that a draft is ready; the broker names everything that is wrong with it."""
    with _office(who) as office:
        _tell(_step(office, version, "submit"))


def approve(version: Version, who: Who) -> None:
    """Approve what another IG lead wrote and submitted."""
    with _office(who) as office:
        _tell(_step(office, version, "approve"))


def publish(
    version: Version,
    who: Who,
    *,
    effective: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Such as 2026-12-01T07:00+00:00; else at once."),
    ] = None,
) -> None:
    """Put an approved version in force, at once or from a moment on."""
    with told():
        moment = None if effective is None else _moment(effective)
    with _office(who) as office:
        _tell(_step(office, version, "publish", {"effective_at": moment}))


def rollback(
    version: Version,
    who: Who,
    *,
    reason: Annotated[str, typer.Option(help="Why; kept sealed with the publication.")],
    emergency: Annotated[
        bool, typer.Option("--emergency", help="Do it alone; it raises an alarm.")
    ] = False,
) -> None:
    """Put an earlier version in force again; the second IG lead to ask does it."""
    with _office(who) as office:
        _tell(_step(office, version, "rollback", {"reason": reason, "emergency": emergency}))


def versions(who: Who) -> None:
    """Write every version, newest first: what became of it, from when, and by whom."""
    with _office(who) as office:
        found = body_of(office.get(_PATH))
    for alarm in found["alarms"]:
        typer.echo(f"alarm: {alarm}", err=True)
    for one in found["versions"]:
        typer.echo("\t".join(_cells(one)))


def fetch(
    version: Version,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there.")],
    who: Who,
) -> None:
    """Write the files of a version into a new folder, byte for byte."""
    with told():
        if directory.exists():
            raise InvalidRequestError(f"{directory} is there already: name a new folder.")
    with _office(who) as office:
        found = body_of(office.get(f"{_PATH}/{_whole(office, version)}/files"))
    with told():
        files = {_safe(one["name"]): b64decode(one["content"]) for one in found["files"]}
        for name, content in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    typer.echo(f"{len(files)} files of {found['version']}")


@contextmanager
def _office(who: str) -> Iterator[Office]:
    """Open the IG lead's office in the county that runs beside the broker."""
    with told(), office_of(who) as (_, office):
        try:
            yield office
        except httpx.HTTPError as error:
            raise InvalidRequestError(
                "The broker does not answer: see that it runs, list the versions, and try again."
            ) from error


def _step(office: Office, version: str, verb: str, body: object = None) -> dict[str, Any]:
    return body_of(office.post(f"{_PATH}/{_whole(office, version)}/{verb}", body))


def _whole(office: Office, prefix: str) -> str:
    """Return the one version that begins so.

    Raises:
        InvalidRequestError: none does, or several do.

    """
    known = [one["version"] for one in body_of(office.get(_PATH))["versions"]]
    meant = [one for one in known if one.startswith(prefix) and len(prefix) >= SHORTEST_PREFIX]
    if len(meant) != 1:
        raise InvalidRequestError(
            "Name one version by its first digits, at least six: marac-broker policies versions"
            " lists them."
        )
    return str(meant[0])


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidRequestError("Write the moment as 2026-12-01T07:00+00:00, with its time zone.")
    return moment.isoformat()


def _safe(name: str) -> PurePosixPath:
    """Return a name that stays inside the folder it is written to."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise InvalidRequestError("The broker sent a file outside its pack: tell its operator.")
    return path


def _tell(seen: dict[str, Any]) -> None:
    typer.echo("\t".join(_cells(seen)))


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    """Return what is written of a version: digits, state, from when, and who."""
    newest = next(iter(one["publications"]), None)
    state = one["step"] if newest is None else newest["standing"]
    since = "-" if newest is None else newest["effective_at"]
    people = (("author", one["author"]), ("approver", one["approver"]))
    asked = (("rollback asked by", one["rollback_asked_by"]),)
    named = ", ".join(f"{what} {who}" for what, who in (*people, *asked) if who is not None)
    return one["version"][:SHOWN_DIGITS], state, since, named
