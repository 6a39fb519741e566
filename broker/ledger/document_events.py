"""What the log says of documents: how many left, and why others did not. Words and counts alone."""

from collections.abc import Mapping

from broker.domain.ledger import JsonValue
from broker.domain.package import SealedPackage


def documents_of(package: SealedPackage) -> Mapping[str, JsonValue]:
    """Return the members of a disclosure's entry; none where no document is concerned."""
    sent: Mapping[str, JsonValue] = {"documents": package.documents} if package.documents else {}
    left = {"documents_left_out": dict(package.left_out)} if package.left_out else {}
    return {**sent, **left}
