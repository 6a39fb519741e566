"""Who else stands by the checkpoint of a file that the log's key was found to have signed."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO

from broker.domain.errors import LedgerVerificationError
from broker.ledger.case_file import MAX_HEAD_BYTES
from broker.ledger.cosignature import CheckBy, WitnessKey, cosignatures
from broker.ledger.evidence import MAX_PROOF_BYTES

NOBODY = "None of the witnesses that you named cosigned the checkpoint: ask for one that they did."


def note_in(file: BinaryIO) -> str:
    """Return the note of a file's checkpoint, of a file that holds (see evidence.Verifier).

    A log and a case have it in their first line; a proof and a receipt are one object.
    """
    first = file.readline(MAX_HEAD_BYTES)
    try:
        found = json.loads(first)
    except ValueError:
        whole = first + file.read(MAX_PROOF_BYTES)
        if not whole.lstrip().startswith(b"{"):
            return whole.decode()
        found = json.loads(whole)
    if isinstance(found.get("receipt"), dict):
        found = found["receipt"]
    checkpoint = found["checkpoint"]
    return str(checkpoint["note"] if isinstance(checkpoint, dict) else checkpoint)


def cosigned_by(note: str, witnesses: Sequence[WitnessKey], check: CheckBy) -> tuple[str, ...]:
    """Say of each witness when it cosigned, if it did; nobody named, nothing said.

    Raises:
        LedgerVerificationError: none of them did, or a cosignature does not hold.

    """
    made = {one.name: one.at for one in cosignatures(witnesses, check, note)}
    if witnesses and not made:
        raise LedgerVerificationError(NOBODY)
    return tuple(_said(one.name, made.get(one.name)) for one in witnesses)


def _said(name: str, at: datetime | None) -> str:
    if at is None:
        return f"Not cosigned by {name}."
    return f"Cosigned by {name} at {at:%Y-%m-%dT%H:%M:%SZ}."
