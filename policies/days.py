"""Days as a pack writes them: `2028-10-31` and nothing else.

A spreadsheet turns a date into its own country's form, or into a number. Both could be read as
another day, so neither is read.
"""

import re
from datetime import date

from policies.problems import Problems
from policies.sheet import Row

_SERIAL = re.compile(r"[0-9]{4,6}")
"""What a date looks like after a spreadsheet kept it as a number of days since 1900."""


def day_of(row: Row, column: str, problems: Problems) -> date | None:
    """Return the day in a cell, or None after reporting what is wrong with it."""
    text = row.cells.get(column)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is not None and found.isoformat() == text:
        return found
    say = f"`{column}` must be a day such as 2028-10-31"
    if _SERIAL.fullmatch(text):
        say += "; a spreadsheet made a number of it: format the column as text and type the day"
    problems.add(row.place(column), say)
    return None
