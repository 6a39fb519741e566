"""A witness runs as its own process would: a folder, a passphrase, the log's key, HTTP."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from threading import Thread

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from broker.commands import ledger
from broker.commands.witness_server import witness_server
from broker.commands.witness_state import Witness
from broker.domain.errors import CustodyError, LedgerVerificationError
from broker.ledger.cosignature import WitnessKey, cosignatures, with_lines
from broker.ledger.witness import Answer, Asked, WitnessRefusalError, read_asked
from keys.signing import verify
from tests.builders import NOW
from tests.foreign.logs import Log, log_of
from tests.simulators import MemoryCustody

PASSPHRASE = "an invented one for the witness"
NAME = "charity.example/eye"
LOG = log_of(9)
OTHER_TREE = replace(
    log_of(9, lambda _, one: replace(one, at=one.at - timedelta(days=1))), custody=LOG.custody
)
"""Signed by the same key over other entries: what a broker would show to somebody else."""


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """A witness of the log."""
    made = Witness.create(tmp_path / "eye", NAME, PASSPHRASE)
    made.watch(LOG.key)
    return made


def asked(since: int, size: int, log: Log = LOG) -> Asked:
    """What a broker asks after it has grown."""
    grown = 0 < since < size
    path = log.grown(log.checkpoint(since), size).path if grown else ()
    return Asked(old=since, path=path, note=log.checkpoint(size).note)


def refusal(witness: Witness, request: Asked) -> Answer:
    """How it is refused."""
    with pytest.raises(WitnessRefusalError) as refused:
        witness.cosign(request)
    return refused.value.answer


@contextmanager
def serving(witness: Witness) -> Iterator[str]:
    """Its door, on loopback."""
    with witness_server(witness, "127.0.0.1", 0, lambda _: None) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def post(url: str, request: Asked) -> httpx.Response:
    """Ask over HTTP."""
    return httpx.post(f"{url}/add-checkpoint", content=request.text().encode(), trust_env=False)


def test_what_only_grew_is_cosigned(witness: Witness) -> None:
    """Step by step; each cosignature is the witness's over that very checkpoint."""
    for since, size in ((0, 1), (1, 4), (4, 4), (4, 9)):
        request = asked(since, size)

        cosigned = with_lines(request.note, [witness.cosign(request)])

        (made,) = cosignatures([witness.key], verify, cosigned)
        assert made.name == NAME


def test_two_people_shown_two_trees_need_two_witnesses(witness: Witness) -> None:
    """The broker's other tree, at the same size and later, is never cosigned."""
    witness.cosign(asked(0, 5))

    assert refusal(witness, asked(5, 5, OTHER_TREE)) is Answer.ANOTHER_SIZE
    assert refusal(witness, asked(5, 9, OTHER_TREE)) is Answer.NOT_CONSISTENT
    witness.cosign(asked(5, 9))


def test_an_old_head_is_not_cosigned_again(witness: Witness) -> None:
    """Time goes one way: whoever serves an old head has no new cosignature for it."""
    witness.cosign(asked(0, 6))

    assert refusal(witness, asked(0, 4)) is Answer.ANOTHER_SIZE
    assert refusal(witness, asked(6, 4)) is Answer.MALFORMED


def test_the_map_of_cases_cannot_be_dropped(witness: Witness) -> None:
    """A later checkpoint without the map would hide which entries a case has."""
    witness.cosign(asked(0, 4))

    unmapped = replace(LOG, mapped=False)
    assert refusal(witness, asked(4, 9, unmapped)) is Answer.NOT_CONSISTENT


def test_another_logs_checkpoint_is_refused(witness: Witness) -> None:
    """By its name, and by its key under our log's name."""
    stranger = replace(log_of(3), origin="elsewhere.example/log")
    forger = replace(log_of(3), custody=MemoryCustody(seed=bytes(32)))

    assert refusal(witness, asked(0, 3, stranger)) is Answer.UNKNOWN_LOG
    assert refusal(witness, asked(0, 3, forger)) is Answer.NOT_THE_LOGS


def test_what_was_cosigned_is_remembered_after_a_restart(witness: Witness, tmp_path: Path) -> None:
    """It was on the disk before the cosignature left."""
    witness.cosign(asked(0, 5))

    again = Witness.open(tmp_path / "eye", PASSPHRASE)

    assert refusal(again, asked(0, 5)) is Answer.ANOTHER_SIZE
    assert refusal(again, asked(5, 9, OTHER_TREE)) is Answer.NOT_CONSISTENT


