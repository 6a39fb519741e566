#!/usr/bin/env python3
"""Check a file of a disclosure log without the broker and without its software.

Needs Python 3.9 or later and nothing else: copy this one file. README.md beside it says what a
pass proves and what it does not; FORMAT.md one folder up is what is checked here.

    python3 verify_log.py FILE --key NAME+ID+KEY [--kept CHECKPOINT] [--witness NAME+ID+KEY ...]

Exit status 0: the file holds. 1: it does not, and the sentence says where. 2: it is no such file.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

VERSION = 1
MAX_ENTRY_BYTES = 65_536
MAX_NOTE_CHARACTERS = 16_384
MAX_PROOF_BYTES = 1_048_576
MAX_WHOLE = 2**53 - 1  # RFC 7493 section 2.2
MAP_LINE = "marac-map-v1 "  # how the line begins that commits to the map of cases
EMPTY = bytes(32)  # of a part of the map without a case
TOP = 1 << 255  # the first bit of a case's key, which decides at the root of the map
MAX_DEPTH = 256
LAST_SECOND = 253_402_300_799  # of the year 9999
LATE_SECONDS = 120  # clocks of two brokers, and an entry that waited: more is odd
BEGINS = len('["",') + 64  # characters of a line before the entry's own bytes

_SPACE = "\\s\x1c-\x1f\x85"
NOTE = re.compile(
    "([^\\n]+)\\n([1-9][0-9]{0,17})\\n([A-Za-z0-9+/]{43}=)\\n((?:[^\\n]+\\n)*)\\n"
    f"((?:\u2014 [^{_SPACE}+]+ [A-Za-z0-9+/]+={{0,2}}\\n)+)"
)
LINE = re.compile(rb'\["([0-9a-f]{64})",')
TIME = re.compile("[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z")
WORD = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
MEMBERS = {"version", "index", "kind", "at", "case_tag", "case_number", "case_previous", "detail"}


class RefusedError(Exception):
    """The file does not hold, or is no such file.

    Args:
        said: one sentence for whoever ran this.
        status: exit status.

    """

    def __init__(self, said: str, status: int = 1) -> None:
        """Keep the sentence and the status."""
        super().__init__(said)
        self.status = status


def at_entry(index: int, what: str) -> RefusedError:
    """Return the refusal that names an entry."""
    return RefusedError(f"Entry {index}: {what}.")


def no_such_file(what: str) -> RefusedError:
    """Return the refusal of what is no evidence at all."""
    return RefusedError(what, 2)


# --- Ed25519, RFC 8032 section 5.1: checking one signature. Nothing here is secret, so that the
# --- time it takes tells nobody anything. A point is (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.

P = 2**255 - 19  # the field
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the base point
D = -121665 * pow(121666, -1, P) % P  # the curve: -x^2 + y^2 = 1 + D x^2 y^2
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def add(one: Point, two: Point) -> Point:
    """Add two points (section 5.1.4); adding a point to itself is allowed."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c = 2 * one[3] * two[3] * D % P
    d = 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    """Add a point to itself so many times, by doubling."""
    made = NEUTRAL
    while number:
        if number & 1:
            made = add(made, point)
        point = add(point, point)
        number >>= 1
    return made


def point_of(encoded: bytes) -> Point | None:
    """Decode 32 bytes (section 5.1.3): y, and in the top bit whether x is odd."""
    number = int.from_bytes(encoded, "little")
    y, odd = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and odd):
        return None
    if x & 1 != odd:
        x = P - x
    return x, y, 1, x * y % P


def bytes_of(point: Point) -> bytes:
    """Encode a point (section 5.1.2)."""
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE_Y = 4 * pow(5, -1, P) % P
BASE = point_of(_BASE_Y.to_bytes(32, "little")) or NEUTRAL


