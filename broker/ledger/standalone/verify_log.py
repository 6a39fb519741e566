#!/usr/bin/env python3
"""Check a file of a disclosure log without the broker and without its software.

Needs Python 3.9 or later and nothing else: copy this one file. README.md beside it says what a
pass proves and what it does not; FORMAT.md one folder up is what is checked here.

    python3 verify_log.py FILE --key NAME+ID+KEY [--kept FILE] [--witness NAME+ID+KEY ...]

Give --key once for each key that the log had. Exit status 0: the file holds. 1: it does not, and
the sentence says where. 2: it is no such file.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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

ENTRY = {"version", "index", "kind", "at", "case_tag", "case_number", "case_previous", "detail"}
EXPORT = {"version", "checkpoint", "newest_at"}
CASE_FILE = {"version", "case_tag", "count", "checkpoint", "map", "since"}
PROOF = {"version", "entry", "leaf_hash", "index", "size", "path", "checkpoint"}
GROWTH = {"version", "since", "size", "path", "checkpoint"}

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


class RefusedError(Exception):
    """The file does not hold (status 1), or is no such file (status 2)."""

    def __init__(self, said: str, status: int = 1) -> None:
        """Keep one sentence for whoever ran this, and the exit status."""
        super().__init__(said)
        self.status = status


UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


@contextmanager
def or_refuse(said: str, status: int = 1) -> Iterator[None]:
    """Refuse with this sentence where something cannot be read."""
    try:
        yield
    except UNREADABLE as error:
        raise RefusedError(said, status) from error


def check(holds: object, said: str, status: int = 1) -> None:
    """Refuse with this sentence where something does not hold."""
    if not holds:
        raise RefusedError(said, status)


def readable(holds: object) -> None:
    """Take what is written in another way than FORMAT.md says as not readable."""
    if not holds:
        raise ValueError("not as FORMAT.md says")


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


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or NEUTRAL


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

LEAF, NODE, CASE, FORK, VALUE = (bytes([kind]) for kind in range(5))  # what a hash begins with


def digest(kind: bytes, *parts: bytes) -> bytes:
    """Hash one kind of thing, which no other kind hashes like."""
    return hashlib.sha256(kind + b"".join(parts)).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Hash neighbours together, level by level; who has none goes up as they are."""
    level = list(hashes)
    while len(level) > 1:
        paired = [digest(NODE, *level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def climb(node: int, last: int, proof: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Follow a proof to the root; also return the hash without what stands to the right."""
    old = new = proof[0]
    for beside in proof[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = digest(NODE, beside, old), digest(NODE, beside, new)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new = digest(NODE, new, beside)
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


# --- The log's keys and its checkpoints: C2SP signed-note, tlog-checkpoint and tlog-cosignature.


class Key(NamedTuple):
    """A name and a public key, which you got from somebody you trust."""

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


def unpadded(text: object) -> bytes:
    """Decode base64 that is written as it would be written again."""
    readable(isinstance(text, str))
    raw = base64.b64decode(str(text).encode("ascii"), validate=True)
    readable(base64.b64encode(raw).decode() == text)
    return raw


def read_key(text: str, kind: int = 1, whose: str = "log's key as its operator does") -> Key:
    """Read `name+key id+base64`; `kind` is 1 for a log's and 4 for a witness's (C2SP)."""
    with or_refuse(f"Give the {whose}: name+key id+base64.", 2):
        origin, written, encoded = text.split("+", 2)
        raw = unpadded(encoded)
        key_id = hashlib.sha256(origin.encode() + b"\n" + raw).digest()[:4]
        readable(re.fullmatch("[^\\s\x00-\x1f\x7f\x85]{1,255}", origin))
        readable(len(raw) == 33 and raw[0] == kind and key_id.hex() == written)  # noqa: PLR2004
        return Key(origin, key_id, raw[1:])


def read_keys(texts: Sequence[str]) -> list[Key]:
    """Read every key that one log had: whichever of them signed, it is the log's word."""
    keys = [read_key(one) for one in texts]
    check(len({one.origin for one in keys}) == 1, "Give the keys of one log, not of several.", 2)
    return keys


def parts_of(note: object) -> Sequence[str]:
    """Return a note's origin, size, root, extension lines and signatures, if it is a note."""
    with or_refuse("The checkpoint is not a C2SP signed note."):
        readable(isinstance(note, str) and len(note) <= MAX_NOTE_CHARACTERS)
        return NOTE.fullmatch(str(note)).groups()  # type: ignore[union-attr]  # or not readable


def signatures_by(key: Key, lines: str) -> list[bytes]:
    """Return what one key made of a note's signatures; every one must be plain base64."""
    with or_refuse("A signature on the checkpoint is not plain base64."):
        split = [line.split(" ") for line in lines.split("\n")[:-1]]
        named = [(name, unpadded(encoded)) for _, name, encoded in split]
    return [blob[4:] for name, blob in named if (name, blob[:4]) == (key.origin, key.key_id)]


def checkpoint_of(note: object, keys: Sequence[Key]) -> Checkpoint:
    """Return what a note says, once the signatures on it that name the log's keys hold."""
    origin, size, root, more, lines = parts_of(note)
    message = f"{origin}\n{size}\n{root}\n{more}".encode()
    made = [(key.public, one) for key in keys for one in signatures_by(key, lines)]
    ours = made and origin == keys[0].origin
    check(ours, "The checkpoint is not signed by this log's key.")
    holds = all(signature_holds(public, message, one) for public, one in made)
    check(holds, "The checkpoint's signature does not hold.")
    return Checkpoint(int(size), unpadded(root), map_root_in(more))


def map_root_in(lines: str) -> bytes | None:
    """Return what the extension lines commit to as the map of cases; None for no such line."""
    ours = [line for line in lines.split("\n") if (line + " ").startswith(MAP_LINE)]
    if not ours:
        return None
    with or_refuse("The checkpoint commits to the map of cases in no known way."):
        root = unpadded(ours[0][len(MAP_LINE) :])
        readable(len(ours) == 1 and len(root) == len(EMPTY))
        return root


def signed_by(note: str, keys: Sequence[Key]) -> list[str]:
    """Say which of several keys of the log signed a note that holds."""
    lines = parts_of(note)[-1]
    ours = [one for one in keys if signatures_by(one, lines)] if len(keys) > 1 else []
    return [f"It is signed by the log's key {one.origin}+{one.key_id.hex()}." for one in ours]


def cosigned(note: str, witnesses: Sequence[Key]) -> list[str]:
    """Say of each witness when it cosigned a note that holds."""
    *parts, lines = parts_of(note)
    text, said = "{}\n{}\n{}\n{}".format(*parts), []
    for witness in witnesses:
        made = []
        for one in signatures_by(witness, lines):
            made.append(int.from_bytes(one[:8], "big"))
            message = f"cosignature/v1\ntime {made[-1]}\n{text}".encode()
            holds = made[-1] <= LAST_SECOND and signature_holds(witness.public, message, one[8:])
            check(holds, f"The cosignature of {witness.origin} does not hold.")
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(max(made, default=0)))
        whole = f"Cosigned by {witness.origin} at {when}."
        said.append(whole if made else f"Not cosigned by {witness.origin}.")
    nobody = said and all(one.startswith("Not") for one in said)
    check(not nobody, "None of the witnesses that you named cosigned the checkpoint.")
    return said


# --- The map of cases: a sparse Merkle tree, FORMAT.md. The bits of a case's key lead to its place.


def case_key(tag: str) -> bytes:
    """Return where a case stands in the map."""
    return hashlib.sha256(tag.encode()).digest()


def case_leaf(key: bytes, count: int, newest: bytes) -> bytes:
    """Hash what the map says of one case: how many entries it has, and the newest of them."""
    return digest(CASE, key, digest(VALUE, count.to_bytes(8, "big"), newest))


def map_root_of(leaves: Sequence[tuple[int, bytes]], bit: int = TOP) -> bytes:
    """Hash the map over leaves in the order of their keys."""
    if len(leaves) < 2:  # noqa: PLR2004  one case is its leaf, none is nothing
        return leaves[0][1] if leaves else EMPTY
    left = [one for one in leaves if not one[0] & bit]
    right = leaves[len(left) :]
    return digest(FORK, map_root_of(left, bit >> 1), map_root_of(right, bit >> 1))


def map_root_over(heads: dict[str, tuple[int, str]]) -> bytes:
    """Hash the map of these cases and no others."""
    leaves = []
    for tag, (count, newest) in heads.items():
        key = case_key(tag)
        leaves.append((int.from_bytes(key, "big"), case_leaf(key, count, bytes.fromhex(newest))))
    return map_root_of(sorted(leaves))


def is_mapped(root: bytes, key: bytes, leaf: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path leads from what stands in the case's place to the root."""
    if len(path) > MAX_DEPTH or any(len(one) != len(EMPTY) for one in (key, *path)):
        return False
    turns = int.from_bytes(key, "big") >> (MAX_DEPTH - len(path))
    for beside in path:
        leaf = digest(FORK, beside, leaf) if turns & 1 else digest(FORK, leaf, beside)
        turns >>= 1
    return leaf == root


# --- Entries: one JSON object each, in the one form that RFC 8785 gives it.


def _no_fraction(_: str) -> NoReturn:
    raise ValueError("only whole numbers")


def _whole(text: str) -> int:
    number = int(text)
    readable(-MAX_WHOLE <= number <= MAX_WHOLE)  # Others would round it.
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


def in_one_form(raw: bytes, names: set[str], end: bytes = b"") -> dict[str, Any]:
    """Read an object that has these members and is written in the one way there is."""
    found = object_of(raw)
    readable(canonical(found).encode() + end == raw and found.keys() == names)
    readable("version" not in names or is_whole(found["version"], VERSION))
    return found


def is_whole(value: object, expected: int | None = None) -> bool:
    """Whether it is a whole number, or even this one; in Python `true` would pass for 1."""
    return type(value) is int and expected in {None, value}


def check_time(value: object) -> None:
    """Take anything but a moment in UTC with six decimals as not readable."""
    readable(isinstance(value, str) and TIME.fullmatch(value))
    datetime.fromisoformat(str(value)[:-1])


Entry = tuple[dict[str, Any], bytes]  # as its own bytes say, and their hash


def entry_of(raw: bytes) -> Entry:
    """Read an entry from its bytes; one of UNREADABLE if they are not one."""
    said = in_one_form(raw, ENTRY)
    readable(
        len(raw) <= MAX_ENTRY_BYTES
        and (isinstance(said["kind"], str) and WORD.fullmatch(said["kind"]))
        and (is_whole(said["index"]) and is_whole(said["case_number"]))
        and (said["case_tag"] is None or isinstance(said["case_tag"], str))
        and (isinstance(said["case_previous"], str) and isinstance(said["detail"], dict))
    )
    check_time(said["at"])
    return said, digest(LEAF, raw)


def path_of(found: object) -> list[bytes]:
    """Read the hashes of a proof."""
    readable(isinstance(found, list))
    return [unpadded(one) for one in found]  # type: ignore[attr-defined]  # or it was not readable


# --- A whole log: every entry, the chain of every case, the root and the signature.


def check_export(file: BinaryIO, first: bytes, keys: Sequence[Key], kept: Kept | None) -> list[str]:
    """Check a whole log."""
    with or_refuse("The file is no export of a log.", 2):
        head = in_one_form(first, EXPORT, b"\n")
        check_time(head["newest_at"])
        note = head["checkpoint"]
        readable(isinstance(note, str) and len(note) <= MAX_NOTE_CHARACTERS)
        readable(NOTE.fullmatch(note))
    signed = checkpoint_of(note, keys)
    lines = iter(lambda: file.readline(MAX_ENTRY_BYTES + BEGINS + len("]\n")), b"")
    hashes, heads, at = check_entries(lines, signed.size)
    last = f"Entry {signed.size - 1}: "
    check(len(hashes) == signed.size, f"Entry {len(hashes)}: it is missing.")
    same = root_of(hashes) == signed.root
    check(same, "The entries are not those that the checkpoint was signed for.")
    check(at == head["newest_at"], f"{last}it is not of the time that the head gives.")
    mapped = signed.map_root in {None, map_root_over(heads)}
    check(mapped, f"{last}the checkpoint commits to another map of cases.")
    cases, said = len(heads), NOT_COMPARED
    if kept is not None:
        begins = signed._replace(size=kept.signed.size, root=root_of(hashes[: kept.signed.size]))
        said = check_against(kept, Kept(signed), begins)
    return [
        f"The log's key signed {signed.size} entries, the last of {at}.",
        "Each is in canonical form, in its place, and they add up to the signed root.",
        f"They belong to {cases} cases; each case's entries are numbered and chained without gap.",
        UNMAPPED if signed.map_root is None else MAPPED,
        said,
    ]


def check_entries(
    lines: Iterator[bytes], size: int
) -> tuple[list[bytes], dict[str, tuple[int, str]], str]:
    """Return the entries' hashes, how far each case has come, and the time of the last."""
    hashes: list[bytes] = []
    heads: dict[str, tuple[int, str]] = {}
    at = ""
    for index, line in enumerate(lines):
        begins, raw, here = LINE.match(line), line[BEGINS:-2], f"Entry {index}: "
        if begins is None or not line.endswith(b"]\n"):
            raise RefusedError(f"{here}its line was changed, or cut short.")
        check(digest(LEAF, raw).hex().encode() == begins[1], f"{here}its line was changed.")
        check(index < size, f"{here}the checkpoint does not cover it.")
        with or_refuse(f"{here}its bytes were changed."):
            said, leaf = entry_of(raw)
        if said["index"] != index:
            raise RefusedError(f"{here}it says that it is entry {said['index']}.")
        expected, tag = (0, ""), said["case_tag"]
        if tag is not None:
            count, newest = heads.get(tag, (0, ""))
            expected, heads[tag] = (count + 1, newest), (count + 1, leaf.hex())
        follows = (said["case_number"], said["case_previous"]) == expected
        check(follows, f"{here}it does not follow the entry of its case before it.")
        hashes.append(leaf)
        at = said["at"]
    return hashes, heads, at


def check_still_mapped(now: Checkpoint, kept: Checkpoint) -> None:
    """Check that a log which once committed to its cases still does, and to the same."""
    if kept.map_root is not None:
        check(now.map_root is not None, "The checkpoint no longer commits to the map of cases.")
        same = kept.size != now.size or kept.map_root == now.map_root
        check(same, "Two maps of cases were signed for one log: keep both as proof.")


def check_against(kept: Kept, now: Kept, since: Checkpoint | None) -> str:
    """Check that the log goes on from what you have from an earlier day."""
    before, after = kept.signed, now.signed
    covered = f"Entry {after.size}: what you kept covers it and this file does not."
    check(before.size <= after.size, covered)
    check_still_mapped(after, before)
    same = kept.tag != now.tag or kept.leaves == now.leaves[: len(kept.leaves)]
    check(same, "Entries of the case that you kept are missing or changed: keep both.")
    since = after if before.size == after.size else since
    again = f"The file does not go back to the {before.size} entries that you kept"
    if since is None or since.size != before.size:
        raise RefusedError(f"{again}: ask for one made with --since.", 2)
    two = f"The first {before.size} entries are not those that you kept: keep both files as proof."
    check(since.root == before.root, two)
    return f"It goes on from the {before.size} entries of what you kept."


# --- One entry, or that the log has only grown: files that are one JSON object.


def check_proof(found: dict[str, Any], keys: Sequence[Key]) -> list[str]:
    """Check that one entry is in the log that a checkpoint was signed for."""
    with or_refuse("The proof cannot be read."):
        raw, path = found["entry"].encode(), path_of(found["path"])
        stated = (found["index"], found["size"], found["leaf_hash"])
    signed = checkpoint_of(found["checkpoint"], keys)
    with or_refuse("The bytes of the entry were changed."):
        said, leaf = entry_of(raw)
    index = said["index"]
    same = stated == (index, signed.size, base64.b64encode(leaf).decode())
    same = same and all(map(is_whole, stated[:2]))
    leads = same and is_included(leaf, index, signed.size, path, signed.root)
    check(leads, f"Entry {index}: the proof does not lead from it to the signed root.")
    return [
        f"The log's key signed a log of {signed.size} entries, and this is entry {index} of it.",
        f"It is a {said['kind']} of {said['at']}, number {said['case_number']} of its case.",
    ]


def check_receipt(found: dict[str, Any], keys: Sequence[Key]) -> list[str]:
    """Check a receipt as the broker answers a request with it: an entry's proof, told again."""
    with or_refuse("The receipt cannot be read."):
        told, proof, signed = (members_of(found[one]) for one in ("entry", "proof", "checkpoint"))
        raw = bytes.fromhex(told["leaf_hash"])
        readable(raw.hex() == told["leaf_hash"])
        where = {name: proof.get(name) for name in ("index", "size", "path")}
        leaf, note = base64.b64encode(raw).decode(), signed.get("note")
        written = {"entry": told.get("canonical"), "leaf_hash": leaf, "checkpoint": note, **where}
    made, said = check_proof(written, keys), object_of(told["canonical"].encode())
    same = all(
        type(told.get(name)) is type(said[name]) and told[name] == said[name]
        for name in ("index", "kind", "case_number")
    )
    same = same and told.get("at") in (said["at"], said["at"].replace(".000000Z", "Z"))
    told_so = f"Entry {said['index']}: the receipt tells it otherwise than the log."
    check(same and said["kind"] == "disclosure", told_so)
    return made


def check_growth(found: dict[str, Any], keys: Sequence[Key], kept: Kept | None) -> list[str]:
    """Check that the log has only grown since the checkpoint that was kept."""
    if kept is None:
        raise RefusedError("Give the checkpoint that you kept, too: --kept FILE.", 2)
    with or_refuse("The proof cannot be read."):
        path, numbers = path_of(found["path"]), [found["since"], found["size"]]
    signed, before = checkpoint_of(found["checkpoint"], keys), kept.signed
    same = all(map(is_whole, numbers)) and numbers == [before.size, signed.size]
    grown = same and is_consistent(before, signed, path)
    check(grown, "The log does not begin with the one whose checkpoint you kept.")
    said = f"The log's key signed a log of {signed.size} entries."
    return [said, check_against(kept, Kept(signed), before)]


def check_single(raw: bytes, keys: Sequence[Key], kept: Kept | None) -> list[str]:
    """Check a file that is one JSON object: a proof, a receipt, or an answer with a receipt."""
    unknown = "The file is neither an export nor a proof nor a receipt."
    with or_refuse(unknown, 2):
        readable(len(raw) <= MAX_PROOF_BYTES)
        found = object_of(raw)
        found = found["receipt"] if isinstance(found.get("receipt"), dict) else found
        # Receipts of the first brokers had no version.
        receipt = found.keys() - {"version"} == {"entry", "checkpoint", "proof"}
        known = receipt or found.keys() in (PROOF, GROWTH)
        readable(known and is_whole(found.get("version", VERSION), VERSION))
    if receipt:
        return [*check_receipt(found, keys), ALONE]
    if found.keys() == PROOF:
        return [*check_proof(found, keys), ALONE]
    return check_growth(found, keys, kept)


# --- One case's entries, with the map's word that there are no others.


def check_case_file(
    first: bytes, file: BinaryIO, keys: Sequence[Key], kept: Kept | None
) -> tuple[list[str], Kept]:
    """Check one case's entries, that there are no others, and what the log has grown from."""
    with or_refuse("The file is no file of a case.", 2):
        head = in_one_form(first, CASE_FILE, b"\n")
        readable(isinstance(head["case_tag"], str) and is_whole(head["count"]))
    entries = read_case_entries(file)
    tag, signed = head["case_tag"], checkpoint_of(head["checkpoint"], keys)
    if signed.map_root is None:
        raise RefusedError("The checkpoint commits to no map of cases: entries may be left out.")
    leaves = check_chain(head, entries, signed)
    check_mapped(head, signed.map_root, leaves)
    count = f"{len(leaves)}. These are they, first to last" if leaves else "none"
    said = [
        f"The log's key signed a log of {signed.size} entries and the map of its cases.",
        f"Entries of this case in the signed map: {count}.",
    ]
    since, now = check_since(head["since"], signed, keys), Kept(signed, tag, tuple(leaves))
    if since is not None:
        said.append(f"The log begins with the {since.size} entries of an earlier checkpoint.")
    if kept is not None:
        said.append(check_against(kept, now, since))
    return [*said, *odd_times(entries)], now


def read_case_entries(file: BinaryIO) -> list[tuple[Entry, list[bytes]]]:
    """Read the entries and their paths; nothing of it is believed yet."""
    entries: list[tuple[Entry, list[bytes]]] = []
    for line in iter(lambda: file.readline(2 * MAX_ENTRY_BYTES), b""):
        here = f"The line of entry number {len(entries) + 1} of the case was changed."
        with or_refuse(here):
            found = in_one_form(line, {"entry", "path"}, b"\n")
            entry = entry_of(canonical(found["entry"]).encode())
            entries.append((entry, path_of(found["path"])))
    return entries


def check_chain(
    head: dict[str, Any], entries: Sequence[tuple[Entry, list[bytes]]], signed: Checkpoint
) -> list[bytes]:
    """Check that each entry is in the log, and that they are the case's from the first on."""
    leaves: list[bytes] = []
    last = -1
    for (said, leaf), path in entries:
        index, previous = said["index"], leaves[-1].hex() if leaves else ""
        here = f"Entry {index}: "
        check(said["case_tag"] == head["case_tag"], f"{here}it is of another case.")
        follows = (said["case_number"], said["case_previous"]) == (len(leaves) + 1, previous)
        check(follows, f"{here}it does not follow the entry of its case before it.")
        leads = index > last and is_included(leaf, index, signed.size, path, signed.root)
        check(leads, f"{here}the proof does not lead from it to the signed root.")
        leaves.append(leaf)
        last = index
    missing = f"Entry number {len(leaves) + 1} of the case is missing."
    check(len(leaves) == head["count"], missing)
    return leaves


def check_mapped(head: dict[str, Any], map_root: bytes, leaves: Sequence[bytes]) -> None:
    """Check that the map has so many entries of the case, and no others."""
    with or_refuse("The map's proof of the case cannot be read."):
        proof = members_of(head["map"])
        path, other = path_of(proof["path"]), proof["other"]
        readable(proof.keys() == {"other", "path"} and not (leaves and other is not None))
        key, leaf = case_key(head["case_tag"]), EMPTY
        if leaves:
            leaf = case_leaf(key, len(leaves), leaves[-1])
        elif other is not None:
            theirs, value = path_of(other)
            leaf = digest(CASE, theirs, value)
            readable(theirs != key and is_mapped(map_root, theirs, leaf, path))
    hidden = "The signed map of cases says otherwise: entries of the case are hidden."
    check(is_mapped(map_root, key, leaf, path), hidden)


def check_since(found: object, signed: Checkpoint, keys: Sequence[Key]) -> Checkpoint | None:
    """Check that the log has only grown since the earlier checkpoint that the file names."""
    if found is None:
        return None
    with or_refuse("The proof of growth cannot be read."):
        path, note = path_of(members_of(found)["path"]), members_of(found)["checkpoint"]
    since = checkpoint_of(note, keys)
    grown = is_consistent(since, signed, path)
    check(grown, "The log does not begin with the one of the earlier checkpoint.")
    check_still_mapped(signed, since)
    return since


def odd_times(entries: Sequence[tuple[Entry, list[bytes]]]) -> list[str]:
    """Name the entries that say an earlier time than one before them."""
    odd, latest = [], 0.0
    for (said, _), _ in entries:
        at = datetime.strptime(said["at"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
        if at < latest - LATE_SECONDS:
            odd.append(f"Ask about entry {said['index']}: it says an earlier time than one before.")
        latest = max(latest, at)
    return odd


# --- Any of these files, as it comes.


def members_in(line: bytes) -> set[str]:
    """Return the names of the members of a line that is one object; of any other, none."""
    try:
        return set(object_of(line))
    except UNREADABLE:
        return set()


def read_kept(file: BinaryIO, keys: Sequence[Key]) -> Kept:
    """Read what you kept: a checkpoint, or a case's file, which is checked like any other."""
    first = file.readline(MAX_PROOF_BYTES)
    if members_in(first) >= {"case_tag", "count"}:
        return check_case_file(first, file, keys, None)[1]
    return Kept(checkpoint_of((first + file.read(4 * MAX_NOTE_CHARACTERS)).decode(), keys))


def check_file(
    file: BinaryIO, keys: Sequence[Key], kept: Kept | None, witnesses: Sequence[Key] = ()
) -> list[str]:
    """Check a file, and say which key and which of these witnesses signed its checkpoint."""
    said = check_kind(file, keys, kept)
    file.seek(0)
    raw = file.readline(MAX_PROOF_BYTES)
    raw += b"" if members_in(raw) else file.read(MAX_PROOF_BYTES)
    written = raw.lstrip().startswith(b"{")
    found: Any = object_of(raw) if written else {"checkpoint": raw.decode()}
    signed = found.get("receipt", found)["checkpoint"]
    note = signed["note"] if isinstance(signed, dict) else signed
    return [*cosigned(note, witnesses), *signed_by(note, keys), *said, *NOT_SHOWN]


def check_kind(file: BinaryIO, keys: Sequence[Key], kept: Kept | None) -> list[str]:
    """Check whatever kind of file it is."""
    first = file.readline(MAX_PROOF_BYTES)
    members = members_in(first)
    if first == f"{keys[0].origin}\n".encode():
        rest = file.read(4 * MAX_NOTE_CHARACTERS)
        signed = checkpoint_of((first + rest).decode(errors="replace"), keys)
        said = [] if kept is None else [check_against(kept, Kept(signed), None)]
        return [f"The log's key signed a log of {signed.size} entries.", *said]
    if members >= {"case_tag", "count"}:
        said, _ = check_case_file(first, file, keys, kept)
        return [*said, *([NOT_COMPARED] if kept is None else []), NOT_DERIVED]
    if "newest_at" in members:
        return check_export(file, first, keys, kept)
    return check_single(first + file.read(MAX_PROOF_BYTES), keys, kept)


def main(words: Sequence[str]) -> int:
    """Check the file and say what was found; return the exit status."""
    asked = argparse.ArgumentParser(description="Check a file of a disclosure log.")
    asked.add_argument("file", help="an export, a case's file, a proof or a receipt")
    each: dict[str, Any] = {"metavar": "KEY", "action": "append"}
    asked.add_argument("--key", required=True, **each, help="each that the log had: name+id+base64")
    asked.add_argument("--witness", default=[], **each, help="who cosigned")
    asked.add_argument("--kept", metavar="FILE", help="a checkpoint or a case's file that you kept")
    told = asked.parse_args(words)
    try:
        keys, whose = read_keys(told.key), "witness's key as it says it"
        witnesses = [read_key(one, 4, whose) for one in told.witness]
        kept = None
        if told.kept is not None:
            with Path(told.kept).open("rb") as file:
                kept = read_kept(file, keys)
        with Path(told.file).open("rb") as file:
            said = check_file(file, keys, kept, witnesses)
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
