"""The two programs that we hand out open a package without any of our code."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from hypothesis import given
from hypothesis import strategies as st

from broker.demo.systems.node import node_executable
from keys import examples
from keys.encoding import b64u, compact_json, read_b64u
from keys.envelope import sign
from keys.examples.open_package import FAULTS, open_package
from keys.pkcs8 import write_private_key
from keys.signing import write_public_jwk
from tests.builders import NOW, context, permit, share_request
from tests.unit.keys.world import (
    PASSPHRASE,
    SECRET,
    broker_key,
    custody,
    private_key,
    redacted,
    registered,
    seal,
)

FOLDER = Path(examples.__file__).parent
VECTORS = [
    json.loads((Path(__file__).parents[1] / "vectors" / name).read_text("utf-8"))
    for name in ("package-1.json", "package-2.json")
]
BROKER = json.loads(write_public_jwk(broker_key()))
PACKAGE = seal(None, registered(), registered("deputy")).content
RUN_SECONDS = 60
IN_NODE = """
import { readFileSync } from "node:fs";
const asked = JSON.parse(readFileSync(0, "utf8"));
const { openPackage } = await import(asked.program);
const answers = [];
for (const one of asked.packages) {
  const bytes = Uint8Array.from(atob(one), (letter) => letter.charCodeAt(0));
  try {
    answers.push(await openPackage(bytes, asked.key, asked.broker, new Date(asked.now)));
  } catch (fault) {
    answers.push(`refused: ${fault.message}`);
  }
}
process.stdout.write(JSON.stringify(answers));
"""


def jwk_of(name: str = "housing-1") -> dict[str, str]:
    """A private key as a JWK."""
    number = private_key(name).key.private_numbers().private_value
    return {**json.loads(private_key(name).public_jwk), "d": b64u(number.to_bytes(32, "big"))}


def by_node(
    *packages: bytes, key: dict[str, str], broker: dict[str, str], now: str
) -> list[dict[str, Any] | str]:
    """What the JavaScript example makes of packages, on a given day."""
    sent = [bytes_as_base64(one) for one in packages]
    program = str(FOLDER / "open_package.mjs")
    asked = {"packages": sent, "key": key, "broker": broker, "now": now, "program": program}
    done = subprocess.run(
        [node_executable(), "--input-type=module", "-e", IN_NODE],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any] | str] = json.loads(done.stdout)
    return found


def bytes_as_base64(value: bytes) -> str:
    """Base64 as browsers read it."""
    text = b64u(value).replace("-", "+").replace("_", "/")
    return text + "=" * (-len(text) % 4)


def changed_by_the_broker_itself(**members: object) -> bytes:
    """A package whose envelope was changed and signed again with the broker's own key."""
    envelope = json.loads(read_b64u(PACKAGE.split(b".")[1].decode()))
    return sign(compact_json({**envelope, **members}), custody())