def signature_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key made this signature of this message (section 5.1.7)."""
    if len(public_key) != 32 or len(signature) != 64:  # noqa: PLR2004  sections 5.1.5 and 5.1.6
        return False
    key, s = point_of(public_key), int.from_bytes(signature[32:], "little")
    if key is None or s >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + public_key + message).digest()
    k = int.from_bytes(hashed, "little") % ORDER
    # [s]B = R + [k]A, asked as R = [s]B + [k](-A); minus a point has x and T negated.
    minus = (P - key[0], key[1], key[2], P - key[3])
    return bytes_of(add(times(s, BASE), times(k, minus))) == signature[:32]


# --- The tree, RFC 6962 section 2.1, and proofs in it, RFC 9162 sections 2.1.3.2 and 2.1.4.2.


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Hash neighbours together, level by level; who has none goes up as they are."""
    level = list(hashes)
    while len(level) > 1:
        paired = [node_hash(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def climb(node: int, last: int, proof: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Follow a proof to the root; also return the hash without what stands to the right."""
    old = new = proof[0]
    for beside in proof[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the entry to the root."""
    found = climb(index, size - 1, [leaf, *path]) if 0 <= index < size else None
    return found is not None and found[1] == root


def is_consistent(old: Checkpoint, new: Checkpoint, path: Sequence[bytes]) -> bool:
    """Whether the newer tree begins with the older."""
    if old.size >= new.size:
        return (old.size, old.root) == (new.size, new.root) and not path
    node, last = old.size - 1, new.size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    # The older tree's root opens the proof where that tree is one complete subtree.
    proof = list(path) if node else [old.root, *path]
    return bool(path) and climb(node, last, proof) == (old.root, new.root)


# --- The log's key and its checkpoints: C2SP signed-note and tlog-checkpoint.


def unpadded(text: object) -> bytes:
    """Decode base64 that is written as it would be written again."""
    if not isinstance(text, str):
        raise TypeError("base64 is text")
    raw = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(raw).decode() != text:
        raise binascii.Error("not plain base64")
    return raw


class Key(NamedTuple):
    """The log's name and public key, which you got from somebody you trust."""

    origin: str
    key_id: bytes
    public: bytes


class Checkpoint(NamedTuple):
    """What the log signed: how many entries it has, their root, and the root of its cases' map."""

    size: int
    root: bytes
    map_root: bytes | None


class Kept(NamedTuple):
    """What you have from an earlier day: a checkpoint, or a case's file with its entries."""

    signed: Checkpoint
    tag: str | None = None
    leaves: tuple[bytes, ...] = ()


def read_key(text: str, kind: int = 1, whose: str = "log's key as its operator does") -> Key:
    """Read `name+key id+base64`; `kind` is 1 for a log's and 4 for a witness's (C2SP)."""
    origin, _, rest = text.partition("+")
    written, _, encoded = rest.partition("+")
    try:
        raw = unpadded(encoded)
    except ValueError:
        raw = b""
    key_id = hashlib.sha256(origin.encode() + b"\n" + raw).digest()[:4]
    named = re.fullmatch("[^\\s\x00-\x1f\x7f\x85]{1,255}", origin)
    if not named or len(raw) != 33 or raw[0] != kind or key_id.hex() != written:  # noqa: PLR2004
        raise no_such_file(f"Give the {whose}: name+key id+base64.")
    return Key(origin, key_id, raw[1:])


def parts_of(note: object) -> re.Match[str]:
    """Return a note's origin, size, root, extension lines and signatures, if it is a note."""
    short = isinstance(note, str) and len(note) <= MAX_NOTE_CHARACTERS
    found = NOTE.fullmatch(str(note)) if short else None
    if found is None:
        raise RefusedError("The checkpoint is not a C2SP signed note.")
    return found


def checkpoint_of(note: object, key: Key) -> Checkpoint:
    """Return what a note says, once the log's own signature on it holds."""
    origin, size, root, more, lines = parts_of(note).groups()
    made = []
    for line in lines.split("\n")[:-1]:
        _, name, encoded = line.split(" ")
        try:
            blob = unpadded(encoded)
        except ValueError as error:
            raise RefusedError("A signature on the checkpoint is not plain base64.") from error
        if name == key.origin and blob[:4] == key.key_id:
            made.append(blob[4:])
    if origin != key.origin or not made:
        raise RefusedError("The checkpoint is not signed by this log's key.")
    message = f"{origin}\n{size}\n{root}\n{more}".encode()
    if not all(signature_holds(key.public, message, one) for one in made):
        raise RefusedError("The checkpoint's signature does not hold.")
    return Checkpoint(int(size), unpadded(root), map_root_in(more))


def cosigned(note: str, witnesses: Sequence[Key]) -> list[str]:
    """Say of each witness when it cosigned a note that holds (C2SP tlog-cosignature)."""
    *parts, lines = parts_of(note).groups()
    text, said = "{}\n{}\n{}\n{}".format(*parts), []
    for witness in witnesses:
        made = []
        for line in lines.split("\n")[:-1]:
            _, name, encoded = line.split(" ")
            blob = unpadded(encoded)
            if (name, blob[:4]) != (witness.origin, witness.key_id):
                continue
            made.append(int.from_bytes(blob[4:12], "big"))
            message = f"cosignature/v1\ntime {made[-1]}\n{text}".encode()
            if made[-1] > LAST_SECOND or not signature_holds(witness.public, message, blob[12:]):
                raise RefusedError(f"The cosignature of {name} does not hold.")
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(max(made, default=0)))
        whole = f"Cosigned by {witness.origin} at {when}."
        said.append(whole if made else f"Not cosigned by {witness.origin}.")
    if all(one.startswith("Not") for one in said):
        raise RefusedError("None of the witnesses that you named cosigned the checkpoint.")
    return said


def map_root_in(lines: str) -> bytes | None:
    """Return what the extension lines commit to as the map of cases; None for no such line."""
    ours = [line for line in lines.split("\n") if (line + " ").startswith(MAP_LINE)]
    if not ours:
        return None
    try:
        root = unpadded(ours[0][len(MAP_LINE) :])
    except ValueError:
        root = b""
    if len(ours) > 1 or len(root) != len(EMPTY):
        raise RefusedError("The checkpoint commits to the map of cases in no known way.")
    return root


# --- The map of cases: a sparse Merkle tree, FORMAT.md. The bits of a case's key lead to its place.


def case_key(tag: str) -> bytes:
    """Return where a case stands in the map."""
    return hashlib.sha256(tag.encode()).digest()


def case_value(count: int, newest: bytes) -> bytes:
    """Hash how many entries a case has, and the newest of them."""
    return hashlib.sha256(b"\x04" + count.to_bytes(8, "big") + newest).digest()


def case_leaf(key: bytes, value: bytes) -> bytes:
    """Hash what the map says of one case."""
    return hashlib.sha256(b"\x02" + key + value).digest()


def map_node(left: bytes, right: bytes) -> bytes:
    """Hash two parts of the map together."""
    return hashlib.sha256(b"\x03" + left + right).digest()


def map_root_of(leaves: Sequence[tuple[int, bytes]], bit: int = TOP) -> bytes:
    """Hash the map over leaves in the order of their keys."""
    if len(leaves) < 2:  # noqa: PLR2004  one case is its leaf, none is nothing
        return leaves[0][1] if leaves else EMPTY
    left = [one for one in leaves if not one[0] & bit]
    right = leaves[len(left) :]
    return map_node(map_root_of(left, bit >> 1), map_root_of(right, bit >> 1))


def map_root_over(heads: dict[str, tuple[int, str]]) -> bytes:
    """Hash the map of these cases and no others."""
    leaves = []
    for tag, (count, newest) in heads.items():
        key = case_key(tag)
        leaf = case_leaf(key, case_value(count, bytes.fromhex(newest)))
        leaves.append((int.from_bytes(key, "big"), leaf))
    return map_root_of(sorted(leaves))


def is_mapped(root: bytes, key: bytes, leaf: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path leads from what stands in the case's place to the root."""
    if len(path) > MAX_DEPTH or any(len(one) != len(EMPTY) for one in (key, *path)):
        return False
    turns = int.from_bytes(key, "big") >> (MAX_DEPTH - len(path))
    for beside in path:
        leaf = map_node(beside, leaf) if turns & 1 else map_node(leaf, beside)
        turns >>= 1
    return leaf == root


# --- Entries: one JSON object each, in the one form that RFC 8785 gives it.


def _no_fraction(_: str) -> NoReturn:
    raise ValueError("only whole numbers")


def _whole(text: str) -> int:
    number = int(text)
    if not -MAX_WHOLE <= number <= MAX_WHOLE:
        raise ValueError("others would round it")
    return number


READ = json.JSONDecoder(
    parse_int=_whole, parse_float=_no_fraction, parse_constant=_no_fraction
).decode
SORTED = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode


def object_of(raw: bytes) -> dict[str, Any]:
    """Read a JSON object of text, whole numbers, lists and objects."""
    return members_of(READ(raw.decode()))


def members_of(found: object) -> dict[str, Any]:
    """Return the members of an object, if it is one."""
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def canonical(value: object) -> str:
    """Write JSON as RFC 8785 does: members in UTF-16 order, no spaces, nothing escaped in vain."""
    text = SORTED(value)
    # Python sorts by code point. In ASCII that is the same order, and this is much faster.
    return text if text.isascii() else by_members(value)


def by_members(value: object) -> str:
    """Write JSON as RFC 8785 does, in any script."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{SORTED(one)}:{by_members(value[one])}" for one in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(by_members, value)) + "]"
    return SORTED(value)


def is_time(value: object) -> bool:
    """Whether it is a moment in UTC with six decimals."""
    if not isinstance(value, str) or not TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value[:-1])
    except ValueError:
        return False
    return True


def is_whole(value: object) -> bool:
    """Whether it is a whole number; in Python `true` would pass for 1."""
    return type(value) is int


class Entry(NamedTuple):
    """An entry as its own bytes say, and their hash."""

    said: dict[str, Any]
    leaf: bytes


def entry_of(raw: bytes) -> Entry:
    """Read an entry from its bytes; ValueError or TypeError if they are not one."""
    said = object_of(raw)
    tag = said.get("case_tag")
    sound = (
        len(raw) <= MAX_ENTRY_BYTES
        and canonical(said).encode() == raw
        and said.keys() == MEMBERS
        and (is_whole(said["version"]) and said["version"] == VERSION)
        and (isinstance(said["kind"], str) and WORD.fullmatch(said["kind"]) is not None)
        and (is_whole(said["index"]) and is_whole(said["case_number"]) and is_time(said["at"]))
        and (tag is None or isinstance(tag, str))
        and (isinstance(said["case_previous"], str) and isinstance(said["detail"], dict))
    )
    if not sound:
        raise ValueError("not an entry of version 1 in RFC 8785 form")
    return Entry(said, leaf_hash(raw))


UNREADABLE = (ValueError, TypeError, KeyError, RecursionError)

# --- The kinds of file. Each check returns what it found, in sentences.


def check_export(file: BinaryIO, first: bytes, key: Key, kept: Kept | None) -> list[str]:
    """Check a whole log: every entry, the chain of every case, the root and the signature."""
    try:
        head = object_of(first)
        same = canonical(head).encode() + b"\n" == first and is_whole(head["version"])
        known = same and head["version"] == VERSION and is_time(head["newest_at"])
        if not known or head.keys() != {"version", "checkpoint", "newest_at"}:
            raise ValueError("not a head")
        parts_of(head["checkpoint"])
    except (*UNREADABLE, RefusedError) as error:
        raise no_such_file("The file is no export of a log.") from error
    signed = checkpoint_of(head["checkpoint"], key)
    hashes, heads, at = check_entries(lines_of(file), signed.size)
    if len(hashes) != signed.size:
        raise at_entry(len(hashes), "it is missing")
    if root_of(hashes) != signed.root:
        raise RefusedError("The entries are not those that the checkpoint was signed for.")
    if at != head["newest_at"]:
        raise at_entry(signed.size - 1, "it is not of the time that the head gives")
    if signed.map_root not in {None, map_root_over(heads)}:
        raise at_entry(signed.size - 1, "the checkpoint commits to another map of cases")
    check_kept(signed, None if kept is None else kept.signed, hashes)
    cases = len(heads)
    return [
        f"The log's key signed {signed.size} entries, the last of {at}.",
        "Each is in canonical form, in its place, and they add up to the signed root.",
        f"They belong to {cases} cases; each case's entries are numbered and chained without gap.",
        UNMAPPED if signed.map_root is None else MAPPED,
    ]


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines after the first, none longer than an entry can make it."""
    return iter(lambda: file.readline(MAX_ENTRY_BYTES + BEGINS + len("]\n")), b"")


def check_entries(
    lines: Iterator[bytes], size: int
) -> tuple[list[bytes], dict[str, tuple[int, str]], str]:
    """Return the entries' hashes, how far each case has come, and the time of the last."""
    hashes: list[bytes] = []
    heads: dict[str, tuple[int, str]] = {}
    at = ""
    for index, line in enumerate(lines):
        begins = LINE.match(line)
        if begins is None or not line.endswith(b"]\n"):
            raise at_entry(index, "its line was changed, or cut short")
        if leaf_hash(line[BEGINS:-2]).hex().encode() != begins[1]:
            raise at_entry(index, "its line was changed")
        if index == size:
            raise at_entry(index, "the checkpoint does not cover it")
        try:
            said, leaf = entry_of(line[BEGINS:-2])
        except UNREADABLE as error:
            raise at_entry(index, "its bytes were changed") from error
        if said["index"] != index:
            raise at_entry(index, f"it says that it is entry {said['index']}")
        expected, tag = (0, ""), said["case_tag"]
        if tag is not None:
            count, newest = heads.get(tag, (0, ""))
            expected, heads[tag] = (count + 1, newest), (count + 1, leaf.hex())
        if (said["case_number"], said["case_previous"]) != expected:
            raise at_entry(index, "it does not follow the entry of its case before it")
        hashes.append(leaf)
        at = said["at"]
    return hashes, heads, at


def check_kept(now: Checkpoint, kept: Checkpoint | None, hashes: Sequence[bytes]) -> None:
    """Check that the log that you knew is how the log of this file begins."""
    if kept is not None and kept.size > now.size:
        raise at_entry(now.size, "the checkpoint that you kept covers it and this file does not")
    if kept is not None and root_of(hashes[: kept.size]) != kept.root:
        raise RefusedError(f"The first {kept.size} entries are not those that you kept.")
    check_still_mapped(now, kept)


def check_still_mapped(now: Checkpoint, kept: Checkpoint | None) -> None:
    """Check that a log which once committed to its cases still does, and to the same."""
    if kept is not None and kept.map_root is not None:
        if now.map_root is None:
            raise RefusedError("The checkpoint no longer commits to the map of cases.")
        if kept.size == now.size and kept.map_root != now.map_root:
            raise RefusedError("Two maps of cases were signed for one log: keep both as proof.")


def path_of(found: object) -> list[bytes]:
    """Read the hashes of a proof."""
    if not isinstance(found, list):
        raise TypeError("a path is a list")
    return [unpadded(one) for one in found]


def check_proof(found: dict[str, Any], key: Key) -> list[str]:
    """Check that one entry is in the log that a checkpoint was signed for."""
    try:
        raw, path = found["entry"].encode(), path_of(found["path"])
        numbers = [found["index"], found["size"]]
    except (*UNREADABLE, AttributeError) as error:
        raise RefusedError("The proof cannot be read.") from error
    signed = checkpoint_of(found["checkpoint"], key)
    try:
        said, leaf = entry_of(raw)
    except UNREADABLE as error:
        raise RefusedError("The bytes of the entry were changed.") from error
    index = said["index"]
    stated = all(map(is_whole, numbers)) and numbers == [index, signed.size]
    stated = stated and found["leaf_hash"] == base64.b64encode(leaf).decode()
    if not stated or not is_included(leaf, index, signed.size, path, signed.root):
        raise at_entry(index, "the proof does not lead from it to the signed root")
    return [
        f"The log's key signed a log of {signed.size} entries, and this is entry {index} of it.",
        f"It is a {said['kind']} of {said['at']}, number {said['case_number']} of its case.",
    ]


def check_receipt(found: dict[str, Any], key: Key) -> list[str]:
    """Check a receipt as the broker answers a request with it: an entry's proof, told again."""
    try:
        names = ("entry", "proof", "checkpoint")
        told, proof, signed = (members_of(found[name]) for name in names)
        raw = bytes.fromhex(told["leaf_hash"])
        if raw.hex() != told["leaf_hash"]:
            raise ValueError("not plain hex")
        leaf, note = base64.b64encode(raw).decode(), signed.get("note")
        where = {name: proof.get(name) for name in ("index", "size", "path")}
        written = {"entry": told.get("canonical"), "leaf_hash": leaf, "checkpoint": note, **where}
    except UNREADABLE as error:
        raise RefusedError("The receipt cannot be read.") from error
    made, said = check_proof(written, key), object_of(told["canonical"].encode())
    times_told = (said["at"], said["at"].replace(".000000Z", "Z"))
    same = all(
        type(told.get(name)) is type(said[name]) and told[name] == said[name]
        for name in ("index", "kind", "case_number")
    )
    if said["kind"] != "disclosure" or not same or told.get("at") not in times_told:
        raise at_entry(said["index"], "the receipt tells it otherwise than the log")
    return made


# --- One case's entries, with the map's word that there are no others.


class CaseFile(NamedTuple):
    """What a case's file says once it was read; nothing of it is believed yet."""

    head: dict[str, Any]
    entries: list[tuple[Entry, list[bytes]]]


def read_case_file(first: bytes, lines: Iterator[bytes]) -> CaseFile:
    """Read a case's file, which is in one form."""
    try:
        head = object_of(first)
        known = canonical(head).encode() + b"\n" == first and head.keys() == CASE_FILE
        known = known and is_whole(head["version"]) and head["version"] == VERSION
        if not known or not isinstance(head["case_tag"], str) or not is_whole(head["count"]):
            raise ValueError("not a head")
    except UNREADABLE as error:
        raise no_such_file("The file is no file of a case.") from error
    entries = []
    for at, line in enumerate(lines, 1):
        try:
            found = object_of(line)
            if canonical(found).encode() + b"\n" != line or found.keys() != {"entry", "path"}:
                raise ValueError("not a line")
            raw = canonical(found["entry"]).encode()
            entries.append((entry_of(raw), path_of(found["path"])))
        except UNREADABLE as error:
            raise RefusedError(f"The line of entry number {at} of the case was changed.") from error
    return CaseFile(head, entries)


def check_case_file(found: CaseFile, key: Key, kept: Kept | None) -> tuple[list[str], Kept]:
    """Check one case's entries, that there are no others, and what the log has grown from."""
    head, tag = found.head, found.head["case_tag"]
    signed = checkpoint_of(head["checkpoint"], key)
    if signed.map_root is None:
        raise RefusedError("The checkpoint commits to no map of cases: entries may be left out.")
    leaves = check_chain(found, signed)
    check_mapped(head, signed.map_root, leaves)
    said = [
        f"The log's key signed a log of {signed.size} entries and the map of its cases.",
        f"Entries of this case in the signed map: {len(leaves)}. These are they, first to last."
        if leaves
        else "Entries of this case in the signed map: none.",
    ]
    since = check_since(head["since"], signed, key)
    if since is not None:
        said.append(f"The log begins with the {since.size} entries of an earlier checkpoint.")
    if kept is not None:
        said.append(check_against(kept, Kept(signed, tag, tuple(leaves)), since))
    return [*said, *odd_times(found.entries)], Kept(signed, tag, tuple(leaves))


def check_chain(found: CaseFile, signed: Checkpoint) -> list[bytes]:
    """Check that each entry is in the log, and that they are the case's from the first on."""
    leaves: list[bytes] = []
    last = -1
    for (said, leaf), path in found.entries:
        index, previous = said["index"], leaves[-1].hex() if leaves else ""
        if said["case_tag"] != found.head["case_tag"]:
            raise at_entry(index, "it is of another case")
        if (said["case_number"], said["case_previous"]) != (len(leaves) + 1, previous):
            raise at_entry(index, "it does not follow the entry of its case before it")
        if index <= last or not is_included(leaf, index, signed.size, path, signed.root):
            raise at_entry(index, "the proof does not lead from it to the signed root")
        leaves.append(leaf)
        last = index
    if len(leaves) != found.head["count"]:
        raise RefusedError(f"Entry number {len(leaves) + 1} of the case is missing.")
    return leaves


def check_mapped(head: dict[str, Any], map_root: bytes, leaves: Sequence[bytes]) -> None:
    """Check that the map has so many entries of the case, and no others."""
    try:
        proof = members_of(head["map"])
        path, other = path_of(proof["path"]), proof["other"]
        if proof.keys() != {"other", "path"} or (leaves and other is not None):
            raise ValueError("not a proof")
        key, leaf = case_key(head["case_tag"]), EMPTY
        if leaves:
            leaf = case_leaf(key, case_value(len(leaves), leaves[-1]))
        elif other is not None:
            theirs, value = path_of(other)
            leaf = case_leaf(theirs, value)
            if theirs == key or not is_mapped(map_root, theirs, leaf, path):
                raise ValueError("not in its place")
    except UNREADABLE as error:
        raise RefusedError("The map's proof of the case cannot be read.") from error
    if not is_mapped(map_root, key, leaf, path):
        raise RefusedError(
            "The signed map of cases says otherwise: entries of the case are hidden."
        )


def check_since(found: object, signed: Checkpoint, key: Key) -> Checkpoint | None:
    """Check that the log has only grown since the earlier checkpoint that the file names."""
    if found is None:
        return None
    try:
        told = members_of(found)
        path, note = path_of(told["path"]), told["checkpoint"]
    except UNREADABLE as error:
        raise RefusedError("The proof of growth cannot be read.") from error
    since = checkpoint_of(note, key)
    if not is_consistent(since, signed, path):
        raise RefusedError("The log does not begin with the one of the earlier checkpoint.")
    check_still_mapped(signed, since)
    return since


def check_against(kept: Kept, now: Kept, since: Checkpoint | None) -> str:
    """Check a case's file against what you have from an earlier day."""
    before, after = kept.signed, now.signed
    if before.size > after.size:
        raise RefusedError(f"You kept a checkpoint of {before.size} entries: this one is older.")
    check_still_mapped(after, before)
    if kept.tag == now.tag and kept.leaves != now.leaves[: len(kept.leaves)]:
        raise RefusedError("Entries of the case that you kept are missing or changed: keep both.")
    if before.size == after.size:
        if before.root != after.root:
            raise RefusedError("Two logs of one size were signed: keep both files as proof.")
    elif since is None or (since.size, since.root) != (before.size, before.root):
        raise no_such_file(
            f"The file does not go back to the {before.size} entries that you kept: "
            "ask for one made with --since."
        )
    return f"It goes on from the {before.size} entries of what you kept."


def odd_times(entries: Sequence[tuple[Entry, list[bytes]]]) -> list[str]:
    """Name the entries that say an earlier time than one before them."""
    odd, latest = [], 0.0
    for (said, _), _ in entries:
        at = datetime.strptime(said["at"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
        if at < latest - LATE_SECONDS:
            odd.append(f"Ask about entry {said['index']}: it says an earlier time than one before.")
        latest = max(latest, at)
    return odd


def check_growth(found: dict[str, Any], key: Key, kept: Checkpoint | None) -> list[str]:
    """Check that the log has only grown since the checkpoint that was kept."""
    if kept is None:
        raise no_such_file("Give the checkpoint that you kept, too: --kept FILE.")
    try:
        path, numbers = path_of(found["path"]), [found["since"], found["size"]]
    except UNREADABLE as error:
        raise RefusedError("The proof cannot be read.") from error
    signed = checkpoint_of(found["checkpoint"], key)
    stated = all(map(is_whole, numbers)) and numbers == [kept.size, signed.size]
    if not stated or not is_consistent(kept, signed, path):
        raise RefusedError("The log does not begin with the one whose checkpoint you kept.")
    check_still_mapped(signed, kept)
    return [
        f"The log's key signed {signed.size} entries, which begin with the {kept.size} you kept."
    ]


NOT_SHOWN = (
    "Not shown: that no newer entry was left off. Compare a later file with this checkpoint.",
    "Not shown: that everybody is shown this log. Compare checkpoints with somebody else's.",
    "Not shown: that what was written down is true, or that everything was written down.",
)
ALONE = "Not shown: anything about any other entry, or about a checkpoint that you kept."
NOT_COMPARED = "Not compared with what you kept: give it with --kept FILE."
MAPPED = "The signed map of cases is the one that they make."
UNMAPPED = "The checkpoint is from before there was a map of cases."
NOT_DERIVED = (
    "Not shown: that the map was made from the log. Whoever checks the whole log checks that, too."
)
CASE_FILE = {"version", "case_tag", "count", "checkpoint", "map", "since"}
PROOF = {"version", "entry", "leaf_hash", "index", "size", "path", "checkpoint"}
GROWTH = {"version", "since", "size", "path", "checkpoint"}


def check_single(raw: bytes, key: Key, kept: Kept | None) -> list[str]:
    """Check a file that is one JSON object: a proof, a receipt, or an answer with a receipt."""
    try:
        if len(raw) > MAX_PROOF_BYTES:
            raise ValueError("too long")
        found = object_of(raw)
        found = found["receipt"] if isinstance(found.get("receipt"), dict) else found
        version = found.get("version")
    except UNREADABLE as error:
        raise no_such_file("The file is neither an export nor a proof nor a receipt.") from error
    # Receipts of the first brokers had no version.
    is_first = is_whole(found.get("version", VERSION)) and found.get("version", VERSION) == VERSION
    if found.keys() - {"version"} == {"entry", "checkpoint", "proof"} and is_first:
        return [*check_receipt(found, key), ALONE]
    if found.keys() == PROOF and is_whole(version) and version == VERSION:
        return [*check_proof(found, key), ALONE]
    if found.keys() == GROWTH and is_whole(version) and version == VERSION:
        return check_growth(found, key, None if kept is None else kept.signed)
    raise no_such_file("The file is neither an export nor a proof nor a receipt.")


def members_in(line: bytes) -> set[str]:
    """Return the names of the members of a line that is one object; of any other, none."""
    try:
        return set(object_of(line))
    except UNREADABLE:
        return set()


def read_kept(file: BinaryIO, key: Key) -> Kept:
    """Read what you kept: a checkpoint, or a case's file, which is checked like any other."""
    first = file.readline(MAX_PROOF_BYTES)
    if members_in(first) >= {"case_tag", "count"}:
        return check_case_file(read_case_file(first, case_lines_of(file)), key, None)[1]
    return Kept(checkpoint_of((first + file.read(4 * MAX_NOTE_CHARACTERS)).decode(), key))


def case_lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a case's entries, none longer than an entry and a proof can make it."""
    return iter(lambda: file.readline(2 * MAX_ENTRY_BYTES), b"")


def check_file(file: BinaryIO, key: Key, kept: Kept | None, by: Sequence[Key] = ()) -> list[str]:
    """Check a file, and say which of these witnesses cosigned its checkpoint."""
    said = check_kind(file, key, kept)
    if not by:
        return said
    file.seek(0)
    raw = file.readline(MAX_PROOF_BYTES)
    raw += b"" if members_in(raw) else file.read(MAX_PROOF_BYTES)
    written = raw.lstrip().startswith(b"{")
    found: Any = object_of(raw) if written else {"checkpoint": raw.decode()}
    signed = found.get("receipt", found)["checkpoint"]
    return [*cosigned(signed["note"] if isinstance(signed, dict) else signed, by), *said]


def check_kind(file: BinaryIO, key: Key, kept: Kept | None) -> list[str]:
    """Check whatever kind of file it is."""
    first = file.readline(MAX_PROOF_BYTES)
    members = members_in(first)
    if first == f"{key.origin}\n".encode():
        rest = file.read(4 * MAX_NOTE_CHARACTERS)
        signed = checkpoint_of((first + rest).decode(errors="replace"), key)
        said = [] if kept is None else [check_against(kept, Kept(signed), None)]
        return [f"The log's key signed a log of {signed.size} entries.", *said, *NOT_SHOWN]
    if members >= {"case_tag", "count"}:
        found, _ = check_case_file(read_case_file(first, case_lines_of(file)), key, kept)
        missing = [NOT_COMPARED] if kept is None else []
        return [*found, *missing, NOT_DERIVED, *NOT_SHOWN]
    if "newest_at" not in members:
        rest = file.read(MAX_PROOF_BYTES)
        return [*check_single(first + rest, key, kept), *NOT_SHOWN]
    compared = "It begins with the {} entries of the checkpoint that you kept."
    last = NOT_COMPARED if kept is None else compared.format(kept.signed.size)
    return [*check_export(file, first, key, kept), last, *NOT_SHOWN]


def main(words: Sequence[str]) -> int:
    """Check the file and say what was found; return the exit status."""
    asked = argparse.ArgumentParser(description="Check a file of a disclosure log.")
    asked.add_argument("file", help="an export, a case's file, a proof or a receipt")
    asked.add_argument("--key", required=True, help="the log's key: name+key id+base64")
    asked.add_argument("--witness", metavar="KEY", action="append", default=[], help="who cosigned")
    asked.add_argument("--kept", metavar="FILE", help="a checkpoint or a case's file that you kept")
    told = asked.parse_args(words)
    try:
        key, whose = read_key(told.key), "witness's key as it says it"
        witnesses = [read_key(one, 4, whose) for one in told.witness]
        kept = None
        if told.kept is not None:
            with Path(told.kept).open("rb") as file:
                kept = read_kept(file, key)
        with Path(told.file).open("rb") as file:
            said = check_file(file, key, kept, witnesses)
    except RefusedError as error:
        sys.stderr.write(f"{error}\n")
        return error.status
    except (OSError, UnicodeDecodeError):
        sys.stderr.write("A file cannot be read; check its name and permissions.\n")
        return 2
    sys.stdout.write("\n".join(["The file holds.", *said, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
