"""The process that reads documents, and the program that reads pictures: held, and not believed."""

import base64
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from broker.domain.errors import RedactionError
from redaction.documents import reading
from redaction.documents.read import read
from redaction.documents.reading import read_document
from tests.unit.redaction.originals import line, pdf, refused

_GREEDY = "grab = [bytearray(10_000_000) for _ in range(1000)]"
_ENDLESS = "while True: pass"
_WRITING = "with open('{path}', 'w') as file: file.write('x' * 9)"


@pytest.mark.parametrize("program", [_GREEDY, _ENDLESS, _WRITING], ids=["memory", "time", "disk"])
def test_the_reading_process_is_held_to_its_limits(program: str, tmp_path: Path) -> None:
    """A document that takes over the process gets no memory, no time and no file."""
    path = tmp_path / "written"
    setup = (
        "import redaction.documents.reader as r\n"
        "r.SECONDS = 1\nr.MEMORY_BYTES = 300_000_000\nr._limit()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", setup + program.replace("{path}", str(path))],
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    assert not path.exists() or path.read_bytes() == b""


def test_every_document_is_read_within_the_limits(tmp_path: Path) -> None:
    """The process limits itself first: it cannot even write to a file that it is given."""
    answer = tmp_path / "answer"
    with answer.open("wb") as given:
        done = subprocess.run(
            [sys.executable, "-m", "redaction.documents.reader", ".txt"],
            input=b"Nothing new.",
            stdout=given,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )

    assert done.returncode != 0
    assert answer.read_bytes() == b""


def test_a_document_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker waits its time and no longer, and the process is gone afterwards."""
    monkeypatch.setattr(reading, "PATIENCE", 0.01)
    before = _children()
    with pytest.raises(RedactionError, match="took too long"):
        read_document("a.txt", b"Nothing new.")

    assert _children() == before


def _children() -> set[str]:
    tasks = Path(f"/proc/{os.getpid()}/task")
    return {pid for task in tasks.iterdir() for pid in (task / "children").read_text().split()}


def test_the_reading_process_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment only the path and the language are passed on."""
    monkeypatch.setenv("MARAC_SECRET", "do not tell")
    started: list[dict[str, str]] = []
    real = subprocess.Popen

    def watched(*args: object, **kwargs: object) -> object:
        environment = kwargs["env"]
        assert isinstance(environment, dict)
        started.append(environment)
        return real(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", watched)
    read_document("a.txt", b"Nothing new.")

    assert len(started) == 1
    assert "MARAC_SECRET" not in started[0]


@pytest.mark.parametrize("answer", [b"", b"{", b"[]", b'["read", [1, []]]', b'["failed", "X"]'])
def test_an_answer_that_is_no_document_is_refused(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was taken over can answer what it likes; it is held to be text."""
    monkeypatch.setattr(reading, "_ran", lambda *_: answer)
    with pytest.raises(RedactionError, match="Have a person redact it"):
        read_document("a.txt", b"Nothing new.")


@pytest.mark.parametrize(
    "answer",
    [b"[]", b'["read", []]', b'["written", ["%%%", []]]', b'["written", ["", [2, []]]]'],
)
def test_a_fresh_file_that_does_not_read_back_is_none(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes from the writing process is believed no more."""
    document = read("a.txt", b"Nothing new.")
    monkeypatch.setattr(reading, "_ran", lambda *_: answer)
    with pytest.raises(RedactionError, match="Have a person redact it"):
        reading.write_document(document)


@pytest.mark.parametrize(
    "disguise",
    [
        "Marabelle\u200bEll\u200dwood", "\u202edoowllE ellebaraM\u202c", "Ell\u00adwood",
        "E\ufe0fl\ufe0fl\ufe0fw\ufe0fo\ufe0fo\ufe0fd", "Ell\U000e0077\U000e006fwood",
    ],
)  # fmt: skip
def test_characters_that_nobody_sees_carry_nothing_out(disguise: str) -> None:
    """Zero-width characters, selectors and tags can hold a whole message; none is left."""
    document = read("a.txt", f"She is {disguise} here.".encode())
    (text,) = [one.text for one in document.cells()]

    assert text.isascii()
    assert dict(document.left_out)["invisible character"] > 0


def test_a_picture_is_refused_by_name_where_nothing_can_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without tesseract the sentence says to type it or to install it; also for scanned pages."""
    monkeypatch.setenv("PATH", "/nowhere")
    image = (
        "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray "
        "/BitsPerComponent 8 /Length 1 >>\nstream\nx\nendstream"
    )
    scan = pdf("q 500 0 0 700 0 0 cm /X1 Do Q", objects=[image])
    behind = pdf(f"{line('Read by a machine.', before='3 Tr')} /X1 Do", objects=[image])

    refused("a.png", _PIXEL, "the file is a picture")
    refused("a.pdf", scan, "page 1 is a picture")
    refused("a.pdf", behind, "page 1 is a picture")


@pytest.mark.parametrize(
    "program", ["exit 1", "true", "echo ' - '"], ids=["fails", "mute", "noise"]
)
def test_a_picture_without_words_is_refused(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of pictures that fails or sees nothing never makes an empty document of one."""
    reader = tmp_path / "tesseract"
    reader.write_text(f"#!/bin/sh\ncat > /dev/null\n{program}\n", "ascii")
    reader.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    refused("a.png", _PIXEL, "whose words cannot be read")
    refused("a.png", b"\x89PNG\r\n\x1a\n", "whose words cannot be read")


def test_a_picture_of_a_eighty_million_points_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file can state a size that fills the memory."""
    (tmp_path / "tesseract").write_text("#!/bin/sh\n", "ascii")
    (tmp_path / "tesseract").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    head = b"IHDR" + struct.pack(">LL", 9_000, 9_000) + b"\x08\0\0\0\0"
    bomb = bytearray(_PIXEL)
    bomb[12:29] = head
    bomb[29:33] = struct.pack(">L", zlib.crc32(head))

    refused("a.png", bytes(bomb), "larger than one page|whose words cannot be read")


_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAGLvk8gAAAABJRU5ErkJggg=="
)
