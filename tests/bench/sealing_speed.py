"""How fast packages are sealed and opened, beside the bare primitives of the same bytes.

A process of its own. The floor of a package is what no program can leave out: one AES-GCM over the
padded content and one Ed25519 over what is signed, and for each key one agreement with a fresh key,
one KDF and one key wrap; a hybrid key's is one HPKE. Everything is done by turns in each round.
"""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rich.table import Table

from keys.content import write_content
from keys.hybrid import SUITE, HybridPrivateKey, wrap_to
from keys.opening import open_package
from keys.recipient import RecipientPrivateKey, encapsulation_key
from keys.records import CaseVault
from keys.sealer import PackageSealer
from tests.bench.children import announce
from tests.builders import NOW
from tests.unit.keys.world import (
    ListedDirectory,
    Watch,
    broker_key,
    custody,
    private_key,
    redacted,
    registered,
)

MANY: Final = 10
TIMES: Final = 20
"""Of each operation in one round; the least of a round counts, so that a neighbour does not."""
LARGE_BYTES: Final = 100 * 1024 * 1024
LARGE_ROUNDS: Final = 5
LARGE_BAR: Final = 2.0
HYBRID_BAR: Final = 1.5
_INFO: Final = b"ECDH-ES+A256KW"
_SENTENCE: Final = "He said that he would be back. "
_SENTENCES: Final = 323
"""Ten thousand characters."""
_PRIVATE = RecipientPrivateKey | HybridPrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One row.

    Args:
        bar: how many times the floor is promised at most; None: nothing is.

    """

    name: str
    seconds: float
    floor: float
    ratio: float
    bar: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One kind of package, its keys, and its bare primitives."""

    name: str
    keys: tuple[_PRIVATE, ...]
    sealing_bar: float
    opening_bar: float

    def sealer(self) -> PackageSealer:
        """Seals to these keys, which are all the recipient's."""
        known = tuple(
            registered(thumbprint=one.thumbprint, public_jwk=one.public_jwk) for one in self.keys
        )
        directory = ListedDirectory(keys=known)
        return PackageSealer(custody=custody(), directory=directory, clock=Watch(NOW))


def subjects() -> tuple[Subject, ...]:
    """What is measured."""
    classical = tuple(private_key(f"bench-{number}") for number in range(MANY))
    hybrid = tuple(HybridPrivateKey.generate() for _ in range(MANY))
    return (
        Subject(name="1 key", keys=classical[:1], sealing_bar=2.0, opening_bar=2.0),
        Subject(name="10 keys", keys=classical, sealing_bar=1.5, opening_bar=1.5),
        Subject(name="1 hybrid key", keys=hybrid[:1], sealing_bar=2.0, opening_bar=2.0),
        Subject(name="10 hybrid keys", keys=hybrid, sealing_bar=1.5, opening_bar=1.5),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingSpeed:
    """Everything that was measured, and of how many rounds it is the middle."""

    rows: tuple[Measured, ...]
    rounds: int

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "SealingSpeed":
        """Return what the measuring process announced."""
        rows = tuple(Measured(**row) for row in said["rows"])
        return cls(rows=rows, rounds=said["rounds"])


def measured(rounds: int) -> SealingSpeed:
    """Measure every kind of package, sealed and opened, and a large content."""
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object], float]] = {}
    for one in subjects():
        pairs |= _pairs(one)
    found: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for _ in range(rounds):
        for name, (whole, floor, _) in pairs.items():
            found[name].append(_by_turns(whole, floor))
    rows = [_row(name, found[name], bar) for name, (_, _, bar) in pairs.items()]
    return SealingSpeed(rows=(*rows, *_hybrid_rows(found), _large(rounds)), rounds=rounds)


def _pairs(one: Subject) -> dict[str, tuple[Callable[[], object], Callable[[], object], float]]:
    sealer, record = one.sealer(), redacted(_SENTENCE * _SENTENCES)
    package, trusted, own = sealer.seal(record).content, [broker_key()], one.keys[0]
    content = open_package(package, own, trusted, now=NOW).content
    signed, plain = package.rpartition(b".")[0], write_content(content)
    return {
        f"seal, {one.name}": (
            lambda: sealer.seal(record),
            _sealing_floor(one.keys, plain, signed),
            one.sealing_bar,
        ),
        f"open, {one.name}": (
            lambda: open_package(package, own, trusted, now=NOW),
            _opening_floor(own, plain, signed),
            one.opening_bar,
        ),
    }


def _sealing_floor(keys: tuple[_PRIVATE, ...], plain: bytes, signed: bytes) -> Callable[[], object]:
    signing = Ed25519PrivateKey.generate()
    to_each = [_to_one(key) for key in keys]

    def floor() -> object:
        content_key, nonce = os.urandom(32), os.urandom(12)
        AESGCM(content_key).encrypt(nonce, plain, None)
        for wrap_to_one in to_each:
            wrap_to_one(content_key)
        return signing.sign(signed)

    return floor


