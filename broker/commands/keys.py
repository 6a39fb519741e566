"""`marac-broker keys`: what a recipient runs on their own machine to make and keep their keys."""

from pathlib import Path
from typing import Annotated

import typer

from broker.commands import custody, key_changes
from broker.commands.passphrases import PassphraseFile, passphrase_from
from broker.domain.ids import PractitionerId
from keys.hybrid import HybridPrivateKey
from keys.recipient import RecipientPrivateKey, write_hybrid_pair
from keys.spoken import spoken

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(custody.app, name="custody", help="The broker's own keys, for its operator.")
app.command("list")(key_changes.list_keys)
app.command("rotate")(key_changes.rotate)
app.command("revoke")(key_changes.revoke)


@app.callback()
def keys() -> None:
    """Make recipients' keys on the agency's own side."""


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="Folder for the two files; made if absent.")],
    owner: Annotated[str, typer.Option(help="The practitioner's id, as the broker knows it.")],
    passphrase_file: PassphraseFile = None,
    *,
    hybrid: Annotated[
        bool, typer.Option("--hybrid", help="One that withstands a quantum computer, too.")
    ] = False,
) -> None:
    """Make a key pair: a private file that stays here, a public one for the broker."""
    passphrase = passphrase_from(passphrase_file, confirm=True)
    key, private, public = _made(out, PractitionerId(owner), passphrase, hybrid=hybrid)
    typer.echo(f"Private key: {private} (keep it here, and keep a backup of it)")
    typer.echo(f"Public key:  {public} (give this one to the broker's administrator)")
    typer.echo(f"Thumbprint:  {key.thumbprint}")
    typer.echo(f"In words:    {spoken(key.thumbprint)} (read them out over the telephone)")


def _made(
    out: Path, owner: PractitionerId, passphrase: str, *, hybrid: bool
) -> tuple[RecipientPrivateKey | HybridPrivateKey, Path, Path]:
    if hybrid:
        made = HybridPrivateKey.generate()
        return made, *write_hybrid_pair(made, out, owner, passphrase)
    key = RecipientPrivateKey.generate()
    return key, *key.write(out, owner, passphrase)
