"""What each stage cannot be faster than: the bare operation, alone, on one core.

A share must at least be read off the wire, checked for possession of a key, looked up in a table,
read from the holder, sealed, and written durably twice: the decision before anything is fetched,
and the disclosure before anything leaves. A note that nobody has read must also be read.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from tests import builders
from tests.bench import world as worlds
from tests.bench.notes import note
from tests.bench.world import World

ENTRY_BYTES: Final = 1_024
"""About one entry of the disclosure log."""
PREALLOCATED_BYTES: Final = 4 * 1024 * 1024
PACKAGE_BYTES: Final = 4_096
"""About one package's content."""
DURABLE_WRITES: Final = 2
DECISIONS: Final = 2
"""Categories asked for in one request."""

DURABLE: Final = "durable write (preallocated, fdatasync)"
SEAL: Final = "seal (AES-GCM, ECDH-ES, key wrap, Ed25519)"
LOOK_UP: Final = "decision (dict look-up)"
ROWS: Final = "holder's rows (sqlite3)"
ES256: Final = "ES256 verify"
ED25519: Final = "Ed25519 verify"
NER: Final = "NER of 2 KB (spaCy, nothing else)"

Operation = Callable[[], object]


def door(clients: int) -> str:
    """Return the name of the floor of the door: raw ASGI on uvicorn, a validated POST."""
    return f"validated POST (raw ASGI, uvicorn), clients: {clients}"


def floor_sum(kind: str, clients: int, figures: Mapping[str, float]) -> float:
    """Return the least seconds that one request of the kind takes, one stage after another.

    The token's signature is not in it, because a token is verified once and used often.
    """
    once = (door(clients), ES256, ROWS, SEAL)
    total = sum(figures[name] for name in once)
    total += DECISIONS * figures[LOOK_UP] + DURABLE_WRITES * figures[DURABLE]
    return total + (figures[NER] if kind == worlds.NEVER_SEEN else 0.0)


def timed(operation: Operation, seconds: float) -> float:
    """Return the seconds that one call takes, called over and over for about `seconds`."""
    operation()
    count, began = 0, time.perf_counter()
    until = began + seconds
    while (now := time.perf_counter()) < until or not count:
        operation()
        count += 1
    return (now - began) / count


def operations(world: World) -> dict[str, Operation]:
    """Return the bare operations by name."""
    return {
        DURABLE: _durable_write(world.folder / "floor"),
        SEAL: _seal(),
        LOOK_UP: _look_up(),
        ROWS: _rows(world),
        ES256: _es256(),
        ED25519: _ed25519(),
        NER: _ner(),
    }


def _durable_write(path: Path) -> Operation:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.pwrite(file, bytes(PREALLOCATED_BYTES), 0)
    os.fsync(file)
    entry, places = os.urandom(ENTRY_BYTES), PREALLOCATED_BYTES // ENTRY_BYTES
    place = 0
    # macOS has no fdatasync; there fsync is the nearest thing.
    durable = getattr(os, "fdatasync", os.fsync)

    def write() -> None:
        nonlocal place
        os.pwrite(file, entry, place % places * ENTRY_BYTES)
        place += 1
        durable(file)

    return write


def _seal() -> Operation:
    recipient = ec.generate_private_key(ec.SECP256R1()).public_key()
    signing, content = Ed25519PrivateKey.generate(), os.urandom(PACKAGE_BYTES)

    def seal() -> bytes:
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        shared = ephemeral.exchange(ec.ECDH(), recipient)
        wrapping = ConcatKDFHash(hashes.SHA256(), 32, b"ECDH-ES+A256KW").derive(shared)
        key, nonce = os.urandom(32), os.urandom(12)
        sealed = aes_key_wrap(wrapping, key) + AESGCM(key).encrypt(nonce, content, None)
        return signing.sign(sealed)

    return seal


def _look_up() -> Operation:
    words = builders.facts().as_tuple()
    table = {(*words[:-1], str(number)): number for number in range(5_000)} | {words: 0}
    return lambda: table[words]


def _rows(world: World) -> Operation:
    database = sqlite3.connect(world.holders_database)
    who = (worlds.reference(0),)

    def read() -> None:
        database.execute("SELECT * FROM assessments WHERE subject = ?", who).fetchall()
        database.execute("SELECT * FROM incidents WHERE subject = ?", who).fetchall()

    return read


def _es256() -> Operation:
    key, message = ec.generate_private_key(ec.SECP256R1()), os.urandom(512)
    algorithm = ec.ECDSA(hashes.SHA256())
    signature, public = key.sign(message, algorithm), key.public_key()
    return lambda: public.verify(signature, message, algorithm)


def _ed25519() -> Operation:
    key, message = Ed25519PrivateKey.generate(), os.urandom(512)
    signature, public = key.sign(message), key.public_key()
    return lambda: public.verify(signature, message)


def _ner() -> Operation:
    from redaction.model.base import load_model  # noqa: PLC0415  # two seconds that a test need not wait

    model, text = load_model(), note("floor")
    return lambda: model(text)
