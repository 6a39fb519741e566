import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.exports.sheet import COLUMNS, harmless, write_sheet
from tests.unit.exports.reports import report

_WIDE = "\N{FULLWIDTH EQUALS SIGN}1"
FORMULAS = ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", _WIDE)


@pytest.mark.parametrize("cell", FORMULAS, ids=range(len(FORMULAS)))
def test_no_cell_is_a_formula(cell: str) -> None:
    """What a spreadsheet would compute, it shows; nothing that somebody wrote runs on a desk."""
    assert harmless(cell) == f"'{cell}"


@given(st.text())
def test_whatever_is_written_begins_with_no_sign_of_a_formula(cell: str) -> None:
    """Of any text: it is as it was, or it begins with an apostrophe."""
    written = harmless(cell)

    assert written in {cell, f"'{cell}"}
    assert not written.lstrip(" ").startswith(tuple("=+-@\t\r\n"))


def test_every_entry_is_a_row_that_excel_reads() -> None:
    """A mark for UTF-8, one header, one row an entry, and the hash that verifies it."""
    written = write_sheet(report())
    rows = list(csv.reader(StringIO(written.decode("utf-8-sig"), newline="")))

    assert written.startswith(b"\xef\xbb\xbf")
    assert tuple(rows[0]) == COLUMNS
    assert [row[1] for row in rows[1:]] == ["1", "2", "3", "4", "5", "6"]
    assert {row[0] for row in rows[1:]} == {"marac-timeline-1"}
    entries = report().timeline.events
    assert [row[-1] for row in rows[1:]] == [one.entry.leaf_hash.hex() for one in entries]
