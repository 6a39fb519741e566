"""What every place of our own keys promises; each test runs on every one of them.

`place` is a fixture of whoever imports these: test_custody for those that run everywhere, and
tests/foreign/softhsm for the one that needs a system package.
"""

import os
import shutil
import traceback
import warnings
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from logging import DEBUG
from pathlib import Path

import pytest

from broker.domain.changes import PutCase
from broker.domain.errors import (
    CustodyError,
    EnvelopeError,
    KeyServiceError,
    LedgerUnavailableError,
)
from broker.domain.ids import CaseId
from broker.domain.key_ports import KeyCustody
from broker.ledger import events
from broker.ledger.checkpoint import check_checkpoint
from broker.storage import Store, open_store
from keys.custody import known_keys
from keys.encoding import read_b64u
from keys.envelope import sign, signature_header
from keys.records import CaseVault
from keys.signing import verify
from tests import builders
from tests.contract.county import disclose, settle
from tests.custodies import Place
from tests.simulators import SetClock

DATA_KEY = bytes(range(64, 96))
CASE = b"data-key/1|MR-0417"
PACKAGE = b"a package of forty kilobytes " * 1400
"""Longer than some key services sign."""
ORIGIN = "ashmere.example/test"


def test_keys_are_the_same_after_a_restart(place: Place) -> None:
    """What was signed and wrapped before verifies and unwraps after; making again changes none."""
    made = place.make()
    wrapped, signed = made.wrap(DATA_KEY, CASE), made.sign("log", PACKAGE)

    again = place.make()

    assert again.unwrap(wrapped, CASE) == DATA_KEY
    assert again.public_keys("log") == made.public_keys("log") == (made.public_key("log"),)
    assert verify(again.public_key("log"), PACKAGE, signed)


def test_without_keys_the_broker_does_not_start(place: Place) -> None:
    """Keys that are not there are never made by opening them: one sentence says how."""
    with pytest.raises(CustodyError) as caught:
        place.open()

    assert str(caught.value).count(".\n") == 0
    assert caught.value.args[0].endswith(".")


def test_a_signature_is_for_one_message_and_one_key(place: Place) -> None:
    """Log and packages have keys of their own, and any length is signed."""
    custody = place.make()
    for name, other in (("log", "package"), ("package", "log")):
        signature = custody.sign(name, PACKAGE)

        assert len(signature) == 64
        assert verify(custody.public_key(name), PACKAGE, signature)
        assert not verify(custody.public_key(name), PACKAGE[1:], signature)
        assert not verify(custody.public_key(other), PACKAGE, signature)


def test_there_are_only_two_signing_keys(place: Place) -> None:
    """The wrapping key signs nothing, and a foreign public key has no private half here."""
    custody = place.make()
    for name in ("wrapping", "kek", ""):
        with pytest.raises(CustodyError):
            custody.sign(name, b"message")
        with pytest.raises(CustodyError):
            custody.public_key(name)
    with pytest.raises(CustodyError):
        custody.sign("log", b"message", custody.public_key("package"))
    with pytest.raises(CustodyError):
        custody.rotate("kek")


def test_a_data_key_opens_only_for_its_own_case(place: Place) -> None:
    """Moved to another case's row it is refused, and so is one of another broker's."""
    custody = place.make()
    wrapped = custody.wrap(DATA_KEY, CASE)

    assert custody.unwrap(wrapped, CASE) == DATA_KEY
    assert custody.wrap(DATA_KEY, CASE) != wrapped
    for context in (b"data-key/1|MR-0418", CASE + b"x", b""):
        with pytest.raises(CustodyError, match="belong together"):
            custody.unwrap(wrapped, context)


