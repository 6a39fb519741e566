"""Domain values as bytes: `[version, document]` in JSON. DO NOT rename a field of a stored class.

A field may be added with a default. Anything else is a new version with a reader for the old.
"""

from typing import Generic, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from broker.domain.errors import LedgerVerificationError

VERSION = 1
PAD_BYTES = 512
"""Documents are padded to a multiple, so that a sealed length says little about what is inside."""
CASE_PAD_BYTES = 4_096
"""As much as a case of five people needs: the length does not count them."""

T = TypeVar("T")
_EXACT = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex", extra="forbid", strict=True)


class Documents(Generic[T]):
    """Reads and writes one class. Thread-safe."""

    def __init__(self, kind: type[T], pad_bytes: int = PAD_BYTES) -> None:
        """Compile the reader and the writer once."""
        self._kind = kind.__name__
        self._pad_bytes = pad_bytes
        pair = tuple[int, kind]  # type: ignore[valid-type]  # known at run time only
        self._adapter: TypeAdapter[tuple[int, T]] = TypeAdapter(pair, config=_EXACT)

    def dump(self, value: T) -> bytes:
        """Return the padded bytes."""
        written = self._adapter.dump_json((VERSION, value))
        return written + b" " * (-len(written) % self._pad_bytes)

    def load(self, written: bytes) -> T:
        """Return the value.

        Raises:
            LedgerVerificationError: another version, or not what `dump` wrote.

        """
        try:
            version, value = self._adapter.validate_json(written)
        except ValidationError:  # Its text quotes the document, so it goes no further.
            version, value = 0, None
        if version != VERSION or value is None:
            raise LedgerVerificationError(
                f"A stored {self._kind} cannot be read: it was written by another version. "
                "Run marac-broker database upgrade."
            )
        return value
