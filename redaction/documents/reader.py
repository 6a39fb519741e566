"""The reading process: one document in, its text out, within limits, and then it ends.

A hostile document meets this process only: it holds no key, knows no case, can write no file, and
is killed when it takes too much memory or time. The parent sends the file's suffix as the first
argument and its bytes on standard input; the answer is `[kind, body]` in JSON, of a refusal with
the sentence and the word of documents.WhyLeftOut.
"""

import json
import logging
import os
import resource
import sys
from collections.abc import Callable

MEMORY_BYTES = 1024 * 1024 * 1024
"""Address space; the libraries alone map about 300 MB of it."""
SECONDS = 30
"""Of processor time; 25 MB of ordinary documents take under ten."""
OPEN_FILES = 64


def main() -> None:
    """Read one document from standard input and answer on standard output."""
    serve(lambda content: _answer(sys.argv[1], content))


def serve(answer: Callable[[bytes], list[object]]) -> None:
    """Answer standard input on standard output, within the limits, and end."""
    _limit()
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    logging.disable(logging.CRITICAL)
    content = sys.stdin.buffer.read()
    answers.write(json.dumps(answer(content)).encode())
    answers.flush()
    # Hostile content may have left threads or exit handlers behind; there is nothing to tidy up.
    os._exit(0)


def _limit() -> None:
    for which, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(which)
        lowest = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (lowest, lowest))


def _answer(suffix: str, content: bytes) -> list[object]:
    from broker.domain.errors import RedactionError  # noqa: PLC0415  # after the limits
    from redaction.documents.document import encode  # noqa: PLC0415  # as above
    from redaction.documents.read import read  # noqa: PLC0415  # as above
    from redaction.documents.refusals import why_of  # noqa: PLC0415  # as above

    try:
        return ["read", json.loads(encode(read("document" + suffix, content)))]
    except RedactionError as error:
        return ["refused", [str(error), why_of(error)]]
    except Exception as error:  # noqa: BLE001  # the text must not travel in a traceback
        return ["failed", type(error).__name__]


if __name__ == "__main__":
    main()
