"""The only place that constructs a Receipt, and it does so only for what verifies.

A receipt is what delivering needs, so making one is the last check before something leaves.
"""

from broker.domain.errors import LedgerVerificationError
from broker.domain.ids import DisclosureId
from broker.domain.ledger import InclusionProof, LedgerEntry, Receipt
from broker.domain.words import EventKind
from broker.ledger.checkpoint import Check, LogKey, check_checkpoint, parse_checkpoint
from broker.ledger.entry import parse_entry
from broker.ledger.tree import check_inclusion


def make_receipt(
    key: LogKey, check: Check, entry: LedgerEntry, note: str, proof: InclusionProof
) -> Receipt:
    """Return the receipt of a disclosure entry under a signed checkpoint.

    Raises:
        LedgerVerificationError: not a disclosure, or the proof does not lead to a signed root.

    """
    if entry.kind is not EventKind.DISCLOSURE:
        raise LedgerVerificationError(
            f"Entry {entry.index} is not a disclosure: run marac-broker ledger verify.", entry.index
        )
    receipt = Receipt(
        disclosure_id=DisclosureId(str(entry.detail.get("disclosure"))),
        entry=entry,
        checkpoint=parse_checkpoint(note),
        proof=proof,
    )
    check_receipt(key, check, receipt)
    return receipt


def check_receipt(key: LogKey, check: Check, receipt: Receipt) -> None:
    """Check a receipt from end to end, as its holder would.

    Raises:
        LedgerVerificationError: names the entry.

    """
    entry, proof = receipt.entry, receipt.proof
    checkpoint = check_checkpoint(key, check, receipt.checkpoint.note)
    stated = parse_entry(entry.canonical)
    sound = (
        stated == entry
        and checkpoint == receipt.checkpoint
        and entry.detail.get("disclosure") == receipt.disclosure_id
        and (proof.index, proof.size) == (entry.index, checkpoint.size)
        and check_inclusion(
            stated.leaf_hash, stated.index, checkpoint.size, proof.path, checkpoint.root
        )
    )
    if not sound:
        raise LedgerVerificationError(
            f"The receipt of entry {entry.index} does not verify: run marac-broker ledger verify.",
            entry.index,
        )
