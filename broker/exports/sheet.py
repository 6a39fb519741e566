"""A timeline as a spreadsheet. DO NOT rename or reorder columns; add new ones at the end.

A cell that a spreadsheet program would take for a formula begins with an apostrophe instead.
"""

import csv
from io import StringIO

from broker.ledger.entry import time_text
from broker.service.report import CaseReport
from broker.service.timeline import TimelineEvent

FORMAT = "marac-timeline-1"
COLUMNS = (
    *("format", "number", "at", "kind", "sentence", "read_first", "withheld", "removed"),
    *("entry", "leaf_hash"),
)
_WIDE = (
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH PLUS SIGN}",
    "\N{FULLWIDTH HYPHEN-MINUS}",
    "\N{FULLWIDTH COMMERCIAL AT}",
)
_FORMULA = (*"=+-@\t\r\n", *_WIDE)
"""First characters that make a cell a formula (OWASP, CSV injection)."""


def write_sheet(report: CaseReport) -> bytes:
    """Return the file: UTF-8 with a mark, as Excel needs it to read anything but ASCII."""
    written = StringIO()
    sheet = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    sheet.writerow(COLUMNS)
    for one in report.timeline.events:
        sheet.writerow([harmless(cell) for cell in _cells(one)])
    return written.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """Return a cell that no program computes, however much white space it skips."""
    first = cell.lstrip(" \N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}")
    return f"'{cell}" if first.startswith(_FORMULA) else cell


def _cells(one: TimelineEvent) -> tuple[str, ...]:
    told, entry = one.told, one.entry
    withheld = "; ".join(f"{each.category}: {each.sentence}" for each in told.withheld)
    return (
        FORMAT,
        str(entry.case_number),
        time_text(entry.at),
        entry.kind.value,
        told.sentence,
        told.attention or "",
        withheld,
        "; ".join(f"{reason}: {count}" for reason, count in told.removed),
        str(entry.index),
        entry.leaf_hash.hex(),
    )
