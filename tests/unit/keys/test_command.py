"""What a recipient types: make a key pair, open a package, read it; nothing stays on the disk."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from broker.cli import main
from broker.commands.keys import app as keys_app
from broker.commands.opening import open_package_command, printable, shown
from broker.domain.errors import CustodyError, PackageRefusedError
from broker.domain.ids import PractitionerId
from broker.domain.words import Outcome
from keys.custody.file import FileCustody
from keys.opening import open_package
from keys.recipient import thumbprint_of
from keys.signing import key_id, write_public_jwk
from keys.spoken import spoken
from keys.terms import reason_in_words, terms_of
from keys.two_officers import write_recovery_pair
from tests.builders import NOW, permit, ruling, share_request
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

runner = CliRunner()
opening = typer.Typer()
opening.command()(open_package_command)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A recipient's folder: their key, the broker's key, a passphrase file, a package."""
    private_key().write(tmp_path, "housing-1", PASSPHRASE)  # type: ignore[arg-type]  # an id
    (tmp_path / "broker.jwk").write_text(write_public_jwk(broker_key()))
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    (tmp_path / "package").write_bytes(seal().content)
    return tmp_path


def opened(desk: Path, *more: str, broker: str = "broker.jwk") -> Result:
    """Run `marac-broker open` there."""
    arguments = [str(desk / "package"), "--key", str(desk / "housing-1.key.pem")]
    arguments += ["--broker-key", str(desk / broker)]
    return runner.invoke(opening, [*arguments, *more])


def with_file(desk: Path) -> tuple[str, str]:
    """The option that names the passphrase file."""
    return "--passphrase-file", str(desk / "passphrase")


def told(text: str) -> str:
    """What is on the screen, without frames and line breaks."""
    return " ".join(text.replace("│", " ").split())


def test_generate_makes_a_pair_that_belongs_together(tmp_path: Path) -> None:
    """It asks for the passphrase twice and says which file goes where."""
    typed = f"{PASSPHRASE}\n{PASSPHRASE}\n"
    done = runner.invoke(
        keys_app, ["generate", "--out", str(tmp_path / "k"), "--owner", "housing-1"], input=typed
    )

    public = (tmp_path / "k" / "housing-1.public.jwk").read_text()
    assert done.exit_code == 0
    assert thumbprint_of(public) in done.output
    assert spoken(thumbprint_of(public)) in done.output
    assert PASSPHRASE not in done.output
    assert "BEGIN ENCRYPTED PRIVATE KEY" in (tmp_path / "k" / "housing-1.key.pem").read_text()


def test_generate_takes_the_passphrase_from_a_file(tmp_path: Path) -> None:
    """For scripts; a short one is refused and nothing is written."""
    (tmp_path / "short").write_text("short\n")
    arguments = ["generate", "--out", str(tmp_path / "k"), "--owner", "housing-1"]

    done = runner.invoke(keys_app, [*arguments, "--passphrase-file", str(tmp_path / "short")])

    assert isinstance(done.exception, CustodyError)
    assert not (tmp_path / "k").exists()


def test_open_says_what_it_is_before_what_it_says(desk: Path) -> None:
    """Who, why, policy, until when, terms, what was removed and why; then the record."""
    # The clock of the command is the machine's, and the package is of a fixed day.
    package = (desk / "package").read_bytes()
    console = Console(record=True, width=100)
    console.print(shown(open_package(package, private_key(), [broker_key()], now=NOW)))
    text = told(console.export_text())

    for words in (
        "Ashmere police",
        "housing-1 of ashmere-housing-la",
        "marac-research",
        "0" * 64,
        "30 November 2026 10:00 UTC, then delete it",
        "Do not pass it on without the agreement",
        "1 removed because it would show where somebody is safe (safe-location)",
        "incident-summary: Incident, 01 October 2026",
        spoken(key_id(broker_key())),
        spoken(private_key().thumbprint),
        SECRET,
    ):
        assert words in text
    assert text.index("Do not pass it on") < text.index(SECRET)


