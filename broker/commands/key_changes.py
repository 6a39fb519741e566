"""`marac-broker keys list`, `revoke` and `left`: a practitioner's keys at a running broker."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer

from broker.commands.policy_options import told
from broker.commands.research import Who, body_of, office_of
from broker.domain.errors import InvalidRequestError
from broker.domain.ids import Thumbprint
from keys.spoken import spoken

KEYS = "/v1/keys"
SHORTEST_NAME = 6
"""Characters of a thumbprint, or letters of its words, that are enough where no other begins so."""

Owner = Annotated[
    str | None, typer.Option(help="Whose, where an IG lead looks after somebody else's.")
]


def list_keys(who: Who, *, owner: Owner = None) -> None:
    """Write the keys, oldest first: state, until when, thumbprint, and its words."""
    with told(), office_of(who) as (_, office):
        for one in body_of(office.get(_address(owner)))["keys"]:
            typer.echo(line_of(one))


def revoke(
    name: Annotated[
        str, typer.Argument(metavar="KEY", help="Its thumbprint or its words, or how they begin.")
    ],
    who: Who,
    *,
    owner: Owner = None,
) -> None:
    """Revoke a key: from now on nothing is sealed to it, and nothing waiting for it leaves."""
    with told(), office_of(who) as (_, office):
        named = _named(body_of(office.get(_address(owner)))["keys"], name)
        body = {} if owner is None else {"owner": owner}
        typer.echo(line_of(body_of(office.post(f"{KEYS}/{named}/revocation", body))))


def left(
    practitioner: Annotated[str, typer.Argument(help="Who has left, such as housing-1.")],
    who: Who,
    *,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day they are not there; today's if absent."),
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="They are there again.")] = False,
) -> None:
    """Record, as their agency's IG lead, that somebody has left: nothing is sent to them then."""
    day = None if back else (on or datetime.now(UTC)).date().isoformat()
    path = f"/v1/practitioners/{quote(practitioner, safe='')}/departure"
    with told(), office_of(who) as (_, office):
        body = body_of(office.post(path, {"left_on": day}))
    typer.echo(f"{body['practitioner_id']}\t{body['left_on'] or 'there'}")


def _address(owner: str | None) -> str:
    return KEYS if owner is None else f"{KEYS}?owner={quote(owner, safe='')}"


def _named(keys: list[dict[str, Any]], name: str) -> str:
    """Return the one thumbprint that is meant."""
    begins = _plain(name)
    found = [
        str(one["thumbprint"])
        for one in keys
        if one["thumbprint"].startswith(name) or _plain(_words(one)).startswith(begins)
    ]
    if len(name) < SHORTEST_NAME or len(found) != 1:
        raise InvalidRequestError(
            "Name one key: its first words, or at least six characters of its thumbprint, as"
            " marac-broker keys list shows them."
        )
    return found[0]


def _plain(words: str) -> str:
    return " ".join(words.lower().replace(",", " ").split())


def _words(key: dict[str, Any]) -> str:
    return spoken(Thumbprint(key["thumbprint"]))


def line_of(key: dict[str, Any]) -> str:
    """Return one line about a key: state, end, holder, thumbprint, words."""
    until = key["revoked_at"] or key["not_after"]
    return "\t".join((_state(key), until, key["held_by"], key["thumbprint"], _words(key)))


def _state(key: dict[str, Any]) -> str:
    now = datetime.now(UTC)
    if key["revoked_at"] is not None:
        return "revoked"
    if now >= datetime.fromisoformat(key["not_after"]):
        return "ended"
    return "valid" if now >= datetime.fromisoformat(key["not_before"]) else "not yet"
