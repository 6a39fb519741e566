"""A fresh zip of a fresh zip: only the parts that were meant, and no time but the beginning of it.

Whoever compares two fresh documents learns nothing of when they were made.
"""

import io
import re
import zipfile

_DATE = (1980, 1, 1, 0, 0, 0)
"""The first that a zip can write."""
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_PROPERTIES = "docProps/core.xml"
_LEVEL = 6


def reproducible(content: bytes) -> bytes:
    """Return the same parts, packed anew: the same document gives the same bytes."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as target,
    ):
        for name in source.namelist():
            part = source.read(name)
            if name == _PROPERTIES:
                part = _STAMP.sub(b"1980-01-01T00:00:00Z", part)
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, part)
    return written.getvalue()