def test_open_shows_a_package_and_writes_nothing(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After opening, the folder holds exactly what it held before."""
    before = {one.name: one.read_bytes() for one in desk.iterdir()}
    monkeypatch.setattr("broker.commands.opening.datetime", _Frozen)

    done = opened(desk, *with_file(desk))

    assert done.exit_code == 0
    assert SECRET in done.output
    assert {one.name: one.read_bytes() for one in desk.iterdir()} == before
    assert PASSPHRASE not in done.output


def test_open_asks_for_the_passphrase(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without echoing it."""
    monkeypatch.setattr("broker.commands.opening.datetime", _Frozen)
    arguments = [str(desk / "package"), "--key", str(desk / "housing-1.key.pem")]
    arguments += ["--broker-key", str(desk / "broker.jwk")]

    done = runner.invoke(opening, arguments, input=f"{PASSPHRASE}\n")

    assert SECRET in done.output
    assert PASSPHRASE not in done.output


class _Frozen:
    """The machine's clock on the day the package was made."""

    @staticmethod
    def now(_zone: object) -> object:
        """Return that day."""
        return NOW


def test_a_refused_package_is_exit_status_one_and_one_sentence(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed, or another disclosure than expected: nothing of the content is shown."""
    monkeypatch.setattr("broker.commands.opening.datetime", _Frozen)
    other = opened(desk, *with_file(desk), "--disclosure", "f" * 32)
    content = (desk / "package").read_bytes()
    (desk / "package").write_bytes(content[:-9] + b"A" * 9)
    changed = opened(desk, *with_file(desk))

    for done in (other, changed):
        assert done.exit_code == 1
        assert done.stderr.startswith("This package ")
        assert done.stderr.count("\n") == 1
        assert SECRET not in done.output


def test_bad_input_is_one_sentence_too(desk: Path) -> None:
    """A missing package, a wrong passphrase, a key file that is none, an empty passphrase file."""
    (desk / "wrong").write_text("not the passphrase\n")
    (desk / "empty").write_text("")
    (desk / "binary").write_bytes(b"\xff\xfe\x00")
    wrong = opened(desk, "--passphrase-file", str(desk / "wrong"))
    empty = opened(desk, "--passphrase-file", str(desk / "empty"))
    binary = opened(desk, *with_file(desk), broker="binary")
    no_key = opened(desk, *with_file(desk), broker="package")

    assert isinstance(wrong.exception, CustodyError)
    assert isinstance(empty.exception, CustodyError)
    assert isinstance(binary.exception, CustodyError)
    assert isinstance(no_key.exception, PackageRefusedError)

    (desk / "package").unlink()
    missing = opened(desk, *with_file(desk))
    assert missing.exit_code == 1
    assert "check that it is there" in missing.output


def half_of(package: bytes) -> bytes:
    """What is there of a file whose copying was broken off."""
    return package[: len(package) // 2]


NEXT = f"the one called {spoken(private_key('next').thumbprint)}"
BAD = {
    "a wrong passphrase": (
        "not the passphrase",
        "housing-1",
        seal().content,
        "check the passphrase",
    ),
    "a foreign key": (PASSPHRASE, "colleague", seal().content, "open it with the one called "),
    "a truncated package": (PASSPHRASE, "housing-1", half_of(seal().content), "fetch it again."),
    "a key that had ended": (
        PASSPHRASE,
        "housing-1",
        seal(None, registered(not_after=NOW), registered("next")).content,
        f"had ended or was not registered when it was sealed; open it with {NEXT}.",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_ends_in_one_sentence_and_leaves_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As it is typed: what to do is said, nothing of the content is shown or written anywhere."""
    passphrase, owner, package, sentence = BAD[name]
    private_key(owner).write(tmp_path, PractitionerId(owner), PASSPHRASE)
    for file, content in (("package", package), ("words", f"{passphrase}\n".encode())):
        (tmp_path / file).write_bytes(content)
    (tmp_path / "broker.jwk").write_text(write_public_jwk(broker_key()))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    before = {one: one.read_bytes() for one in tmp_path.iterdir()}
    files = ("--key", f"{owner}.key.pem", "--broker-key", "broker.jwk")
    words = ("open", "package", *files, "--passphrase-file", "words")
    monkeypatch.setattr("sys.argv", ["marac-broker", *words])

    with pytest.raises(SystemExit) as ended:
        main()

    shown_, said = capfd.readouterr()
    assert ended.value.code in {1, 2}
    assert (shown_, said.count("\n"), sentence in said) == ("", 1, True)
    assert {one: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_a_package_opens_with_whichever_key_the_broker_had(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a rotation a recipient has two keys of the broker's, and gives both."""
    monkeypatch.setattr("broker.commands.opening.datetime", _Frozen)
    other = FileCustody.create(desk / "other", PASSPHRASE).public_key("package")
    (desk / "newer.jwk").write_text(write_public_jwk(other))

    both = opened(desk, *with_file(desk), "--broker-key", str(desk / "newer.jwk"))
    newer = opened(desk, *with_file(desk), broker="newer.jwk")

    assert (both.exit_code, SECRET in both.output) == (0, True)
    assert (newer.exit_code, "check the broker's key file" in newer.output) == (1, True)


def test_a_record_cannot_steer_the_terminal() -> None:
    """Escape sequences, carriage returns and turned text in a record are shown as marks."""
    hostile = "a\x1b[2Jb\rc\x9bd\u202ee\nf\tg"

    assert printable(hostile) == "a\ufffd[2Jb\ufffdc\ufffdd\ufffde\nf\tg"


def test_a_record_is_not_read_as_markup() -> None:
    """Square brackets, as redaction leaves them, arrive as square brackets."""
    package = seal(redacted("[bold]seen[/bold] at [address]")).content
    console = Console(record=True, width=100)
    console.print(shown(open_package(package, private_key(), [broker_key()], now=NOW)))

    assert "[bold]seen[/bold] at [address]" in console.export_text()


def test_what_was_withheld_and_an_empty_record_are_said() -> None:
    """Silence is never how the reader learns it."""
    refused = ruling("risk-assessment", outcome=Outcome.DENY)
    record = redacted(permit=permit(share_request(), ruling(), refused), items=())
    opened = open_package(seal(record).content, private_key(), [broker_key()], now=NOW)
    console = Console(record=True, width=100)
    console.print(shown(replace(opened, content=replace(opened.content, removed=()))))
    text = told(console.export_text())

    assert "Not released risk-assessment" in text
    assert "has nothing for this" in text


def test_an_unknown_obligation_or_reason_is_not_hidden() -> None:
    """A code nobody explained asks the recipient to find out."""
    assert "Ask the MARAC coordinator what NEW asks" in terms_of(("NEW",))[-1]
    assert "7 days" in terms_of(("REV 7",))[-1]
    assert "new-reason" in reason_in_words("new-reason")


def test_the_brokers_key_file_is_what_custody_has() -> None:
    """The JWK that recipients are given names the key that signs."""
    members = json.loads(write_public_jwk(custody().public_key("package")))

    assert (members["kty"], members["crv"], members["use"]) == ("OKP", "Ed25519", "sig")


def test_two_officers_open_what_was_sent_to_somebody_who_left(desk: Path) -> None:
    """With the agency's recovery key, each typing a passphrase; one of them alone sees nothing."""
    first, second = "larch meadow kettle", "granite willow spoon"
    owner = PractitionerId("recovery-of-housing-1")
    path, _ = write_recovery_pair(private_key(), desk, owner, first, second)
    words = [str(desk / "package"), "--key", str(path), "--broker-key", str(desk / "broker.jwk")]

    both = runner.invoke(opening, words, input=f"{first}\n{second}\n")
    one = runner.invoke(opening, words, input=f"{first}\n{first}\n")

    assert both.exit_code == 0, both.output
    assert "What this is" in both.output
    assert one.exit_code != 0
    assert isinstance(one.exception, CustodyError)
    assert "What this is" not in one.output
