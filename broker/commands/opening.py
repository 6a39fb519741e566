"""`marac-broker open`: what a recipient runs on their own machine to read what was sent to them.

Nothing of a package is written to disk: it is shown, and that is all. Its documents alone can be
saved, and only into the folder that the recipient names (see saving).
"""

import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from broker.commands.passphrases import (
    PassphraseFile,
    SecondPassphraseFile,
    text_of,
)
from broker.commands.private_keys import private_key_from
from broker.commands.saving import save_documents
from broker.domain.errors import PackageRefusedError
from keys.content import Document, Item, PackageContent
from keys.envelope import MAX_PACKAGE_BYTES
from keys.opening import OpenedPackage, open_package
from keys.signing import read_public_jwk
from keys.spoken import spoken
from keys.terms import left_out_in_words, reason_in_words

_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT_CONTROLS = frozenset("\n\t")


def open_package_command(  # noqa: PLR0913  # one option each
    package: Annotated[Path, typer.Argument(help="The package as it was delivered.")],
    key: Annotated[Path, typer.Option(help="Your private key file.")],
    broker_key: Annotated[
        list[Path], typer.Option(help="The broker's public key, a JWK file; each if it had more.")
    ],
    passphrase_file: PassphraseFile = None,
    second_passphrase_file: SecondPassphraseFile = None,
    *,
    disclosure: Annotated[
        str | None, typer.Option(help="The disclosure you expect; refuse any other.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="A folder to write the package's documents into.")
    ] = None,
) -> None:
    """Check a package, decrypt it and show it; nothing is written to disk but by --save."""
    trusted = [read_public_jwk(text_of(one)) for one in broker_key]
    private = private_key_from(key, passphrase_file, second_passphrase_file)
    try:
        opened = open_package(
            package_from(package),
            private,
            trusted,
            now=datetime.now(UTC),
            expected_disclosure=disclosure,
        )
    except PackageRefusedError as refusal:
        typer.echo(str(refusal), file=sys.stderr)
        raise typer.Exit(1) from None
    Console().print(shown(opened))
    if save is not None:
        for path in save_documents(opened.content, save):
            typer.echo(f"Saved {path.name}. Delete it when the package expires.", err=True)


def shown(opened: OpenedPackage) -> RenderableType:
    """Return what a recipient reads: first what it is and what may be done with it, then it."""
    content = opened.content
    return Group(
        Panel(_about(opened), title="What this is", title_align="left"),
        Panel(_terms(content), title="What you may do with it", title_align="left"),
        Panel(_missing(content), title="What is not in it", title_align="left"),
        *(_item(one) for one in content.items),
        *(() if content.items else (Text("The holder's system has nothing for this."),)),
    )


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: no control characters, no turning of direction."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(one) else one for one in text)


def _steers(one: str) -> bool:
    if one in _KEPT_CONTROLS:
        return False
    return unicodedata.category(one) == "Cc" or one in _BIDIRECTIONAL


def _about(opened: OpenedPackage) -> Table:
    content = opened.content
    holder, recipient = content.holder, content.recipient
    return _grid(
        ("From", f"{holder.name} ({holder.agency_id})"),
        ("To", f"{recipient.practitioner_id} of {recipient.agency_id}"),
        ("Asked by", content.requested_by),
        ("Purpose", content.purpose),
        ("Case", f"{content.about.case_id}, about the {content.about.subject_id}"),
        ("Meeting", content.about.meeting_id or "none"),
        ("Sealed", f"{content.sealed_at:%d %B %Y %H:%M} UTC"),
        ("Disclosure", content.disclosure_id),
        ("Policy", content.policy_version),
        ("Signed by", f"the broker whose key is called {spoken(opened.signed_by)}"),
        ("Opened with", f"your key {spoken(opened.opened_with)}"),
    )


def _terms(content: PackageContent) -> Table:
    rows = [("Keep it until", f"{content.expires_at:%d %B %Y %H:%M} UTC, then delete it")]
    rows += [("", term) for term in content.terms]
    return _grid(*rows)


def _missing(content: PackageContent) -> Table:
    rows = [
        (f"{one.count} removed", f"because {reason_in_words(one.reason)} ({one.reason})")
        for one in content.removed
    ]
    rows += [("Not released", category) for category in content.withheld]
    rows += [_left_out(one.count, one.reason) for item in content.items for one in item.left_out]
    return _grid(*rows or [("Nothing", "was removed or withheld")])


def _item(item: Item) -> Panel:
    when = "undated" if item.recorded_on is None else f"{item.recorded_on:%d %B %Y}"
    body = [_grid(*item.fields)] if item.fields else []
    text = [] if item.text is None else [Text(printable(item.text))]
    title = Text(printable(f"{item.category}: {item.title}, {when}"))
    documents = [_grid(*map(_document, item.documents))] if item.documents else []
    return Panel(Group(*body, *text, *documents), title=title, title_align="left")


def _document(one: Document) -> tuple[str, str]:
    """Return a document's name, what its original held besides words, and how to read it."""
    missing = ", ".join(f"{each.what} ({each.count})" for each in one.not_taken)
    without = f" Not taken over from the original: {missing}." if missing else ""
    return one.name, f"written afresh; to read it, open the package with --save FOLDER.{without}"


def _left_out(count: int, reason: str) -> tuple[str, str]:
    documents = "1 document" if count == 1 else f"{count} documents"
    each = "it" if count == 1 else "each"
    return f"{documents} left out", f"{each} {left_out_in_words(reason)}: ask the agency ({reason})"


def _grid(*rows: tuple[str, str]) -> Table:
    """Return two columns of plain text; nothing of a package is read as markup."""
    grid = Table.grid(padding=(0, 2))
    for name, value in rows:
        grid.add_row(Text(printable(name), style="bold"), Text(printable(value)))
    return grid


def package_from(path: Path) -> bytes:
    """Read a package; PackageRefusedError where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_PACKAGE_BYTES + 1)
    except OSError as error:
        raise PackageRefusedError(f"{path.name} cannot be read; check that it is there.") from error
