"""Reading the plain parts of a proof: JSON of whole numbers, and hashes in base64 and in hex.

Other software reads loose base64, `1.0` for 1 or `true` for 1 in other ways; here there is one.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from broker.domain.errors import LedgerVerificationError
from broker.domain.ledger import JsonValue

Members = dict[str, JsonValue]


def unreadable() -> LedgerVerificationError:
    """Return the error of a proof whose parts are not what they should be."""
    return LedgerVerificationError("The proof cannot be read: ask for it again.")


def members(raw: bytes) -> Members:
    """Return the members of a JSON object; ValueError or LedgerError for anything else."""
    found = json.loads(raw.decode(), parse_float=_no_fraction, parse_constant=_no_fraction)
    return object_of(found)


def _no_fraction(_: str) -> None:
    raise ValueError("only whole numbers")


def object_of(value: JsonValue) -> Members:
    """Return an object's members."""
    if not isinstance(value, dict):
        raise unreadable()
    return value


def is_whole(value: JsonValue, number: int) -> bool:
    """Whether it is that number; in Python `true` would pass for 1."""
    return type(value) is int and value == number


def whole(value: JsonValue) -> int:
    """Return a whole number."""
    if type(value) is not int:
        raise unreadable()
    return value


def hex_of(value: JsonValue) -> bytes:
    """Return the bytes of hex that is written as it would be written again."""
    try:
        raw = bytes.fromhex(str(value))
    except ValueError as error:
        raise unreadable() from error
    if raw.hex() != value:
        raise unreadable()
    return raw


def path_of(value: object) -> tuple[bytes, ...]:
    """Return a list of hashes."""
    if not isinstance(value, list):
        raise unreadable()
    return tuple(plain_base64(one) for one in value)


def plain_base64(text: object) -> bytes:
    """Return the bytes of base64 that is written as it would be written again."""
    try:
        raw = b64decode(str(text), validate=True)
    except (Base64Error, ValueError) as error:
        raise unreadable() from error
    if b64encode(raw).decode() != text:
        raise unreadable()
    return raw