def hostile() -> dict[str, bytes]:
    """Packages that must not open, each by its fault."""
    header, payload, signature = PACKAGE.split(b".")
    envelope = json.loads(read_b64u(payload.decode()))
    first, second = envelope["recipients"]
    swapped = [
        {**one, "encrypted_key": other["encrypted_key"]}
        for one, other in ((first, second), (second, first))
    ]
    twice = read_b64u(payload.decode()).replace(b'"iv":', b'"iv":"AAAA","iv":', 1)
    stranger = b64u(custody().sign("log", header + b"." + payload)).encode()
    none = b64u(compact_json({"alg": "none"})).encode()
    bomb = b64u(b'{"enc":"A256GCM","typ":"marac-package+jwe","zip":"DEF"}')
    return {
        "a flipped byte": header + b"." + payload[:99] + b"AAAA" + payload[103:] + b"." + signature,
        "a stranger's signature": header + b"." + payload + b"." + stranger,
        "alg none": none + b"." + payload + b".",
        "truncated": PACKAGE[: len(PACKAGE) // 2],
        "swapped keys": changed_by_the_broker_itself(recipients=swapped),
        "reordered entries": changed_by_the_broker_itself(recipients=[second, first]),
        "compressed": changed_by_the_broker_itself(protected=bomb),
        "a member twice": sign(twice, custody()),
        "more members": changed_by_the_broker_itself(aad="AAAA"),
        "ours twice": changed_by_the_broker_itself(recipients=[first, first, second, second]),
        "too large": PACKAGE + b"A" * 9_000_000,
        "nothing": b"",
    }


@pytest.mark.parametrize("frozen", VECTORS, ids=["texts", "documents"])
def test_the_python_example_opens_the_frozen_package(frozen: dict[str, Any]) -> None:
    """Old packages open for ever, with nothing but a public library."""
    number = int.from_bytes(read_b64u(frozen["recipient_private_jwk"]["d"]))
    key = derive_private_key(number, SECP256R1())
    now = datetime.fromisoformat(frozen["opened_at"])

    content = open_package(frozen["package"].encode(), key, frozen["broker_public_jwk"], now)

    content.pop("padding")
    assert {k: v for k, v in frozen["content"].items() if k != "padding"} == content


@pytest.mark.parametrize("frozen", VECTORS, ids=["texts", "documents"])
def test_the_javascript_example_opens_the_frozen_package(frozen: dict[str, Any]) -> None:
    """With nothing but Node itself."""
    (content,) = by_node(
        frozen["package"].encode(),
        key=frozen["recipient_private_jwk"],
        broker=frozen["broker_public_jwk"],
        now=frozen["opened_at"],
    )

    assert isinstance(content, dict)
    content.pop("padding")
    assert {k: v for k, v in frozen["content"].items() if k != "padding"} == content


@pytest.mark.parametrize("fault", sorted(hostile()))
def test_the_python_example_refuses(fault: str) -> None:
    """Who copies it copies its checks too."""
    with pytest.raises(FAULTS):
        open_package(hostile()[fault], private_key().key, BROKER, NOW)


def test_the_javascript_example_refuses() -> None:
    """The same packages, and a good one after them to show that the others were at fault."""
    *refused, good = by_node(
        *hostile().values(), PACKAGE, key=jwk_of(), broker=BROKER, now=NOW.isoformat()
    )

    assert [str(one)[:9] for one in refused] == ["refused: "] * len(hostile())
    assert isinstance(good, dict)
    assert good["items"][0]["text"] == SECRET


def test_both_refuse_what_is_for_somebody_else_or_expired() -> None:
    """A colleague's key, and the day after."""
    late = NOW + timedelta(days=21)
    for name, now in (("colleague", NOW), ("housing-1", late)):
        with pytest.raises(FAULTS):
            open_package(PACKAGE, private_key(name).key, BROKER, now)
        (answer,) = by_node(PACKAGE, key=jwk_of(name), broker=BROKER, now=now.isoformat())
        assert str(answer).startswith("refused: ")


@given(at=st.integers(0, len(PACKAGE) - 1), byte=st.integers(0, 255))
def test_no_changed_byte_passes_the_python_example(at: int, byte: int) -> None:
    """Whichever byte becomes whichever other byte."""
    changed = PACKAGE[:at] + bytes([byte]) + PACKAGE[at + 1 :]
    if changed != PACKAGE:
        with pytest.raises(FAULTS):
            open_package(changed, private_key().key, BROKER, NOW)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A recipient's folder today: the package, her key in two forms, the broker's key."""
    now = datetime.now(UTC)
    key = registered(not_before=now - timedelta(days=1), not_after=now + timedelta(days=1))
    nowhere = permit(share_request(meeting_id=None), context=context(meeting=None))
    (tmp_path / "package").write_bytes(seal(redacted(permit=nowhere), key, at=now).content)
    (tmp_path / "key.pem").write_bytes(write_private_key(private_key().key, PASSPHRASE))
    (tmp_path / "key.jwk").write_text(json.dumps(jwk_of()))
    (tmp_path / "broker.jwk").write_text(json.dumps(BROKER))
    return tmp_path


def test_the_programs_run_as_they_say_they_do(desk: Path) -> None:
    """By command: the content on the screen, nothing new in the folder, one sentence if refused."""
    typed = (
        "import getpass, runpy, sys; typed = sys.argv.pop(); getpass.getpass = lambda _: typed;"
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    python = [sys.executable, "-c", typed, str(FOLDER / "open_package.py")]
    node = [str(node_executable()), str(FOLDER / "open_package.mjs")]
    before = sorted(desk.iterdir())
    good, bad = ("package", "key.pem", "broker.jwk"), ("broker.jwk", "key.pem", "broker.jwk")
    runs = {
        "python": [*python, *good, PASSPHRASE],
        "node": [*node, "package", "key.jwk", "broker.jwk"],
        "wrong passphrase": [*python, *good, "not the passphrase"],
        "no package": [*python, *bad, PASSPHRASE],
        "no package in node": [*node, "broker.jwk", "key.jwk", "broker.jwk"],
    }
    done = {
        name: subprocess.run(
            run, cwd=desk, capture_output=True, text=True, check=False, timeout=RUN_SECONDS
        )
        for name, run in runs.items()
    }

    for name in ("python", "node"):
        assert json.loads(done.pop(name).stdout)["items"][0]["text"] == SECRET
    for one in done.values():
        assert (one.returncode, one.stdout) == (1, "")
        assert one.stderr.startswith("This package does not open: ")
        assert len(one.stderr.splitlines()) == 1
    assert sorted(desk.iterdir()) == before
