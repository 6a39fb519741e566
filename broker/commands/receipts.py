"""`marac-broker receipts`: a recipient's system says what became of a package, in its own name."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from broker.commands.opening import package_from
from broker.commands.passphrases import PassphraseFile, passphrase_from
from broker.commands.policy_options import told
from broker.commands.research import Who, body_of, office_of
from broker.domain.errors import CustodyError, InvalidRequestError
from broker.domain.ids import DisclosureId
from broker.domain.opened import OpenedState
from connectors.tokens import SigningKey, UnprovedError
from keys.files import read_whole
from keys.opened import receipt_claims, receipt_header

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
Disclosure = Annotated[str, typer.Argument(help="Disclosure, as the package names it.")]
State = Annotated[OpenedState, typer.Option(help="What was done with it.")]
Until = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M:%SZ"], help="Where it is stored: the end, in UTC."),
]


@app.command()
def sign(
    package: Annotated[Path, typer.Argument(help="The package as it was delivered.")],
    disclosure: Annotated[str, typer.Option(help="The disclosure that it is.")],
    system_key: Annotated[Path, typer.Option(help="Your system's private key, a PEM file.")],
    *,
    state: State = OpenedState.OPENED,
    until: Until = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write a signed receipt, for your own system to send; says nothing of the content."""
    with told():
        try:
            passphrase = passphrase_from(passphrase_file, confirm=False)
            key = SigningKey.read(read_whole(system_key), passphrase)
        except UnprovedError:
            raise CustodyError(
                "The system's key is not a private key on P-256, or the passphrase is another one."
            ) from None
        said = _claims(disclosure, package_from(package), state, until)
        typer.echo(key.sign(receipt_header(key.public_jwk()), said))


@app.command()
def say(disclosure: Disclosure, who: Who, *, state: State, until: Until = None) -> None:
    """Say what became of a package in your agency's mailbox; the broker logs it."""
    with told(), office_of(who) as (_, office):
        package = office.collect(disclosure)
        if package is None:
            raise InvalidRequestError("Your agency's mailbox has no such package: check its id.")
        said = office.signed(receipt_header, _claims(disclosure, package, state, until))
        _tell(body_of(office.post(_path(disclosure), {"receipt": said})))


@app.command("list")
def list_receipts(disclosure: Disclosure, who: Who) -> None:
    """Write what was said of a package: state, when, until when."""
    with told(), office_of(who) as (_, office):
        _tell(body_of(office.get(_path(disclosure))))


def _claims(
    disclosure: str, package: bytes, state: OpenedState, until: datetime | None
) -> Mapping[str, object]:
    if (until is None) == (state is OpenedState.STORED):
        raise InvalidRequestError("Say --until with --state stored, and only then.")
    end = None if until is None else until.replace(tzinfo=UTC)
    digest = hashlib.sha256(package).hexdigest()
    return receipt_claims(DisclosureId(disclosure), digest, state, datetime.now(UTC), end)


def _path(disclosure: str) -> str:
    return f"/v1/disclosures/{disclosure}/receipts"


def _tell(found: Mapping[str, list[Mapping[str, str | None]]]) -> None:
    for one in found["receipts"]:
        typer.echo("\t".join((str(one["state"]), str(one["at"]), one["until"] or "-")))
