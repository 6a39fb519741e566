"""Writing a file that others will rely on: whole, or not at all."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from broker.domain.errors import InvalidRequestError


@contextmanager
def whole_or_not_at_all(output: Path | None) -> Iterator[BinaryIO]:
    """Open a new file, and take it away again if it cannot be written to its end."""
    if output is None:
        yield sys.stdout.buffer
        return
    try:
        file = output.open("xb")
    except OSError as error:
        say = "The file cannot be written; name one that is not there yet."
        raise InvalidRequestError(say) from error
    try:
        with file:
            yield file
    except BaseException as error:
        output.unlink(missing_ok=True)
        if isinstance(error, OSError):
            say = "The file could not be written whole and is gone again; make room for it."
            raise InvalidRequestError(say) from error
        raise
