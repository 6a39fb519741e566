"""Base64url and JSON read strictly: one spelling for every value, so a changed byte is seen.

Lenient readers ignore the spare bits of a last base64 character, take the last of two equal JSON
keys and skip white space; each of these lets two different files mean the same thing.
"""

import base64
import binascii
import json
import string
from collections.abc import Mapping

_ALPHABET = string.ascii_letters + string.digits + "-_"
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes(
    ord({"-": "+", "_": "/"}.get(chr(byte), chr(byte) if chr(byte) in _ALPHABET else "!"))
    for byte in range(256)
)
"""What a byte is in base64; "!" is skipped there, so that the value comes out too short."""
_LAST = {2: "AQgw", 3: "AEIMQUYcgkosw048"}
"""By length modulo 4: what a last character may be for its spare bits to be none."""


def b64u(value: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    encoded = binascii.b2a_base64(value, newline=False)
    return encoded.rstrip(b"=").translate(_TO_URL).decode("ascii")


def read_b64u(text: str) -> bytes:
    """Undo `b64u`; ValueError for anything that `b64u` would not have written."""
    over = len(text) % 4
    if over == 1 or not text.isascii() or (over and text[-1] not in _LAST[over]):
        raise ValueError("not base64url")
    padded = text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4)
    try:
        value = binascii.a2b_base64(padded)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if len(value) != len(text) * 3 // 4:
        raise ValueError("not base64url")
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
