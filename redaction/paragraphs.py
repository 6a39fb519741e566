"""Where a long text may be cut, so that a change in one paragraph leaves the others as they are.

Cut at blank lines and at ends of sentences only, and there by what the paragraph says rather than
by where it stands: a paragraph that grows moves no other cut. No name and no number reaches over
such a place; a name found on one side is looked for on the other by `propagate.py`.
"""

import re
import zlib
from collections.abc import Iterator

PIECEWISE_FROM = 3_000
"""Characters below which a text is read and kept as a whole."""
_FEWEST, _MOST = 300, 2_500
"""Characters of a piece: enough for the model to see a context, few enough to read again."""
_ONE_IN = 3
_MAY_CUT = re.compile(r"(?:\n[ \t]*){2,}|(?<=[.!?:;])[ \t]*\n|(?<=[a-z]{3}[.!?]) (?=[A-Z])")


def pieces(text: str) -> list[tuple[int, str]]:
    """Return the pieces of a text with their offsets; joined they are the text."""
    if len(text) < PIECEWISE_FROM:
        return [(0, text)]
    return [(start, text[start:end]) for start, end in _ranges(text)]


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    start = last = 0
    for match in _MAY_CUT.finditer(text):
        length = match.end() - start
        marked = zlib.crc32(text[last : match.end()].encode()) % _ONE_IN == 0
        last = match.end()
        if length >= _MOST or (length >= _FEWEST and marked):
            yield start, match.end()
            start = match.end()
    if start < len(text):
        yield start, len(text)
