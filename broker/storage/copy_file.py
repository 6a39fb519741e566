r"""A copy of the database as one file. DO NOT reorder or rename: copies are read years later.

    head  = RFC 8785 JSON and a line end:
            {"at", "key": base64, "origin", "revision", "size", "version": "marac-copy/1"}
    piece = 4 bytes length || vault.seal(key, "copy", 8 bytes number || zlib(JSON))

`key` is a data key of the vault's own: wrapped by custody and under the month's term key, so that
a copy ends when its month does. The pieces in order are the head again, then rows,
`{"table": ..., "columns": [...], "rows": [[...], ...]}`, last `{"rows": <how many there are>}`.
Bytes are base64, moments are microseconds since 1970.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from broker.domain.errors import CustodyError, InvalidRequestError
from broker.domain.ports import RecordVault
from broker.ledger.entry import canonical_bytes, time_text

VERSION: Final = "marac-copy/1"
_NAME: Final = "copy"
"""What the pieces' key is bound to; no case has such a name."""
_LENGTH_BYTES: Final = 4
_NUMBER_BYTES: Final = 8
_MAX_HEAD_BYTES: Final = 16_384
MAX_PIECE_BYTES: Final = 256 * 1024 * 1024
"""Of one piece: a page of rows, or one row with the largest package; bounds what is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyHead:
    """What stands on a copy.

    Args:
        revision: of the schema that it was made from.
        size: entries of the log that are in it.

    """

    origin: str
    revision: str
    size: int
    at: datetime


def write_pieces(
    file: BinaryIO, vault: RecordVault, head: CopyHead, pages: Iterable[dict[str, Any]]
) -> int:
    """Write a whole copy; return how many rows are in it."""
    key = vault.new_key(_NAME)
    line = _head_line(head, key)
    file.write(line)
    rows = number = 0
    _write_piece(file, vault.seal(key, _NAME, _numbered(0, {"head": line.decode()})))
    for number, page in enumerate(pages, 1):
        rows += len(page["rows"])
        _write_piece(file, vault.seal(key, _NAME, _numbered(number, page)))
    _write_piece(file, vault.seal(key, _NAME, _numbered(number + 1, {"rows": rows})))
    return rows


def read_copy_head(file: BinaryIO) -> tuple[CopyHead, bytes]:
    """Return what stands on a copy, which only its pieces prove, and its line.

    Raises:
        InvalidRequestError: it is no copy of this version.

    """
    line = file.readline(_MAX_HEAD_BYTES)
    try:
        members = json.loads(line)
        head = CopyHead(
            origin=members["origin"],
            revision=members["revision"],
            size=members["size"],
            at=datetime.fromisoformat(members["at"]),
        )
        same = _head_line(head, _key_of(line)) == line
    except (ValueError, KeyError, TypeError, RecursionError):
        same = False
    if not same:
        raise InvalidRequestError(
            "The file is no copy of a database: make it with marac-broker database backup."
        )
    return head, line


def read_pages(file: BinaryIO, vault: RecordVault, line: bytes) -> Iterator[dict[str, Any]]:
    """Yield the pages of rows, behind the head; believe none before the last was yielded.

    Raises:
        CustodyError: a byte was changed, a piece is missing, or the copy has reached its term.

    """
    key, rows = _key_of(line), 0
    for number, sealed in enumerate(_pieces(file)):
        page = _page(vault.open(key, _NAME, sealed), number)
        if number == 0:
            if page != {"head": line.decode()}:
                raise _damaged()
        elif "table" in page:
            rows += len(page["rows"])
            yield page
        elif page == {"rows": rows} and not file.read(1):
            return
        else:
            raise _damaged()
    raise _damaged()


def _head_line(head: CopyHead, key: bytes) -> bytes:
    return (
        canonical_bytes(
            {
                "at": time_text(head.at),
                "key": b64encode(key).decode(),
                "origin": head.origin,
                "revision": head.revision,
                "size": head.size,
                "version": VERSION,
            }
        )
        + b"\n"
    )


def _key_of(line: bytes) -> bytes:
    return b64decode(json.loads(line)["key"], validate=True)


def _numbered(number: int, page: dict[str, Any]) -> bytes:
    text = json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()
    return number.to_bytes(_NUMBER_BYTES) + zlib.compress(text, 1)


def _page(plain: bytes, number: int) -> dict[str, Any]:
    """Return what a piece holds, in its place; whoever sealed it was a broker with our keys."""
    if int.from_bytes(plain[:_NUMBER_BYTES]) != number:
        raise _damaged()
    found: dict[str, Any] = json.loads(zlib.decompress(plain[_NUMBER_BYTES:]))
    return found


def _write_piece(file: BinaryIO, sealed: bytes) -> None:
    file.write(len(sealed).to_bytes(_LENGTH_BYTES) + sealed)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while length := file.read(_LENGTH_BYTES):
        size = int.from_bytes(length)
        sealed = file.read(size) if size <= MAX_PIECE_BYTES else b""
        if len(length) != _LENGTH_BYTES or len(sealed) != size:
            raise _damaged()
        yield sealed


def _damaged() -> CustodyError:
    return CustodyError("The copy was changed or cut short: take another one.")
