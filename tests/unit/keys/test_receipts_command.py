"""What an agency's system types to sign a receipt, without a network and without the content."""

import hashlib
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from typer.testing import CliRunner, Result

from broker.commands.receipts import app
from connectors.tokens import SigningKey
from keys.opened import SignedReceipts

PASSPHRASE = "invented for tests only"
DISCLOSURE = "0123456789abcdef" * 2


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a package, the system's key and its passphrase."""
    key = ECKey.generate_key("P-256")
    (tmp_path / "system.pem").write_bytes(key.as_pem(private=True, password=PASSPHRASE))
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    (tmp_path / "package").write_bytes(b"a.package.indeed")
    return tmp_path


def sign(office: Path, *more: str, file: str = "passphrase") -> Result:
    """Run `marac-broker receipts sign` there."""
    words = ["sign", str(office / "package"), "--disclosure", DISCLOSURE]
    words += ["--system-key", str(office / "system.pem")]
    words += ["--passphrase-file", str(office / file)]
    return CliRunner().invoke(app, [*words, *more])


def test_a_receipt_is_signed_for_the_package_at_hand(office: Path) -> None:
    """The digest is the file's, the signature the system's; nothing is written to disk."""
    before = sorted(one.name for one in office.iterdir())
    done = sign(office, "--state", "stored", "--until", "2026-12-01T00:00:00Z")
    assert done.exit_code == 0, done.output

    said = SignedReceipts().read(done.stdout.strip())
    system = SigningKey.read((office / "system.pem").read_bytes(), PASSPHRASE)
    assert said.signed_by == system.thumbprint
    assert said.package_digest == hashlib.sha256(b"a.package.indeed").hexdigest()
    assert (said.disclosure_id, said.state) == (DISCLOSURE, "stored")
    assert sorted(one.name for one in office.iterdir()) == before


def test_a_slip_is_one_sentence(office: Path) -> None:
    """Another passphrase, storing without an end: nothing is signed."""
    (office / "other").write_text("not the passphrase\n")

    for done, says in (
        (sign(office, file="other"), "passphrase"),
        (sign(office, "--state", "stored"), "--until"),
    ):
        assert (done.exit_code, done.stdout) == (2, "")
        assert says in done.stderr
        assert len(done.stderr.splitlines()) == 1
