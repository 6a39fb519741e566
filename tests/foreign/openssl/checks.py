"""OpenSSL as the time stamping authority that we ask, and as the reader of the stamps we keep.

OpenSSL's program comes from system packages, so these run by `make test-foreign`, which installs
it, and not by `make test`: no pattern of pytest's finds this file.
"""

import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.testing import CliRunner

from broker.commands import ledger
from broker.domain.errors import LedgerVerificationError
from tests.authorities import StampingAuthority
from tests.foreign.logs import log_of

LOG = log_of(5)
NOTE = LOG.checkpoint().note
SECONDS = 60
CONFIGURATION = """[tsa]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.3.6.1.4.1.32473.1
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpensslAuthority(StampingAuthority):
    """An authority whose answers OpenSSL makes, by the clock of this machine."""

    folder: Path = field(default_factory=Path)

    @classmethod
    def within(cls, folder: Path) -> "OpensslAuthority":
        """Make one with new keys, which are in the folder."""
        made = StampingAuthority.make(datetime.now(UTC) - timedelta(days=1))
        key = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key.pem").write_bytes(key)
        (folder / "signer.pem").write_bytes(made.certificate.public_bytes(Encoding.PEM))
        (folder / "root.pem").write_bytes(made.pem)
        (folder / "serial").write_text("01\n", encoding="ascii")
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder), encoding="ascii")
        return cls(
            key=made.key, root=made.root, certificate=made.certificate, at=made.at, folder=folder
        )

    def answer(self, request: bytes) -> bytes:
        """Return what `openssl ts -reply` answers."""
        asked, said = self.folder / "asked.tsq", self.folder / "said.tsr"
        asked.write_bytes(request)
        openssl(
            *("ts", "-reply", "-config", self.folder / "tsa.cnf", "-section", "tsa"),
            *("-queryfile", asked, "-out", said),
            *("-signer", self.folder / "signer.pem", "-inkey", self.folder / "key.pem"),
        )
        return said.read_bytes()


def openssl(*words: str | Path) -> str:
    """Run OpenSSL; what it says, once it was content."""
    done = subprocess.run(
        ["openssl", *map(str, words)], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(*words: str | Path) -> str:
    """Run one of our commands; its error, if it ends with one, is raised."""
    done = CliRunner().invoke(ledger.app, [str(one) for one in words], catch_exceptions=False)
    return done.output


@pytest.fixture
def stamped(tmp_path: Path) -> Path:
    """A folder with a checkpoint, and the stamp that OpenSSL gave us over HTTP."""
    (tmp_path / "checkpoint.txt").write_text(NOTE, encoding="utf-8")
    authority = OpensslAuthority.within(tmp_path)
    output = tmp_path / "stamp.tsr"
    with authority.serving() as url:
        words = ("--authority", url, "--tsa", tmp_path / "root.pem", "--output", output)
        assert "Stamped at " in run("stamp", tmp_path / "checkpoint.txt", *words)
    return tmp_path


def test_our_question_is_one_that_openssl_answers(stamped: Path) -> None:
    """OpenSSL reads the question that we sent: SHA-512, with a nonce, asking for certificates."""
    said = openssl("ts", "-query", "-in", stamped / "asked.tsq", "-text")

    assert "Hash Algorithm: sha512" in said
    assert "Nonce: 0x" in said
    assert "Certificate required: yes" in said


def test_we_believe_what_openssl_stamped(stamped: Path) -> None:
    """`ledger verify` takes the stamp for this checkpoint, and for no other."""
    words = ("--stamp", stamped / "stamp.tsr", "--tsa", stamped / "root.pem")
    key = LOG.key.verifier_text()

    assert "Stamped at " in run("verify", stamped / "checkpoint.txt", "--key", key, *words)

    (stamped / "earlier.txt").write_text(LOG.checkpoint(4).note, encoding="utf-8")
    with pytest.raises(LedgerVerificationError, match="does not hold"):
        run("verify", stamped / "earlier.txt", "--key", key, *words)


def test_openssl_verifies_what_we_kept(stamped: Path) -> None:
    """Anybody with OpenSSL checks the stamp: over the lines that the log's key signed."""
    signed, other = stamped / "signed.txt", stamped / "other.txt"
    signed.write_text(NOTE.partition("\n\n")[0] + "\n", encoding="utf-8")
    other.write_text(LOG.checkpoint(4).note.partition("\n\n")[0] + "\n", encoding="utf-8")
    words = ("ts", "-verify", "-in", stamped / "stamp.tsr", "-CAfile", stamped / "root.pem")

    assert "Verification: OK" in openssl(*words, "-data", signed)
    with pytest.raises(AssertionError, match="message imprint mismatch"):
        openssl(*words, "-data", other)
