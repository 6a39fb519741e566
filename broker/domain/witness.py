"""Independent witnesses of the disclosure log, as contracts (see ports)."""

from dataclasses import dataclass
from typing import Protocol

from broker.domain.errors import BrokerError
from broker.domain.ledger import Checkpoint, Receipt


class WitnessError(BrokerError):
    """A witness did not cosign.

    Args:
        size: the newest size it says it cosigned, where that is why.
        inconsistent: it says that our log does not go on from what it cosigned.

    """

    def __init__(
        self, message: str, size: int | None = None, *, inconsistent: bool = False
    ) -> None:
        """Keep why."""
        super().__init__(message)
        self.size, self.inconsistent = size, inconsistent


class WitnessDoor(Protocol):
    """Where one witness is asked."""

    @property
    def name(self) -> str:
        """The witness's name, as on its cosignatures."""

    def add_checkpoint(self, old: int, path: tuple[bytes, ...], note: str) -> str:
        """Return the cosignature's line, without its line end.

        Args:
            old: the newest size that it cosigned, as far as we know.
            path: RFC 6962 consistency proof from there; empty from 0.
            note: the checkpoint.

        Raises:
            WitnessError: it did not cosign, or does not answer.

        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """How far a checkpoint has come: `count` of the `needed` witnesses cosigned it."""

    size: int
    count: int
    needed: int

    @property
    def final(self) -> bool:
        """Whether enough of them did."""
        return self.count >= self.needed


class Cosigned(Protocol):
    """Checkpoints that witnesses cosigned, on every replica."""

    def add(self, checkpoint: Checkpoint, lines: tuple[str, ...]) -> int:
        """Keep cosignatures of a checkpoint beside those there are; return of how many witnesses.

        Raises:
            LedgerVerificationError: one of them does not hold.

        """

    def note(self, checkpoint: Checkpoint) -> str:
        """Return the checkpoint's note with what cosignatures there are."""

    def newest(self, needed: int) -> Checkpoint | None:
        """Return the newest checkpoint that at least so many witnesses cosigned."""

    def final(self, receipt: Receipt, needed: int) -> Receipt | None:
        """Return the receipt under the first checkpoint over it that so many cosigned, or None."""


class Finality(Protocol):
    """Whether what was logged can still be taken back."""

    @property
    def required(self) -> bool:
        """Whether nothing leaves before its receipt is final."""

    def final(self, receipt: Receipt) -> Receipt | None:
        """Return the receipt as it stands for ever, or None as long as witnesses are missing."""

    def gather(self) -> Gathered | None:
        """Ask the witnesses now; None before the first entry. What fails is asked again later."""
