"""Base64url and JSON read strictly: one spelling for every value, so a changed byte is seen.

Lenient readers ignore the spare bits of a last base64 character, take the last of two equal JSON
keys and skip white space; each of these lets two different files mean the same thing.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

T = TypeVar("T")

_BYTES: Final = TypeAdapter(bytes, config=ConfigDict(val_json_bytes="base64"))
"""Base64 as pydantic has it: it refuses spare bits, and is five times as fast as Python's."""


class Exact:
    """A shape is read strictly: nothing more, nothing less, and of no other type."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)


def b64u(value: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return str(to_jsonable_python(value, bytes_mode="base64")).rstrip("=")


def b64u_each(values: Sequence[bytes]) -> list[str]:
    """Do `b64u` for several, at little more than the cost of one."""
    return [one.rstrip("=") for one in to_jsonable_python(values, bytes_mode="base64")]


def read_b64u(text: str) -> bytes:
    """Undo `b64u`; ValueError for anything that `b64u` would not have written."""
    # The other alphabet and padding, which pydantic takes as well.
    if "+" in text or "/" in text or "=" in text:
        raise ValueError("not base64url")
    try:
        return _BYTES.validate_strings(text)
    except ValidationError:
        # It quotes what it read, so it must not travel with ours.
        raise ValueError("not base64url") from None


def read_object(text: bytes) -> Mapping[str, object]:
    """Read one JSON object; ValueError for another shape, a key given twice, or too deep a nest."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # a fault of the text, not a type
    return value


def read_shape(shape: TypeAdapter[T], text: bytes, strings: Callable[[T], int]) -> T:
    """Read one JSON object of exactly a shape; ValueError for any other, or a key given twice.

    Two quotes stand round a string and nowhere else where nothing is escaped, so that a member too
    many is two quotes too many. Counting them is a tenth of the work of `read_object`.

    Args:
        shape: takes no member that it does not name.
        text: in UTF-8.
        strings: how many strings, names and values, what was read consists of.

    """
    try:
        value = shape.validate_json(text)
    except ValidationError:
        # It quotes what it read, so it must not travel with ours.
        raise ValueError("another shape") from None
    if b"\\" in text:
        read_object(text)
    elif text.count(b'"') != 2 * strings(value):
        raise ValueError("a key is given twice")
    return value


def cut_out(text: bytes, name: str) -> tuple[bytes, str | None]:
    """Return JSON without the long value of a member, and the value; None where it is not found.

    What is a hundred times as long as the rest is then looked through once, as what it is. What
    stands in its place is an empty string, so the member counts for what it counted before.
    """
    before, name_, rest = text.partition(b'"%s":"' % name.encode("ascii"))
    value, quote, after = rest.partition(b'"')
    # An escaped quote neither begins a name nor ends a value.
    if not quote or b"\\" in text:
        return text, None
    return b"".join((before, name_, quote, after)), value.decode("latin-1")


def compact_json(value: Mapping[str, object]) -> bytes:
    """Write JSON without white space, keys in the given order."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key is given twice")
    return value


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def pem(label: str, der: bytes) -> bytes:
    """Return DER as PEM text (RFC 7468)."""
    body = base64.encodebytes(der).replace(b"\n", b"")
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    edge = b"-----%s " + label.encode("ascii") + b"-----"
    return b"\n".join([edge % b"BEGIN", *lines, edge % b"END", b""])
