"""Where a text speaks of somebody's home: there, notes without capitals are read a second time.

The reader of such notes misses a refuge or a house that the other one finds. A refuge given away
costs most, and a second reading of everything costs nearly as much time as all the rest; around
the words of living somewhere it costs little.
"""

import re
from collections.abc import Iterator

_HOME = re.compile(
    r"\b(?:refuges?|safe ?(?:house|space)|hostel|shelter|sanctuary|haven|project|house|block|tower"
    r"|lodge|court|cottage|farm|placed|placement|lives|living|address|keys?)\b",
    re.IGNORECASE,
)
_BESIDE = 80
"""Characters read on both sides: more than the dozen words that the component looks at."""


def around_homes(text: str) -> Iterator[tuple[int, str]]:
    """Yield each stretch of a text that speaks of a home, with its start; two may overlap."""
    reach = 0
    for match in _HOME.finditer(text):
        if match.end() <= reach - _BESIDE // 2:
            continue
        start, reach = _cut(text, match.start() - _BESIDE), _cut(text, match.end() + _BESIDE)
        yield start, text[start:reach]


def _cut(text: str, position: int) -> int:
    """Return the place after the first blank from a position on, or an end of the text."""
    if position <= 0:
        return 0
    blank = re.compile(r"\s").search(text, position)
    return blank.end() if blank else len(text)
