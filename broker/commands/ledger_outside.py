"""What stands outside the log and vouches for it: witnesses' cosignatures, and time stamps."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from broker import bootstrap
from broker import settings as settings_module
from broker.commands.files import whole_or_not_at_all
from broker.domain.errors import InvalidRequestError
from broker.domain.ledger import Checkpoint
from broker.ledger.checkpoint import parse_checkpoint
from broker.ledger.cosignature import WitnessKey
from broker.ledger.vouched import cosigned_by, note_in
from broker.storage import Store
from keys.signing import verify as signature_holds

Witnesses = Annotated[
    list[str] | None,
    typer.Option(help="A witness's key, as it says it: who cosigned, and when. For each one."),
]
Stamp = Annotated[
    Path | None, typer.Option(metavar="FILE", help="From `ledger stamp`: when it was there.")
]
Authority = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Certificate of the authority, PEM.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouchers:
    """Whom somebody who checks a file believes besides the log's key."""

    witnesses: Sequence[str] | None = None
    stamp: Path | None = None
    authority: Path | None = None

    def __post_init__(self) -> None:
        """Refuse half a question."""
        if (self.stamp is None) != (self.authority is None):
            raise InvalidRequestError("Give --stamp and --tsa together: the one proves the other.")

    @property
    def named(self) -> bool:
        """Whether anybody is."""
        return bool(self.witnesses) or self.stamp is not None

    def say(self, file: Path) -> tuple[str, ...]:
        """Return what they say of the checkpoint in a file that holds.

        Raises:
            LedgerVerificationError: they do not stand by it.

        """
        if not self.named:
            return ()
        with file.open("rb") as opened:
            note = note_in(opened)
        keys = [WitnessKey.of_verifier(one) for one in self.witnesses or ()]
        said = cosigned_by(note, keys, signature_holds)
        if self.stamp is None or self.authority is None:
            return said
        return (*said, f"Stamped at {_stamped(self.stamp, self.authority, note)}.")


def _stamped(stamp: Path, authority: Path, note: str) -> str:
    from keys.stamps import MAX_STAMP_BYTES, check_stamp, read_authorities  # noqa: PLC0415  # rare

    with stamp.open("rb") as opened:
        content = opened.read(MAX_STAMP_BYTES)
    return _moment(check_stamp(content, note, read_authorities(authority)))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def stamp(
    checkpoint: Annotated[Path, typer.Argument(help="From `ledger checkpoint`.")],
    output: Annotated[Path, typer.Option(metavar="FILE", help="Where the stamp is written to.")],
    authority: Annotated[str, typer.Option(help="Address of the time stamping authority.")],
    tsa: Annotated[Path, typer.Option(metavar="FILE", help="Its certificate, PEM.")],
) -> None:
    """Have an authority stamp a checkpoint (RFC 3161): it was there then, whatever our clock says.

    It is sent a hash. Check the stamp with `ledger verify FILE --stamp STAMP --tsa CERTIFICATE`.
    """
    from connectors.stamps import ask_authority  # noqa: PLC0415  # rare
    from keys.stamps import StampRequest, check_stamp, read_authorities  # noqa: PLC0415  # rare

    try:
        note = checkpoint.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequestError(f"{checkpoint.name} cannot be read; check its name.") from error
    parse_checkpoint(note)
    believed, request = read_authorities(tsa), StampRequest.over(note)
    answer = ask_authority(authority, request.encoded())
    at = check_stamp(answer, note, believed, request.nonce)
    with whole_or_not_at_all(output) as file:
        file.write(answer)
    typer.echo(f"Stamped at {_moment(at)}.")


def with_cosignatures(store: Store, newest: Checkpoint) -> Checkpoint:
    """Return a checkpoint with the cosignatures there are, once our witnesses were asked for it."""
    witnesses_file = settings_module.witnesses_file(os.environ)
    witnessing = bootstrap.witnessing_of(witnesses_file, store)
    if witnessing is None:
        return newest
    witnessing.gather()
    return parse_checkpoint(witnessing.cosigned.note(newest))
