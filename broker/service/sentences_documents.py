"""What the log tells a client's advocate of documents: how many were given, and why others not."""

from collections.abc import Mapping

from broker.domain.documents import WhyLeftOut
from broker.service.wording import Detail, counted, number, plain

_REASONS: Mapping[str, str] = {
    WhyLeftOut.PICTURE: "it is scanned or a picture",
    WhyLeftOut.LOCKED: "it is under a password",
    WhyLeftOut.MACROS: "it holds macros",
    WhyLeftOut.KIND: "it is of a kind that is not read",
    WhyLeftOut.DAMAGED: "it is damaged",
    WhyLeftOut.TOO_LARGE: "it is too large",
    WhyLeftOut.FOR_A_PERSON: "it could not be read with certainty",
    WhyLeftOut.MISSING: "it was not there",
    WhyLeftOut.CHANGED: "it was replaced on the way",
    WhyLeftOut.PROFILE: "no document goes to that recipient",
    WhyLeftOut.REVIEWER: "whoever reviewed it left it out",
}


def documents_in(detail: Detail) -> str:
    """Return how many documents went with the record; nothing where none did."""
    sent = number(detail, "documents")
    return f", with {counted(sent, 'document', 'documents')}" if sent else ""


def documents_not_in(detail: Detail) -> str:
    """Return a further sentence on documents that were left out; nothing where none was."""
    left = detail.get("documents_left_out")
    counts = left if isinstance(left, Mapping) else {}
    found = [(reason, count) for reason, count in counts.items() if isinstance(count, int)]
    if not found:
        return ""
    total = sum(count for _, count in found)
    was = counted(total, "document was", "documents were")
    whys = "; ".join(
        f"{_REASONS.get(reason, plain(reason))}{f' ({count} times)' if count > 1 else ''}"
        for reason, count in sorted(found)
    )
    return f" {was} left out: {whys}."
