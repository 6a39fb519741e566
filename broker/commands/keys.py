"""`marac-broker keys`: what a recipient runs on their own machine to make and keep their keys."""

from pathlib import Path
from typing import Annotated

import typer

from broker.commands import custody, key_changes, key_registering
from broker.commands.passphrases import PassphraseFile, SecondPassphraseFile, passphrase_from
from broker.domain.ids import PractitionerId
from keys.hybrid import HybridPrivateKey
from keys.recipient import RecipientPrivateKey, write_hybrid_pair
from keys.spoken import spoken
from keys.two_officers import write_recovery_pair

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(custody.app, name="custody", help="The broker's own keys, for its operator.")
app.command("list")(key_changes.list_keys)
app.command("register")(key_registering.register)
app.command("answer")(key_registering.answer)
app.command("rotate")(key_registering.rotate)
app.command("revoke")(key_changes.revoke)
app.command("left")(key_changes.left)


@app.callback()
def keys() -> None:
    """Make recipients' keys on the agency's own side."""


@app.command()
def generate(  # one option for each thing about a key
    out: Annotated[Path, typer.Option(help="Folder for the two files; made if absent.")],
    owner: Annotated[str, typer.Option(help="The practitioner's id, as the broker knows it.")],
    passphrase_file: PassphraseFile = None,
    *,
    hybrid: Annotated[
        bool, typer.Option("--hybrid", help="One that withstands a quantum computer, too.")
    ] = False,
    recovery: Annotated[
        bool, typer.Option("--recovery", help="One that two officers open, each with a passphrase.")
    ] = False,
    second_passphrase_file: SecondPassphraseFile = None,
) -> None:
    """Make a key pair: a private file that stays here, a public one for the broker."""
    key = HybridPrivateKey.generate() if hybrid else RecipientPrivateKey.generate()
    name = "First officer's passphrase" if recovery else "Passphrase"
    first = passphrase_from(passphrase_file, confirm=True, whose=name)
    second = None
    if recovery:
        whose = "Second officer's passphrase"
        second = passphrase_from(second_passphrase_file, confirm=True, whose=whose)
    private, public = _written(key, out, PractitionerId(owner), first, second)
    typer.echo(f"Private key: {private} (keep it here, and keep a backup of it)")
    typer.echo(f"Public key:  {public} (give this one to the broker's administrator)")
    typer.echo(f"Thumbprint:  {key.thumbprint}")
    typer.echo(f"In words:    {spoken(key.thumbprint)} (read them out over the telephone)")


def _written(
    key: RecipientPrivateKey | HybridPrivateKey,
    out: Path,
    owner: PractitionerId,
    first: str,
    second: str | None,
) -> tuple[Path, Path]:
    if second is not None:
        return write_recovery_pair(key, out, owner, first, second)
    if isinstance(key, HybridPrivateKey):
        return write_hybrid_pair(key, out, owner, first)
    return key.write(out, owner, first)
