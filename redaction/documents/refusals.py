"""Why a document that was refused does not travel, in a word of a fixed list."""

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError, RedactionError


def why_of(error: RedactionError) -> WhyLeftOut:
    """Return the word; where the error says none, only a person can tell."""
    if isinstance(error, DocumentRefusedError):
        return WhyLeftOut(error.why)
    return WhyLeftOut.FOR_A_PERSON
