"""Base64url and JSON read strictly: one spelling for every value, so a changed byte is seen.

Lenient readers ignore the spare bits of a last base64 character, take the last of two equal JSON
keys and skip white space; each of these lets two different files mean the same thing.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def b64u(value: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def read_b64u(text: str) -> bytes:
    """Undo `b64u`; ValueError for anything that `b64u` would not have written."""
    if _BASE64URL.fullmatch(text) is None:
        raise ValueError("not base64url")
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if b64u(value) != text:
        raise ValueError("base64url with spare bits set")
    return value


def read_object(text: bytes) -> Mapping[str, object]:
    """Read one JSON object; ValueError for another shape, a key given twice, or too deep a nest."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  # a fault of the text, not a type
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
