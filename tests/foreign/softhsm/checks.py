"""Our own keys in a PKCS#11 token, SoftHSM2's: the contract of every place, and that none leave.

SoftHSM2 comes from system packages, so these run by `make test-foreign`, which installs them, and
not by `make test`: no pattern of pytest's finds this file.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, ObjectClass

from tests.custodies import Place
from tests.custody_contract import *  # noqa: F403  # every test of the contract

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
"""Where Debian and Ubuntu put it."""
LABEL = "broker of Ashmere"
PIN = "48151623"
_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """One token in a folder of its own."""

    folder: Path

    def down(self) -> None:
        """Take the token away, as if it were unplugged."""
        (self.folder / "tokens").rename(self.folder / "away")

    def up(self) -> None:
        """Put it back."""
        (self.folder / "away").rename(self.folder / "tokens")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    """A token for all tests: the library reads its settings once for each process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "pin").write_text(f"{PIN}\n", encoding="ascii")
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", str(settings))
        made = ("--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", PIN)
        subprocess.run(["softhsm2-util", *made], check=True, capture_output=True)
        yield SoftHsm(folder)


@pytest.fixture
def place(token: SoftHsm, tmp_path: Path) -> Place:
    """Keys of each test's own in the token."""
    name = f"marac{next(_NUMBERS)}-{os.getpid()}"
    where = (
        f"pkcs11:token={LABEL.replace(' ', '%20')}?module-path={MODULE}"
        f"&pin-source=file:{token.folder / 'pin'}&name={name}"
    )
    return Place(where=where, folder=tmp_path, service=token, signs=True, secrets=(PIN,))


def test_no_private_key_can_be_taken_out(place: Place) -> None:
    """The token itself refuses to show one, and says that none was ever outside."""
    custody = place.make()
    custody.rotate("log")
    name = place.where.rpartition("=")[2]
    session = pkcs11.lib(str(MODULE)).get_token(token_label=LABEL).open()
    private = (ObjectClass.PRIVATE_KEY, ObjectClass.SECRET_KEY)

    ours = [
        key
        for kind in private
        for key in session.get_objects({Attribute.CLASS: kind})
        if str(key[Attribute.LABEL]).startswith(f"{name}-")
    ]

    assert sorted(str(key[Attribute.LABEL]) for key in ours) == [
        f"{name}-{each}" for each in ("log-1", "log-2", "package-1", "wrapping-1")
    ]
    for key in ours:
        assert key[Attribute.NEVER_EXTRACTABLE]
        assert key[Attribute.ALWAYS_SENSITIVE]
        with pytest.raises(pkcs11.AttributeSensitive):
            key[Attribute.VALUE]


OPENING = """
import sys
from pathlib import Path
from keys.custody.places import open_custody
open_custody(sys.argv[1], Path(), "")
"""


def test_another_pin_opens_nothing(place: Place, token: SoftHsm) -> None:
    """One sentence, in which the PIN is not; asked by another process, which nobody has let in."""
    place.make()
    (token.folder / "other").write_text("11111111\n", encoding="ascii")
    command = [sys.executable, "-c", OPENING]

    right = subprocess.run([*command, place.where], capture_output=True, check=False)
    other = place.where.replace("/pin&", "/other&")
    wrong = subprocess.run([*command, other], capture_output=True, check=False)

    assert right.returncode == 0
    assert b"KeyServiceError" in wrong.stderr
    assert b"11111111" not in wrong.stderr
