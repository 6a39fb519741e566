"""What a witness is asked, and what it answers (C2SP tlog-witness, `add-checkpoint`).

Pure: the newest checkpoint that was cosigned goes in, the one to cosign comes out. Who keeps it,
durably and before the cosignature leaves, is `broker.commands.witness_state`.

A request is the text

    old <size of the newest checkpoint that the log knows to be cosigned; 0 before the first>
    <base64 of a hash of the consistency proof, a line each, none where nothing has grown>

    <the checkpoint, a signed note>
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from enum import IntEnum

from broker.domain.errors import LedgerVerificationError
from broker.domain.ledger import Checkpoint
from broker.ledger.checkpoint import (
    MAX_NOTE_BYTES,
    Check,
    LogKey,
    check_checkpoint,
    parse_checkpoint,
)
from broker.ledger.compare import consistent

MAX_PROOF_HASHES = 63
"""C2SP tlog-witness; a tree of 2^62 entries needs no more."""
MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 64 * MAX_PROOF_HASHES
_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")
_HASH = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")


class Answer(IntEnum):
    """HTTP status codes of C2SP tlog-witness."""

    COSIGNED = 200
    MALFORMED = 400
    NOT_THE_LOGS = 403
    UNKNOWN_LOG = 404
    ANOTHER_SIZE = 409
    """The reason is then the newest cosigned size, and nothing else."""
    NOT_CONSISTENT = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A log asks for a cosignature.

    Args:
        old: size of what it believes was cosigned last; 0 before the first.
        path: RFC 6962 consistency proof from there.

    """

    old: int
    path: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """Return the body of the request."""
        hashes = "".join(f"{b64encode(one).decode()}\n" for one in self.path)
        return f"old {self.old}\n{hashes}\n{self.note}"


def read_asked(body: bytes) -> Asked:
    """Read the body of a request.

    Raises:
        LedgerVerificationError: it is not one.

    """
    try:
        head, _, note = body.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as error:
        raise _malformed() from error
    first, *hashes = head.split("\n")
    old = _OLD.fullmatch(first)
    plain = all(_HASH.fullmatch(one) for one in hashes)
    if old is None or not plain or len(hashes) > MAX_PROOF_HASHES or len(body) > MAX_REQUEST_BYTES:
        raise _malformed()
    return Asked(old=int(old[1]), path=tuple(b64decode(one) for one in hashes), note=note)


class WitnessRefusalError(Exception):
    """Why a witness does not cosign, and the status code that says so."""

    def __init__(self, answer: Answer, why: str) -> None:
        """Keep both."""
        super().__init__(why)
        self.answer = answer


def judge(key: LogKey, check: Check, kept: Checkpoint | None, asked: Asked) -> Checkpoint:
    """Return the checkpoint to cosign, which goes on from the one that was cosigned last.

    Args:
        key: the log's, as the witness was given it.
        check: whether that key made a signature.
        kept: the newest checkpoint that this witness cosigned; None before the first.
        asked: what the log asks.

    Raises:
        WitnessRefusalError: another log's, or not known to go on from there.

    """
    try:
        shown = check_checkpoint(key, check, asked.note)
    except LedgerVerificationError as refused:
        raise WitnessRefusalError(Answer.NOT_THE_LOGS, str(refused)) from refused
    size = 0 if kept is None else kept.size
    if asked.old > shown.size:
        raise WitnessRefusalError(Answer.MALFORMED, "The old size is over the checkpoint's.")
    if asked.old != size:
        raise WitnessRefusalError(Answer.ANOTHER_SIZE, f"{size}")
    _check_goes_on(kept, shown, asked.path)
    return shown


def _check_goes_on(kept: Checkpoint | None, shown: Checkpoint, path: tuple[bytes, ...]) -> None:
    """Refuse unless the proof leads from what was cosigned to what is shown."""
    if kept is None:
        if path:
            raise WitnessRefusalError(Answer.NOT_CONSISTENT, "A first checkpoint needs no proof.")
        return
    found = consistent(kept, shown, path)
    if kept.size == shown.size and (path or not found.holds):
        answer = Answer.NOT_CONSISTENT if found.holds else Answer.ANOTHER_SIZE
        raise WitnessRefusalError(answer, f"{kept.size}")
    if not found.holds:
        raise WitnessRefusalError(
            Answer.NOT_CONSISTENT, f"It does not go on from what was cosigned: {found}."
        )


def origin_of(asked: Asked) -> str:
    """Return which log asks.

    Raises:
        LedgerVerificationError: the note is no checkpoint.

    """
    return parse_checkpoint(asked.note).origin


def _malformed() -> LedgerVerificationError:
    return LedgerVerificationError("The request is not what C2SP tlog-witness asks for.")