def _to_one(key: _PRIVATE) -> Callable[[bytes], object]:
    """Return what wraps a content key to one key, and nothing else."""
    if isinstance(key, HybridPrivateKey):
        public = encapsulation_key(key.public_jwk)
        return lambda content_key: SUITE.encrypt(content_key, public, info=_INFO)
    point = key.key.public_key()

    def to_point(content_key: bytes) -> object:
        secret = ec.generate_private_key(ec.SECP256R1()).exchange(ec.ECDH(), point)
        return aes_key_wrap(ConcatKDFHash(hashes.SHA256(), 32, _INFO).derive(secret), content_key)

    return to_point


def _opening_floor(own: _PRIVATE, plain: bytes, signed: bytes) -> Callable[[], object]:
    signing, content_key, nonce = Ed25519PrivateKey.generate(), os.urandom(32), os.urandom(12)
    public, signature = signing.public_key(), signing.sign(signed)
    sealed, unwrap = AESGCM(content_key).encrypt(nonce, plain, None), _from_one(own, content_key)

    def floor() -> object:
        public.verify(signature, signed)
        unwrap()
        return AESGCM(content_key).decrypt(nonce, sealed, None)

    return floor


def _from_one(own: _PRIVATE, content_key: bytes) -> Callable[[], object]:
    """Return what unwraps a content key with one key, and nothing else."""
    if isinstance(own, HybridPrivateKey):
        wrapped = wrap_to(encapsulation_key(own.public_jwk), content_key, _INFO)
        return lambda: own.unwrap(wrapped, _INFO)
    ephemeral = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = ephemeral.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def agreed() -> bytes:
        # Whoever opens has the fresh key as the bytes that came, and must see that they are a key.
        fresh = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        secret = own.key.exchange(ec.ECDH(), fresh)
        return ConcatKDFHash(hashes.SHA256(), 32, _INFO).derive(secret)

    wrapped = aes_key_wrap(agreed(), content_key)
    return lambda: aes_key_unwrap(agreed(), wrapped)


def _by_turns(whole: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float]:
    """Return the least seconds of each."""
    least = [float("inf"), float("inf")]
    for _ in range(TIMES):
        for place, work in enumerate((whole, floor)):
            began = time.perf_counter()
            work()
            least[place] = min(least[place], time.perf_counter() - began)
    return least[0], least[1]


def _row(name: str, found: list[tuple[float, float]], bar: float | None) -> Measured:
    return Measured(
        name=name,
        seconds=median(whole for whole, _ in found),
        floor=median(floor for _, floor in found),
        ratio=median(whole / floor for whole, floor in found),
        bar=bar,
    )


def _hybrid_rows(found: Mapping[str, list[tuple[float, float]]]) -> list[Measured]:
    """Return the hybrid suite beside the classical one, which here stands for the floor."""
    rows = []
    for verb in ("seal", "open"):
        for one, other in (("1 hybrid key", "1 key"), ("10 hybrid keys", "10 keys")):
            pairs = zip(found[f"{verb}, {one}"], found[f"{verb}, {other}"], strict=True)
            both = [(hybrid, classical) for (hybrid, _), (classical, _) in pairs]
            rows.append(_row(f"{verb}, {one} : {other}", both, HYBRID_BAR))
    return rows


def _large(rounds: int) -> Measured:
    """Return 100 MB at rest, sealed under a case's data key as every stored document is."""
    vault, plain = CaseVault(custody()), bytes(LARGE_BYTES)
    wrapped, bare = vault.new_key("bench"), AESGCM(os.urandom(32))
    found = []
    for _ in range(min(rounds, LARGE_ROUNDS)):
        began = time.perf_counter()
        vault.seal(wrapped, "bench", plain)
        half = time.perf_counter()
        bare.encrypt(os.urandom(12), plain, None)
        found.append((half - began, time.perf_counter() - half))
    return _row("100 MB", found, LARGE_BAR)


def sealing_table(speed: SealingSpeed) -> Table:
    """Return the figures as a table; a verdict stands where something was promised."""
    table = Table(title=f"Packages of 10 KB, beside their own primitives; {speed.rounds} rounds")
    for heading in ("what", "us", "primitives, us", "times", "at most", ""):
        table.add_column(heading, justify="left" if heading in {"what", ""} else "right")
    for row in speed.rows:
        held = "" if row.bar is None else "held" if row.ratio <= row.bar else "MISSED"
        table.add_row(
            row.name,
            f"{row.seconds * 1e6:,.0f}",
            f"{row.floor * 1e6:,.0f}",
            f"{row.ratio:.2f}",
            "" if row.bar is None else f"{row.bar:.1f}",
            held,
        )
    return table


if __name__ == "__main__":
    announce(**asdict(measured(int(sys.argv[1]))))
