"""`ledger export --case` and `ledger compare`: what an advocate asks for, and holds against us."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from broker.commands.files import whole_or_not_at_all
from broker.commands.ledger_outside import with_cosignatures
from broker.domain.errors import InvalidRequestError, LedgerError, LedgerVerificationError
from broker.domain.ids import CaseId, CaseTag
from broker.ledger.case_evidence import SENTENCES, check_finding
from broker.ledger.case_file import file_lines
from broker.ledger.checkpoint import Check, LogKey, parse_checkpoint
from broker.ledger.evidence import Verifier
from broker.ledger.export_events import log_exported
from broker.ledger.plain import members, path_of
from broker.ledger.shown import Shown, compare_shown, read_shown
from broker.ledger.tokens import TOKEN_HEX_DIGITS, case_tag
from broker.storage import Store
from broker.storage.case_files import case_file
from keys.signing import verify as signature_holds

T = TypeVar("T")
_TAG = frozenset("0123456789abcdef")


def export_case(store: Store, case: str, since: Path | None, output: Path | None) -> None:
    """Write the file of one case: its number, or its tag from an earlier file."""
    known = store.log.key
    # What was kept may be from before the log had this key.
    earlier = None if since is None else _shown(since, known, store.log.check).statement.signed
    tag = _tag_of(store, case)
    store.ledger.record(log_exported(tag, store.ledger.clock.now()))
    made = case_file(store.log, tag, earlier)
    made = replace(made, note=with_cosignatures(store, parse_checkpoint(made.note)).note)
    with whole_or_not_at_all(output) as file:
        file.writelines(file_lines(made))
    typer.echo(f"{len(made.entries)} entries of the case; key {known.verifier_text()}", err=True)


def by_one_of(keys: list[str], read: Callable[[LogKey, Check], T]) -> T:
    """Read by the log that signed it; a fault of the log itself is told before a foreign key."""
    failures = []
    for log in _logs_of(keys):
        try:
            return read(log, partial(_signed_by, (log.public_key, *log.others)))
        except LedgerVerificationError as failure:
            failures.append(failure)
    raise next((one for one in failures if one.entry is not None), failures[-1])


def _logs_of(keys: list[str]) -> list[LogKey]:
    """Return each log that is named, with every key that was given for it."""
    known: dict[str, LogKey] = {}
    for text in keys:
        key = LogKey.of_verifier(text)
        log = known.setdefault(key.origin, key)
        known[key.origin] = replace(log, others=(*log.others, key.public_key))
    return list(known.values())


def _signed_by(public_keys: Sequence[bytes], message: bytes, signature: bytes) -> bool:
    return any(signature_holds(one, message, signature) for one in public_keys)


def _tag_of(store: Store, case: str) -> CaseTag:
    """Return the log's name of a case, also of one that nobody has, or whose salt was destroyed."""
    if len(case) == TOKEN_HEX_DIGITS and _TAG.issuperset(case):
        return CaseTag(case)
    found = store.cases.case(CaseId(case))
    salt = store.cases.broker_salt() if found is None else found.salt
    return case_tag(salt, CaseId(case))


def compare(
    kept: Annotated[Path, typer.Argument(help="What was kept: the earlier of the two.")],
    now: Annotated[Path, typer.Argument(help="What is shown now, or to somebody else.")],
    *,
    key: Annotated[
        list[str], typer.Option(help="The log's key, name+id+base64; once for each it had.")
    ],
    proof: Annotated[
        Path | None, typer.Option(metavar="FILE", help="From `ledger prove --since`, if need be.")
    ] = None,
) -> None:
    """Say whether two files of one log can both be true; exit status 1 if they cannot.

    Each is a checkpoint, a whole log, a case's file, a proof or a receipt.
    """
    before = by_one_of(key, partial(_shown, kept))
    after = by_one_of(key, partial(_shown, now))
    path = None if proof is None else _growth(proof)
    found = compare_shown(before, after, path)
    check_finding(found)
    typer.echo(SENTENCES[found])


def _shown(file: Path, key: LogKey, check: Check) -> Shown:
    try:
        with file.open("rb") as opened:
            return read_shown(opened, Verifier(key=key, check=check))
    except OSError as error:
        raise InvalidRequestError("A file cannot be read; check names and permissions.") from error


def _growth(file: Path) -> tuple[bytes, ...]:
    try:
        return path_of(members(file.read_bytes())["path"])
    except (OSError, ValueError, KeyError, LedgerError) as error:
        raise InvalidRequestError("The proof cannot be read: make it with ledger prove.") from error
