"""How commands get at a passphrase and at small text files."""

from pathlib import Path
from typing import Annotated

import typer

from broker.domain.errors import CustodyError
from keys.files import read_whole

PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="File with the passphrase on its first line; asked for if absent."),
]


SecondPassphraseFile = Annotated[
    Path | None,
    typer.Option(help="The other officer's, for a recovery key; asked for if absent."),
]


def passphrase_from(file: Path | None, *, confirm: bool, whose: str = "Passphrase") -> str:
    """Return the passphrase, read or asked for; what is typed is not shown."""
    if file is None:
        asked: str = typer.prompt(whose, hide_input=True, confirmation_prompt=confirm)
        return asked
    lines = text_of(file).splitlines()
    if not lines:
        raise CustodyError(f"{file.name} is empty; put the passphrase on its first line.")
    return lines[0]


def text_of(path: Path) -> str:
    """Read a small file.

    Raises:
        CustodyError: it is not there, far too large, or not text.

    """
    try:
        return read_whole(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise CustodyError(f"{path.name} is not text; check which file it is.") from error