def test_a_changed_or_shortened_data_key_is_refused(place: Place) -> None:
    """Its version, its number, its nonce, its body, its end; and nothing at all."""
    custody = place.make()
    wrapped = custody.wrap(DATA_KEY, CASE)
    for at in (0, 1, 2, 3, len(wrapped) // 2, len(wrapped) - 1):
        changed = wrapped[:at] + bytes([wrapped[at] ^ 4]) + wrapped[at + 1 :]
        with pytest.raises(EnvelopeError):
            custody.unwrap(changed, CASE)
    for size in (0, 1, 3, 4, 16, len(wrapped) - 1):
        with pytest.raises(EnvelopeError):
            custody.unwrap(wrapped[:size], CASE)


@pytest.mark.parametrize("name", ["log", "package"])
def test_a_rotated_signing_key_breaks_nothing_old(place: Place, name: str) -> None:
    """The old public key stays published, its signatures verify, and it signs when it is named."""
    custody, running = place.make(), place.open()
    old, signed = custody.public_key(name), custody.sign(name, b"message")

    custody.rotate(name)

    new = custody.public_key(name)
    assert custody.public_keys(name) == place.open().public_keys(name) == (old, new)
    assert verify(old, b"message", signed)
    assert verify(new, b"message", custody.sign(name, b"message"))
    assert verify(old, b"message", custody.sign(name, b"message", old))
    assert verify(new, b"message", running.sign(name, b"message", new))


def test_a_running_broker_goes_over_to_a_new_package_key(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody rotates it beside the broker, which signs its next package with the new one."""
    operator, running = place.make(), place.open()
    old = key_of(running)
    operator.rotate("package")
    monkeypatch.setattr(known_keys, "LOOK_AGAIN_SECONDS", 0.0)

    assert key_of(running) == operator.public_key("package") != old
    with place.outage():
        assert running.public_keys("package") == (old, operator.public_key("package"))
    assert key_of(place.open()) == operator.public_key("package")


def key_of(custody: KeyCustody) -> bytes:
    """The one of its keys that a package which it signs now is from."""
    signed, _, signature = sign(b"{}", custody).rpartition(b".")
    keys = custody.public_keys("package")
    (made,) = (one for one in keys if verify(one, signed, read_b64u(signature.decode())))
    assert signed.startswith(signature_header(made).encode() + b".")
    return made


def test_a_rotated_wrapping_key_opens_what_the_old_one_closed(place: Place) -> None:
    """Also in a broker that was running all the while; what is to be wrapped anew is known."""
    custody, running = place.make(), place.open()
    before = custody.wrap(DATA_KEY, CASE)
    assert custody.is_current(before)

    custody.rotate("wrapping")

    after = custody.wrap(DATA_KEY, CASE)
    assert (custody.is_current(before), custody.is_current(after)) == (False, True)
    assert custody.unwrap(before, CASE) == DATA_KEY
    for each in (custody, running, place.open()):
        assert each.unwrap(after, CASE) == DATA_KEY
    assert custody.public_keys("log") == running.public_keys("log")


def test_many_threads_at_once(place: Place) -> None:
    """No answer is another thread's."""
    custody = place.make()
    key = custody.public_key("package")

    def work(number: int) -> bool:
        message, case = b"message %d" % number, b"case %d" % number
        signed = custody.sign("package", message)
        opened = custody.unwrap(custody.wrap(message, case), case)
        return verify(key, message, signed) and opened == message

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(24)))


def test_a_forked_process_uses_the_keys_for_itself(place: Place) -> None:
    """It shares no connection and no session with its parent, who goes on undisturbed."""
    custody = place.make()
    key, wrapped = custody.public_key("log"), custody.wrap(DATA_KEY, CASE)
    custody.sign("log", b"before")
    with warnings.catch_warnings():
        # Python 3.12 warns of forks beside threads, which test runners have.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os._exit(_works(custody, key, wrapped))
    assert _works(custody, key, wrapped) == 0

    assert os.waitpid(child, 0)[1] == 0
    assert _works(custody, key, wrapped) == 0


