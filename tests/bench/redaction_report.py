"""What was measured of reading notes for redaction, and how the report shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rich.table import Table

_SMALL: Final = 0.1
"""Ratios below this are shown with four places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One row: characters a second, or megabytes; `bar` as the promise says it."""

    name: str
    value: float
    against: str
    ratio: float | None
    bar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionSpeed:
    """Everything that was measured, and of how many rounds it is the middle."""

    rows: tuple[Rate, ...]
    rounds: int

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "RedactionSpeed":
        """Return what the measuring process announced."""
        return cls(rows=tuple(Rate(**row) for row in said["rows"]), rounds=said["rounds"])


def redaction_table(found: RedactionSpeed) -> Table:
    """Return the table of the report."""
    table = Table(
        title=f"Redaction: characters a second on one core, median of {found.rounds} rounds",
        title_justify="left",
    )
    for heading in ("text", "a second", "beside", "ratio", "promised"):
        table.add_column(heading, justify="right" if heading in {"a second", "ratio"} else "left")
    for row in found.rows:
        ratio = (
            ""
            if row.ratio is None
            else f"{row.ratio:.4f}"
            if row.ratio < 0.1
            else f"{row.ratio:.2f}"
        )
        table.add_row(row.name, f"{row.value:,.0f}", row.against, ratio, row.bar)
    return table
