"""Damaged documents: whatever is changed in a file, it is read or refused in one sentence."""

import warnings
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broker.domain.errors import RedactionError
from redaction.documents.read import read
from tests.unit.redaction.originals import line, pdf, refused, with_parts
from tests.unit.redaction.test_documents import MAKERS

_CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=40), st.integers(0, 200)),
    min_size=1,
    max_size=8,
)
"""Where, with what, and how much of the original is lost there."""


@cache
def _original(suffix: str) -> bytes:
    return MAKERS[suffix]()


def _said(suffix: str, content: bytes) -> str:
    """Return the sentence of a refusal, or one of our own where there was text to read."""
    try:
        document = read("a" + suffix, content)
    except RedactionError as error:
        return str(error)
    return "It was read." if any(cell.text for cell in document.cells()) else "nothing"


@pytest.mark.parametrize("suffix", sorted(MAKERS))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=_CHANGES)
def test_a_damaged_document_is_read_or_refused(
    suffix: str, changes: list[tuple[float, bytes, int]]
) -> None:
    """No damage ends in anything but a document or one sentence that says what to do."""
    content = _original(suffix)
    for place, other, lost in changes:
        at = int(place * len(content))
        content = content[:at] + other + content[at + lost :]
    with warnings.catch_warnings():
        # The reading process shows nobody what its libraries remark on.
        warnings.simplefilter("ignore")
        said = _said(suffix, content)

    assert said.endswith(".")


def test_parts_that_contradict_each_other_are_refused() -> None:
    """A page without edges, a filter that nobody knows, and a text that is not there."""
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="s"><v>999</v></c></row></sheetData></worksheet>'
    )
    packed = pdf(line("Text.")).replace(b"<< /Length ", b"<< /Filter /Nothing /Length ")

    refused("a.pdf", pdf(line("Text."), page="/CropBox [0 0]"), "damaged")
    refused("a.pdf", packed, "damaged")
    refused(
        "a.xlsx", with_parts(_original(".xlsx"), {"xl/worksheets/sheet1.xml": sheet}), "damaged"
    )
