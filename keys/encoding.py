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


def read_shape(shape: TypeAdapter[T], text: bytes, shortest: Callable[[T], int]) -> T:
    """Read one JSON object of exactly a shape; ValueError for any other, or a key given twice.

    A text is as short as can be only where nothing is given twice; in a longer one it is looked
    for, which takes ten times as long.

    Args:
        shape: takes no member that it does not name.
        text: in UTF-8.
        shortest: how many bytes there are of what was read, without white space or escapes.

    """
    try:
        value = shape.validate_json(text)
    except ValidationError:
        # It quotes what it read, so it must not travel with ours.
        raise ValueError("another shape") from None
    if len(text) != shortest(value):
        read_object(text)
    return value


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
