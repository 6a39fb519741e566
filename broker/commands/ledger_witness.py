"""`marac-broker ledger witness`: an independent witness, on anybody's machine.

It needs no database and no part of a broker: a folder, a passphrase and the key of the log.
"""

import signal
from pathlib import Path
from typing import Annotated

import typer

from broker.commands.passphrases import PassphraseFile, passphrase_from
from broker.commands.witness_state import Witness
from broker.domain.errors import InvalidRequestError, LedgerVerificationError
from broker.ledger.checkpoint import LogKey, parse_checkpoint
from broker.ledger.plain import members, path_of
from broker.ledger.witness import Answer, Asked, WitnessRefusalError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

State = Annotated[Path, typer.Option(metavar="FOLDER", help="What the witness keeps.")]


@app.command()
def init(
    state: State,
    name: Annotated[
        str, typer.Option(help="Without spaces, as a web address: charity.example/eye")
    ],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a witness, and say its key, which brokers and advocates are given."""
    passphrase = passphrase_from(passphrase_file, confirm=True)
    typer.echo(Witness.create(state, name, passphrase).key.verifier_text())


@app.command()
def watch(
    state: State,
    log: Annotated[list[str], typer.Option(help="A log's key: name+key id+base64.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Begin to cosign a log, or go on under the new key that its operator announced."""
    witness = Witness.open(state, passphrase_from(passphrase_file, confirm=False))
    for one in log:
        key = LogKey.of_verifier(one)
        witness.watch(key)
        typer.echo(f"Watches {key.origin}.")


@app.command()
def serve(
    state: State,
    listen: Annotated[str, typer.Option(metavar="HOST:PORT")] = "127.0.0.1:7480",
    passphrase_file: PassphraseFile = None,
) -> None:
    """Cosign what brokers send, as long as it goes on from what was cosigned before."""
    from broker.commands.witness_server import witness_server  # noqa: PLC0415  # only here

    witness = Witness.open(state, passphrase_from(passphrase_file, confirm=False))
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise InvalidRequestError("Give the address as HOST:PORT, for example 127.0.0.1:7480.")
    with witness_server(witness, host, int(port), typer.echo) as server:
        # A service manager ends it so; a person's Ctrl-C is the same.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        typer.echo(f"{witness.key.verifier_text()} answers at {host}:{server.server_port}")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("Stopped; nothing is lost.")


@app.command()
def once(
    checkpoint: Annotated[Path, typer.Argument(help="From `ledger checkpoint`.")],
    state: State,
    proof: Annotated[
        Path | None, typer.Option(metavar="FILE", help="From `ledger prove --since SIZE`.")
    ] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Cosign one checkpoint that came by any way, and write the cosignature's line.

    Exit status 1 if it is not known to go on from the last one.
    """
    witness = Witness.open(state, passphrase_from(passphrase_file, confirm=False))
    note = _text(checkpoint)
    kept = witness.newest(parse_checkpoint(note).origin)
    path = () if proof is None else _path(proof)
    size = 0 if kept is None else parse_checkpoint(kept).size
    try:
        typer.echo(witness.cosign(Asked(old=size, path=path, note=note)))
    except WitnessRefusalError as refused:
        raise LedgerVerificationError(_sentence(refused, size)) from refused


def _sentence(refused: WitnessRefusalError, size: int) -> str:
    if refused.answer is Answer.UNKNOWN_LOG:
        return "This witness does not know the log: `ledger witness watch` its key first."
    if refused.answer is Answer.NOT_CONSISTENT and size:
        return (
            f"Nothing was signed: {refused} What was cosigned last has {size} entries; ask for"
            f" `ledger prove --since {size}`, and keep both checkpoints if that does not help."
        )
    return f"Nothing was signed: {refused}"


def _path(proof: Path) -> tuple[bytes, ...]:
    return path_of(members(_text(proof).encode()).get("path"))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequestError(f"{path.name} cannot be read; check its name.") from error
