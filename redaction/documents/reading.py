"""The broker's side of reading: starts the process, waits, and believes nothing but text."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path, PurePath

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError, RedactionError
from redaction.documents.document import Document, decode
from redaction.documents.kinds import kind_of

PATIENCE = 120.0
"""Wall-clock seconds, against 30 of processor time: a starved process is not a hung one."""
_BY_HAND = "Have a person redact it: the document {}."
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "COVERAGE_PROCESS_START", "TESSDATA_PREFIX")
"""Of the environment: no secret of the broker's."""


def read_document(name: str, content: bytes) -> Document:
    """Return a document's text and structure; the name's suffix must say what it is.

    Raises:
        RedactionError: one sentence that says what to do; never with a name or a word of it.

    """
    kind_of(name, content)
    answer = _answer(PurePath(name.strip().lower()).suffix, content)
    try:
        kind, body = json.loads(answer)
        if kind == "read":
            return decode(json.dumps(body).encode())
        if kind == "refused":
            sentence, why = body
            raise DocumentRefusedError(str(sentence), WhyLeftOut(why))
    except (ValueError, TypeError, KeyError):
        raise RedactionError(_BY_HAND.format("could not be read")) from None
    raise RedactionError(_BY_HAND.format(f"could not be read ({body})"))


def _answer(suffix: str, content: bytes) -> bytes:
    environment = {key: value for key, value in os.environ.items() if key in _PASSED_ON}
    process = subprocess.Popen(  # noqa: S603  # our own module, no shell
        [sys.executable, "-m", "redaction.documents.reader", suffix],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parent.parent.parent,
        env={**environment, "OMP_THREAD_LIMIT": "1"},
        start_new_session=True,
    )
    try:
        answer, _ = process.communicate(content, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise RedactionError(_BY_HAND.format("took too long to read")) from None
    finally:
        _end(process)
    if process.returncode:
        raise RedactionError(_BY_HAND.format("needed more time or memory than one may take"))
    return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started, such as tesseract."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
