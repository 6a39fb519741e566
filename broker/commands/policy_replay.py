"""`marac-broker policies replay`: who would have got something else under another pack.

DO NOT rename the keys of the JSON Lines: `version` says how to read them, keys are added. The
output is made of the log and the packs alone, so that somebody else's is the same, byte for byte.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Annotated, BinaryIO, Protocol

import typer
from rich.console import Console
from rich.progress import track

import policies as room
from broker.bootstrap import store_from_environment
from broker.commands.ledger import canonicals, head_of
from broker.commands.policy_options import NEGATIVE, Area, told
from broker.domain.errors import InvalidRequestError, LedgerError, LedgerVerificationError
from broker.domain.ids import PolicyVersion
from broker.domain.ledger import LedgerEntry
from broker.domain.words import EventKind
from broker.ledger.checkpoint import LogKey, check_checkpoint
from broker.ledger.export import Head, read_entries, read_head, verified
from broker.ledger.export_events import log_shown
from keys.signing import verify
from policies.replay import (
    TERMS,
    Answer,
    AsItWas,
    Difference,
    Recorded,
    Tally,
    difference,
    recorded,
)

VERSION = 1
_SPOOL_BYTES = 1_048_576
"""Lines about changed answers are kept in memory up to here, then in a temporary file."""

Packs = Mapping[PolicyVersion, AsItWas]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Log:
    """A log on its way in.

    Args:
        signed: whether the checkpoint's signature was checked.

    """

    head: Head
    canonicals: Iterable[bytes]
    signed: bool

    def entries(self) -> Iterable[LedgerEntry]:
        """Return the entries, with a bar on a terminal."""
        return track(
            verified(self.head, self.canonicals),
            total=self.head.checkpoint.size,
            description="replaying",
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )


def replay(
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder of the pack to try.")],
    log: Annotated[
        str | None, typer.Option(help="An export of the log, or -; else the broker's own log.")
    ] = None,
    log_key: Annotated[
        str | None, typer.Option(help="The log's key as `ledger export` says it: name+id+base64.")
    ] = None,
    pack_old: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="A pack that was in force; give it once for each."),
    ] = None,
    area: Area = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines.")] = False,
) -> None:
    """Rule again on every recorded decision. Exit status 1: somebody would get something else."""
    with told(), _stored() if log is None else _exported(log, log_key) as opened:
        last_day = opened.head.newest_at.date()
        running = _Running(
            policy=room.load(new, today=last_day, area=area),
            packs=_packs(pack_old or [], last_day, area),
            telling=_Json() if as_json else _Text(),
        )
        unchanged = _replay(opened, running)
    raise typer.Exit(0 if unchanged else NEGATIVE)


@contextmanager
def _exported(name: str, log_key: str | None) -> Iterator[_Log]:
    key = None if log_key is None else LogKey.of_verifier(log_key)
    with ExitStack() as stack:
        try:
            file: BinaryIO = (
                sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
            )
        except OSError as error:
            say = "The exported log cannot be read; check its name and permissions."
            raise InvalidRequestError(say) from error
        head = read_head(file)
        if key is not None:
            public = key.public_key
            check_checkpoint(key, lambda said, by: verify(public, said, by), head.checkpoint.note)
        yield _Log(head=head, canonicals=read_entries(file), signed=key is not None)


@contextmanager
def _stored() -> Iterator[_Log]:
    with closing(store_from_environment()) as store:
        try:
            store.ledger.record(log_shown(store.ledger.clock.now()))
        except LedgerError:
            store.log.verify()  # Where somebody wrote in the log, that is what is wrong.
            raise
        head = head_of(store.log)
        check_checkpoint(store.log.key, store.log.check, head.checkpoint.note)
        pages = canonicals(store.log, head.checkpoint.size)
        try:
            yield _Log(head=head, canonicals=pages, signed=True)
        except LedgerVerificationError:
            store.log.verify()  # It knows more than the entries say, and names the one at fault.
            raise


def _packs(folders: Iterable[Path], last_day: date, area: str | None) -> Packs:
    found = (AsItWas(one, last_day, area=area) for one in folders)
    return {one.version: one for one in found}


def _replay(log: _Log, running: "_Running") -> bool:
    """Print what differs once the whole log has been verified; return whether nothing does."""
    with SpooledTemporaryFile(_SPOOL_BYTES, "w+", encoding="utf-8") as lines:
        for entry in log.entries():
            lines.writelines(f"{line}\n" for line in running.take(entry))
        for line in running.telling.head(log, running):
            typer.echo(line)
        lines.seek(0)
        for line in lines:
            typer.echo(line, nl=False)
    return running.tally.changed == 0 and running.tally.unproved(running.packs) == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """One replay as it goes."""

    policy: room.PolicySet
    packs: Packs
    telling: "_Telling"
    tally: Tally = field(default_factory=Tally)

    def take(self, entry: LedgerEntry) -> Iterator[str]:
        """Rule again on one entry, if it is a decision; yield a line for each finding."""
        self.tally.decisions += entry.kind is EventKind.DECISION
        for one in recorded(entry):
            yield from self._prove(one)
            answer = one.ruled_by(self.policy)
            kind = difference(one.answer, answer)
            self.tally.differences[kind] += 1
            if kind is not Difference.SAME:
                yield self.telling.changed(one, answer, kind)

    def _prove(self, one: Recorded) -> Iterator[str]:
        """Hold the recorded answer to the pack that it was recorded under, if that is at hand."""
        self.tally.recorded_under[one.policy_version] += 1
        pack = self.packs.get(one.policy_version)
        if pack is None:
            return
        again = one.ruled_by(pack.on(one.day))
        if again == one.answer:
            self.tally.proved[one.policy_version] += 1
        else:
            yield self.telling.unproved(one, again)


class _Telling(Protocol):
    """How findings are written."""

    def head(self, log: _Log, running: _Running) -> Iterator[str]:
        """Yield the lines that come first."""

    def changed(self, one: Recorded, answer: Answer, kind: Difference) -> str:
        """Return the line of an answer that would be another."""

    def unproved(self, one: Recorded, again: Answer) -> str:
        """Return the line of an answer that its own pack does not give."""


class _Text:
    """For people."""

    def head(self, log: _Log, running: _Running) -> Iterator[str]:
        """Yield what was compared with what, then the counts."""
        checkpoint, tally = log.head.checkpoint, running.tally
        day = log.head.newest_at.date().isoformat()
        yield (
            f"log of {checkpoint.size} entries, tree head {checkpoint.root.hex()};"
            f" pack {running.policy.version} as on {day}"
        )
        if not log.signed:
            yield "the checkpoint's signature was not checked: give --log-key"
        for version, count in sorted(tally.recorded_under.items()):
            proved = f"{tally.proved[version]} of them given again by that pack"
            against = proved if version in running.packs else "compared with what was recorded"
            yield f"recorded under {version}: {count} answers, {against}"
        counts = ", ".join(f"{tally.differences[kind]} {kind}" for kind in Difference)
        yield f"{tally.decisions} decisions, {tally.differences.total()} answers: {counts}"

    def changed(self, one: Recorded, answer: Answer, kind: Difference) -> str:
        """Return one line; outcomes, then deciding rules, then what else differs."""
        old = one.answer
        terms = "".join(
            f"; {name}: {_words(was)} -> {_words(would)}"
            for name in TERMS
            if (was := getattr(old, name)) != (would := getattr(answer, name))
        )
        return (
            f"{_place(one)}: {kind}: {old.outcome} -> {answer.outcome};"
            f" rules: {_words(old.deciding_rules)} -> {_words(answer.deciding_rules)}{terms}"
        )

    def unproved(self, one: Recorded, again: Answer) -> str:
        """Return one line."""
        return (
            f"{_place(one)}: NOT AS ITS OWN PACK ANSWERS: recorded {one.answer.outcome}"
            f" by {_words(one.answer.deciding_rules)};"
            f" the pack gives {again.outcome} by {_words(again.deciding_rules)}"
        )


def _place(one: Recorded) -> str:
    case = one.case or "none"
    return f"entry {one.entry}, case {case}, {one.facts.purpose}, {one.facts.category}"


def _words(words: tuple[str, ...] | str | None) -> str:
    listed = words if isinstance(words, str) else " ".join(words or ())
    return listed or "none"


class _Json:
    """For programs; one object a line."""

    def head(self, log: _Log, running: _Running) -> Iterator[str]:
        """Yield one object: what was compared with what, and the counts."""
        checkpoint, tally = log.head.checkpoint, running.tally
        yield _line(
            {
                "version": VERSION,
                "log": {
                    "origin": checkpoint.origin,
                    "size": checkpoint.size,
                    "tree_head": checkpoint.root.hex(),
                    "signature": "checked" if log.signed else "not checked",
                },
                "pack": running.policy.version,
                "as_on": log.head.newest_at.date().isoformat(),
                "recorded_under": [
                    {
                        "pack": version,
                        "answers": count,
                        "given_again": tally.proved[version] if version in running.packs else None,
                    }
                    for version, count in sorted(tally.recorded_under.items())
                ],
                "decisions": tally.decisions,
                "answers": tally.differences.total(),
                "differences": {str(kind): tally.differences[kind] for kind in Difference},
            }
        )

    def changed(self, one: Recorded, answer: Answer, kind: Difference) -> str:
        """Return one object."""
        return _line({**_key(one), "difference": kind, "old": one.answer, "new": answer})

    def unproved(self, one: Recorded, again: Answer) -> str:
        """Return one object."""
        said = {"difference": "not as its own pack answers", "old": one.answer, "own_pack": again}
        return _line({**_key(one), **said})


def _key(one: Recorded) -> dict[str, object]:
    place = {"entry": one.entry, "case": one.case}
    return {**place, "purpose": one.facts.purpose, "category": one.facts.category}


def _line(members: Mapping[str, object]) -> str:
    return json.dumps(members, ensure_ascii=False, default=asdict)