def _works(custody: KeyCustody, key: bytes, wrapped: bytes) -> int:
    """Return 0 if it signs and opens; what goes wrong in a child is only told by its status."""
    try:
        signed = [verify(key, b"m%d" % n, custody.sign("log", b"m%d" % n)) for n in range(8)]
        return 0 if all(signed) and custody.unwrap(wrapped, CASE) == DATA_KEY else 1
    except BaseException:  # noqa: BLE001  # a child must not go on with the parent's tests
        traceback.print_exc()
        return 2


def test_secrets_stay_out_of_sight(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a repr, an error nor a log line at any level holds a key or what opens one."""
    seen = []
    with caplog.at_level(DEBUG):
        custody = place.make()
        wrapped = custody.wrap(DATA_KEY, CASE)
        custody.unwrap(wrapped, CASE)
        custody.sign("log", b"message")
        seen.append(repr(custody))
        with pytest.raises(EnvelopeError) as caught:
            custody.unwrap(wrapped, b"another case")
        seen.append("".join(traceback.format_exception(caught.value)))
    seen.append(caplog.text)
    with Path("/proc/self/cmdline").open("rb") as line:
        seen.append(line.read().decode())

    hidden = [
        *place.secrets,
        DATA_KEY.hex(),
        b64encode(DATA_KEY).decode().rstrip("="),
        repr(DATA_KEY),
    ]
    for text in seen:
        assert not [one for one in hidden if one in text]


def test_an_outage_releases_nothing_and_ends_by_itself(
    place: Place, tmp_path: Path, migrated_sqlite: Path
) -> None:
    """Nothing new is opened and nothing logged unsigned; afterwards all is as before.

    Keys in a file have no service that could fail once the broker has read them.
    """
    custody = place.make()
    wrapped = custody.wrap(DATA_KEY, CASE)
    shutil.copy(migrated_sqlite, tmp_path / "broker.sqlite")
    with stored(place, tmp_path) as store:
        settle(store)
        before = store.log.checkpoint()
        with place.outage():
            with pytest.raises(EnvelopeError):
                place.open()
            if place.service is not None:
                with pytest.raises(KeyServiceError, match="goes on by itself"):
                    custody.unwrap(wrapped, CASE)
                with pytest.raises(KeyServiceError):
                    another_case(store)
            if place.signs:
                with pytest.raises(LedgerUnavailableError):
                    disclose(store)
            assert store.log.checkpoint() == before
        assert custody.unwrap(wrapped, CASE) == DATA_KEY
        another_case(store)
        receipt = disclose(store)
        check_checkpoint(store.log.key, store.log.check, receipt.checkpoint.note)
        store.log.verify()


def test_a_store_rests_on_these_keys(place: Place, tmp_path: Path, migrated_sqlite: Path) -> None:
    """A disclosure's receipt verifies with the public key alone, after a restart too."""
    shutil.copy(migrated_sqlite, tmp_path / "broker.sqlite")
    key = place.make().public_key("log")
    for number in (1, 2):
        with stored(place, tmp_path) as store:
            if number == 1:
                settle(store)
            receipt = disclose(store, f"request-000{number}")
            check_checkpoint(store.log.key, partial(verify, key), receipt.checkpoint.note)
            store.log.verify()


def another_case(store: Store) -> None:
    """Put a case on file that needs a data key of its own."""
    case = builders.case(case_id=CaseId("MR-0418"))
    store.ledger.record(events.case_recorded(case, builders.NOW), PutCase(case=case))


@contextmanager
def stored(place: Place, folder: Path) -> Iterator[Store]:
    """Open a store of these keys in the folder."""
    url = f"sqlite+pysqlite:///{folder / 'broker.sqlite'}"
    custody = place.open()
    vault = CaseVault(custody)
    with closing(
        open_store(url, custody=custody, vault=vault, clock=SetClock(), origin=ORIGIN)
    ) as store:
        yield store
