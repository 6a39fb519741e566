"""Reads alerts.csv: which patterns in the log somebody is told of.

A pack without the file tells nobody of anything: the partnership has to choose its numbers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from broker.domain.alert import AlertRule, Audience, Watch
from policies.days import day_of
from policies.problems import Problems
from policies.reviews import due
from policies.sheet import Row, Sheet

COLUMNS = ("id", "watch", "count", "minutes", "tell", "owner", "review", "note")
MOST_COUNTED = 1_000
"""Beyond it a number is taken for a slip of the hand, here and below."""
MOST_MINUTES = 60 * 24 * 366
AT_ONCE = (Watch.THIRD_EMERGENCY, Watch.TIED_TO_CASE, Watch.OVERDUE_HOLDS)
"""What is told at each entry: a count of 1, and 0 minutes."""
_SHEET = Sheet(
    columns=COLUMNS,
    free=("count", "minutes", "tell", "review", "note"),
    words={"watch": tuple(Watch)},
)
_FIGURES = re.compile(r"0|[1-9][0-9]{0,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """One line: what is watched, and who looks at the line again by when."""

    rule: AlertRule
    owner: str
    review: date
    file: str
    line: int


def read_alerts(file: str, content: bytes, problems: Problems) -> tuple[AlertLine, ...]:
    """Return the lines of the file; `problems` takes everything that is wrong."""
    found: dict[str, AlertLine] = {}
    for row in _SHEET.read(file, content, problems):
        line = _read(row, problems)
        if line is None:
            continue
        same = found.get(line.rule.rule_id)
        if same is not None:
            problems.add(row.place("id"), f"line {same.line} has this id already; choose another")
        found[line.rule.rule_id] = line
    return tuple(found.values())


def alarms_of_alerts(lines: Iterable[AlertLine], today: date) -> tuple[str, ...]:
    """Return what to tell the owners of lines whose review is due; the lines stay in force."""
    stays = "it stays in force"
    said = (
        due(
            f"{one.file}:{one.line}: review the alert {one.rule.rule_id} ({one.owner})",
            one.review,
            today,
            late=stays,
            lapsed=stays,
        )
        for one in lines
    )
    return tuple(one for one in said if one is not None)


def _read(row: Row, problems: Problems) -> AlertLine | None:
    before = len(problems.found)
    review = day_of(row, "review", problems)
    watch = row.cells.get("watch")
    if watch is not None and watch not in tuple(Watch):
        say = "nothing of this name is watched"
        problems.add_word(row.place("watch"), say, watch, tuple(Watch))
    count = _number(row, "count", MOST_COUNTED, problems)
    minutes = _number(row, "minutes", MOST_MINUTES, problems)
    tell = _tell(row, problems)
    if not row.is_whole or review is None or len(problems.found) > before:
        return None
    rule = AlertRule(
        rule_id=row.cells["id"],
        watch=Watch(row.cells["watch"]),
        count=count,
        within=timedelta(minutes=minutes),
        tell=tell,
    )
    _check_numbers(row, rule, problems)
    owner = row.cells["owner"]
    return AlertLine(rule=rule, owner=owner, review=review, file=row.file, line=row.line)


def _number(row: Row, column: str, most: int, problems: Problems) -> int:
    cell = row.cells.get(column)
    if cell is None:
        return 0
    if _FIGURES.fullmatch(cell) is None or int(cell) > most:
        say = f"`{column}` must be a whole number up to {most}, in figures"
        problems.add(row.place(column), say)
        return 0
    return int(cell)


def _tell(row: Row, problems: Problems) -> tuple[Audience, ...]:
    words = row.cells.get("tell", "").split(" ")
    known = tuple(Audience)
    for word in words:
        if word not in known and "tell" in row.cells:
            problems.add_word(row.place("tell"), "nobody of this name can be told", word, known)
    return tuple(dict.fromkeys(Audience(one) for one in words if one in known))


def _check_numbers(row: Row, rule: AlertRule, problems: Problems) -> None:
    at_once = rule.watch in AT_ONCE
    if at_once and (rule.count != 1 or rule.within):
        say = f"`{rule.watch}` is told each time: write 1 as its count and 0 as its minutes"
        problems.add(row.place("count"), say)
    if not at_once and (rule.count < 1 or not rule.within):
        say = f"`{rule.watch}` needs a count of 1 or more, and minutes to count in"
        problems.add(row.place("minutes"), say)
