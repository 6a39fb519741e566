"""The broker's side of reading and writing: starts a process, waits, and believes only text."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import cast

from broker.domain.documents import WhyLeftOut
from broker.domain.errors import DocumentRefusedError, RedactionError
from redaction.documents.document import Document, decode, encode
from redaction.documents.kinds import kind_of

PATIENCE = 120.0
"""Wall-clock seconds, against 30 of processor time: a starved process is not a hung one."""
_BY_HAND = "Have a person redact it: the document {}."
_NONSENSE = (ValueError, TypeError, KeyError)
"""What an answer raises that the process of this release cannot have given."""
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "COVERAGE_PROCESS_START", "TESSDATA_PREFIX")
"""Of the environment: no secret of the broker's."""


def read_document(name: str, content: bytes) -> Document:
    """Return a document's text and structure; the name's suffix must say what it is.

    Raises:
        RedactionError: one sentence that says what to do; never with a name or a word of it.

    """
    kind_of(name, content)
    suffix = PurePath(name.strip().lower()).suffix
    body = _answer("read", ("redaction.documents.reader", suffix), content)
    try:
        return decode(json.dumps(body).encode())
    except _NONSENSE:
        raise RedactionError(_BY_HAND.format("could not be read")) from None


def write_document(document: Document) -> tuple[bytes, Document]:
    """Return a fresh file, and the document that its recipient will read in it.

    Raises:
        RedactionError: it cannot be written, or not be read again.

    """
    body = _answer("written", ("redaction.documents.writer",), encode(document))
    try:
        fresh, again = cast("tuple[str, object]", body)
        return base64.b64decode(fresh, validate=True), decode(json.dumps(again).encode())
    except _NONSENSE:
        raise RedactionError(_BY_HAND.format("could not be written afresh")) from None


def _answer(wanted: str, module: Sequence[str], content: bytes) -> object:
    """Return what the process of a module says of what it is given.

    Raises:
        RedactionError: it refused, failed, or said something else than was wanted.

    """
    answer = _ran(module, content)
    try:
        kind, body = json.loads(answer)
        if kind == wanted:
            return body
        if kind == "refused":
            sentence, why = body
            raise DocumentRefusedError(str(sentence), WhyLeftOut(why))
    except _NONSENSE:
        raise RedactionError(_BY_HAND.format("could not be read")) from None
    raise RedactionError(_BY_HAND.format(f"could not be read ({body})"))


def _ran(module: Sequence[str], content: bytes) -> bytes:
    environment = {key: value for key, value in os.environ.items() if key in _PASSED_ON}
    process = subprocess.Popen(  # noqa: S603  # our own module, no shell
        [sys.executable, "-m", *module],
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