def test_no_cosignature_leaves_that_is_not_on_the_disk(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk refuses the request; the size that was kept stays."""

    def full(*_: object) -> None:
        raise CustodyError("The disk is full.")

    monkeypatch.setattr("broker.commands.witness_state.write_again", full)
    with pytest.raises(CustodyError):
        witness.cosign(asked(0, 5))
    monkeypatch.undo()

    assert witness.newest(LOG.origin) is None


def test_a_wiped_state_is_not_silently_begun_anew(witness: Witness, tmp_path: Path) -> None:
    """Without its file the log is one that nobody asked the witness to watch."""
    witness.cosign(asked(0, 5))
    (file,) = (tmp_path / "eye").glob("*.json")

    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(CustodyError):
        witness.cosign(asked(5, 9))
    file.unlink()
    assert refusal(witness, asked(0, 9)) is Answer.UNKNOWN_LOG


def test_of_two_trees_at_once_one_is_cosigned(witness: Witness) -> None:
    """Two brokers of one log ask in the same moment, each with its own tree."""
    with serving(witness) as url, ThreadPoolExecutor(8) as pool:
        both = [asked(0, 5), asked(0, 5, OTHER_TREE)] * 4
        answers = [one.status_code for one in pool.map(lambda one: post(url, one), both)]

    assert answers.count(HTTPStatus.OK) == 1
    assert answers.count(HTTPStatus.CONFLICT) == len(both) - 1


def test_a_log_that_lost_count_is_told_the_size(witness: Witness) -> None:
    """C2SP tlog-witness: 409 and the size, so that the next request can be right."""
    with serving(witness) as url:
        assert post(url, asked(0, 4)).status_code == HTTPStatus.OK
        told = post(url, asked(0, 9))
        assert (told.status_code, told.text) == (HTTPStatus.CONFLICT, "4\n")
        assert told.headers["content-type"] == "text/x.tlog.size"
        assert post(url, asked(4, 9)).status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old -1\n\nx",
        b"old 0\nAAAA\n\nx",
        b"\xff\n\n",
        b"old 0\n\nno checkpoint\n",
    ],
)
def test_nonsense_is_refused_and_the_witness_goes_on(witness: Witness, body: bytes) -> None:
    """What is not a request changes nothing."""
    with serving(witness) as url:
        said = httpx.post(f"{url}/add-checkpoint", content=body, trust_env=False)
        large = httpx.post(f"{url}/add-checkpoint", content=b"x" * 200_000, trust_env=False)
        assert post(url, asked(0, 4)).status_code == HTTPStatus.OK

    assert said.status_code == HTTPStatus.BAD_REQUEST
    assert large.status_code == HTTPStatus.BAD_REQUEST


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_a_flipped_byte_of_a_request_is_never_cosigned(
    witness: Witness, at: int, flip: int
) -> None:
    """Of the size, the proof and the note; only the note's own signature bytes decide."""
    if witness.newest(LOG.origin) is None:
        witness.cosign(asked(0, 5))
    body = bytearray(asked(5, 9).text().encode())
    body[at % len(body)] ^= flip

    with pytest.raises((LedgerVerificationError, WitnessRefusalError)):
        witness.cosign(read_asked(bytes(body)))


def test_a_changed_cosignature_does_not_hold(witness: Witness) -> None:
    """Another time, another note, another witness under the same name."""
    request = asked(0, 5)
    line = witness.cosign(request)
    impostor = WitnessKey(name=NAME, public_key=bytes(32))

    with pytest.raises(LedgerVerificationError):
        cosignatures([witness.key], verify, with_lines(LOG.checkpoint(6).note, [line]))
    assert cosignatures([impostor], verify, with_lines(request.note, [line])) == ()


def run(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(ledger.app, ["witness", *words])


def test_a_witness_without_a_network(tmp_path: Path) -> None:
    """On a laptop, with files that came by any way: each step through the command."""
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    mine = ("--state", f"{tmp_path / 'eye'}", "--passphrase-file", f"{secret}")
    note = tmp_path / "checkpoint"

    key = WitnessKey.of_verifier(run("init", "--name", NAME, *mine).output.strip())
    note.write_text(LOG.checkpoint(5).note)
    assert "watch" in str(run("once", f"{note}", *mine).exception)
    assert run("watch", "--log", LOG.key.verifier_text(), *mine).exit_code == 0
    line = run("once", f"{note}", *mine).output.strip()

    (made,) = cosignatures([key], verify, with_lines(note.read_text(), [line]))
    assert made.at.year >= NOW.year
    note.write_text(OTHER_TREE.checkpoint(9).note)
    assert "ledger prove --since 5" in str(run("once", f"{note}", *mine).exception)
