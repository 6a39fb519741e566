"""`marac-broker database backup` and `restore`: one sealed file, and a log that never forks."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from broker import bootstrap
from broker import settings as settings_module
from broker.commands.files import whole_or_not_at_all
from broker.domain.errors import (
    InvalidRequestError,
    LedgerError,
    LedgerVerificationError,
)
from broker.domain.ledger import Checkpoint, EntryDraft
from broker.domain.ports import Custody
from broker.ledger.case_evidence import SENTENCES
from broker.ledger.checkpoint import LogKey
from broker.ledger.compare import consistent
from broker.ledger.copy_events import database_copied, database_restored
from broker.ledger.evidence import Verifier
from broker.ledger.shown import read_shown
from broker.service.set_back import ask_what_it_knows, behind
from broker.settings import Settings
from broker.storage.copy_file import CopyHead
from broker.storage.copying import PathFrom, Restoring, copy_database
from broker.storage.log_keys import CUSTODY_LOG_KEY
from connectors.witness import WitnessList, read_witnesses

NOTHING_KNOWN = (
    "Nothing was restored: nothing was given to compare the copy's log with. Give the newest"
    " checkpoint, receipt or export that anybody outside has with --known, or name the witnesses"
    " in MARAC_WITNESSES; --none-known only if nobody has any."
)


def backup(
    file: Annotated[Path, typer.Argument(help="Where to; a name that is not there yet.")],
) -> None:
    """Copy the whole database into one sealed file, while the broker runs.

    It opens with the broker's own keys and the month's term key only, which are not in it.
    """
    with closing(bootstrap.store_from_environment()) as store:
        now = store.ledger.clock.now()
        store.ledger.record(database_copied(now))
        with whole_or_not_at_all(file) as opened:
            file.chmod(0o600)
            head, rows = copy_database(store, opened, now)
            opened.flush()
            os.fsync(opened.fileno())
    typer.echo(f"{rows} rows, {head.size} entries of the log.")


def restore(
    file: Annotated[Path, typer.Argument(help="What `database backup` wrote.")],
    known: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="The newest that is known outside: a checkpoint, receipt, export."
        ),
    ] = None,
    *,
    none_known: Annotated[
        bool, typer.Option("--none-known", help="Nobody outside has anything of this log.")
    ] = False,
) -> None:
    """Fill an empty database from a copy; refused where the log would become a second one.

    Witnesses in MARAC_WITNESSES are asked what they know. Stop every replica first.
    """
    settings = settings_module.from_environment(os.environ)
    custody = bootstrap.custody_of(settings)
    outside = Outside(settings=settings, custody=custody, files=known or [], nobody=none_known)
    outside.check()
    try:
        with file.open("rb") as opened:
            newest = Restoring(
                origin=settings.origin,
                custody=custody,
                vault=bootstrap.vault_of(settings, custody),
                compare=outside.compare,
                restored=_restored,
            ).fill(settings.database_url, opened)
    except OSError as error:
        raise InvalidRequestError("The copy cannot be read; check name and permissions.") from error
    for one in (*outside.said, f"{newest.size} entries of the log verify and were restored."):
        typer.echo(one)
    typer.echo("Now run marac-broker retention run: what has ended since the copy is there again.")


def _restored(head: CopyHead) -> EntryDraft:
    return database_restored(head.size, head.at, datetime.now(UTC))


@dataclass(slots=True, kw_only=True)
class Outside:
    """What is known of the log where a copy of the database cannot reach.

    Args:
        files: what somebody kept.
        nobody: the operator says that there is none.
        said: what was found, for the operator.

    """

    settings: Settings
    custody: Custody
    files: Sequence[Path]
    nobody: bool
    said: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Check that there is something to compare with, before anything is touched."""
        if not self.files and self.settings.witnesses_file is None and not self.nobody:
            raise InvalidRequestError(NOTHING_KNOWN)

    def compare(self, newest: Checkpoint, path_from: PathFrom) -> None:
        """Compare with all of it.

        Raises:
            LedgerVerificationError: the log would not go on from what is known.
            InvalidRequestError: too few witnesses answer, or a file is nothing that a log gives.

        """
        for file in self.files:
            self._compare_file(file, newest, path_from)
        if self.settings.witnesses_file is not None:
            self._ask(read_witnesses(self.settings.witnesses_file), newest, path_from)

    def _compare_file(self, file: Path, newest: Checkpoint, path_from: PathFrom) -> None:
        kept = self._signed(file)
        if kept.size > newest.size:
            raise behind(file.name, kept.size, newest.size)
        found = consistent(kept, newest, path_from(kept.size))
        if not found.holds:
            raise LedgerVerificationError(f"{file.name}: {SENTENCES[found]}")
        self.said.append(f"{file.name}: {SENTENCES[found]}")

    def _signed(self, file: Path) -> Checkpoint:
        """Return the checkpoint in a file, by any key that the log ever had: it may be newer."""
        failure: LedgerError = LedgerVerificationError("There is no key of the log.")
        for verifier in self._verifiers():
            try:
                with file.open("rb") as opened:
                    return read_shown(opened, verifier).statement.signed
            except LedgerVerificationError as error:
                failure = error
            except OSError as error:
                say = f"{file.name} cannot be read; check its name and permissions."
                raise InvalidRequestError(say) from error
        raise LedgerVerificationError(f"{file.name}: {failure}") from failure

    def _verifiers(self) -> Iterator[Verifier]:
        for public_key in self.custody.public_keys(CUSTODY_LOG_KEY):
            key = LogKey(origin=self.settings.origin, public_key=public_key)
            yield Verifier(key=key, check=partial(self.custody.holds, public_key))

    def _ask(self, named: WitnessList, newest: Checkpoint, path_from: PathFrom) -> None:
        """Ask so many witnesses that no receipt which became final can have been missed."""
        answered = 0
        for door in named.doors():
            told = ask_what_it_knows(door, newest, path_from)
            if told is None:
                self.said.append(f"The witness {door.name} did not answer.")
                continue
            if told > newest.size:
                raise behind(f"the witness {door.name}", told, newest.size)
            answered += 1
            self.said.append(f"The witness {door.name} knows {told} entries of this log.")
        enough = len(named.witnesses) - named.needed + 1
        if answered < enough and not self.files and not self.nobody:
            raise InvalidRequestError(
                f"Nothing was restored: {answered} witnesses answer and {enough} have to, so that"
                " no final receipt is missed. Try again, or give what somebody kept with --known."
            )
