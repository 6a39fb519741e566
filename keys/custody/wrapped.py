"""A data key as custody wrapped it.

    wrapped = version 0x02 || 2 bytes number of the wrapping key, from 1 || what its backend made

Version 0x01, which only files have written, has no number: it is the first key's. What is bound
to the data key is version, number and context, wherever the backend takes bytes for that.
Do not reorder these parts under this version: rows in the database are read by it.
"""

from typing import Final

from broker.domain.errors import CustodyError

FIRST_VERSION: Final = b"\x01"
VERSION: Final = b"\x02"
NUMBER_BYTES: Final = 2


def bound(number: int, context: bytes) -> bytes:
    """Return what a data key is bound to under a wrapping key."""
    return VERSION + number.to_bytes(NUMBER_BYTES, "big") + context


def join(number: int, sealed: bytes) -> bytes:
    """Return a wrapped key of this version."""
    return bound(number, sealed)


def split(wrapped: bytes) -> tuple[int, bytes]:
    """Undo `join`; CustodyError for another version, or for what was cut short."""
    start = len(VERSION) + NUMBER_BYTES
    number = int.from_bytes(wrapped[len(VERSION) : start], "big")
    if wrapped[: len(VERSION)] != VERSION or len(wrapped) <= start or number == 0:
        raise CustodyError("A wrapped key is of a version this program does not read.")
    return number, wrapped[start:]
