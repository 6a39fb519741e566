"""One line of guards.csv or purposes/*.csv, and how it is read."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from broker.domain.context import FACT_NAMES
from broker.domain.ids import RuleId
from broker.domain.words import Outcome
from policies.days import day_of
from policies.groups import Group
from policies.problems import Problems
from policies.sheet import Row, Sheet
from policies.vocabulary import ANY, NOTHING, Vocabulary

_LISTS = (
    ("obligations", "obligation"),
    ("profile", "profile"),
    ("basis", "basis"),
    ("gateway", "basis"),
)
"""Columns that hold several words, and the kind of word they hold."""
COLUMNS = (
    "id",
    "effect",
    "outcome",
    *FACT_NAMES,
    *(column for column, _ in _LISTS),
    "owner",
    "review",
    "text",
)
_FREE = ("review", "text")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
"""A name for the log. One that begins with a figure may come back from a spreadsheet as another."""


class Effect(StrEnum):
    """Whether a rule gives or holds back."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Args:
        outcome: what an `allow` gives; what a `deny` gives at the most.
        conditions: a word, a group or `*` per fact, in the order of FACT_NAMES.
        suspended: an `allow` whose review is overdue beyond its grace, or that leans on a paper
            that ended: it holds back as before and gives nothing.

    """

    rule_id: RuleId
    effect: Effect
    outcome: Outcome
    conditions: tuple[str, ...]
    obligations: tuple[str, ...]
    profiles: tuple[str, ...]
    basis: tuple[str, ...]
    gateways: tuple[str, ...]
    owner: str
    review: date
    text: str
    file: str
    line: int
    suspended: bool = False

    @property
    def gives(self) -> bool:
        """Whether the rule can be the reason for a yes."""
        return self.effect is Effect.ALLOW and not self.suspended

    def condition(self, fact: str) -> str:
        """Return the cell of one fact."""
        return self.conditions[FACT_NAMES.index(fact)]


def rule_sheet(vocabulary: Vocabulary, groups: Mapping[str, Group]) -> Sheet:
    """Return what a file of rules looks like, with the words that each column may hold."""
    # What the code branches on is checked against the code: a vocabulary could misspell it too.
    words = {
        "effect": tuple(str(one) for one in Effect),
        "outcome": tuple(str(one) for one in Outcome),
        **{column: vocabulary.of(kind) for column, kind in _LISTS},
    }
    for fact in FACT_NAMES:
        named = (one.name for one in groups.values() if one.fact == fact)
        words[fact] = (*vocabulary.of(fact), *named, ANY)
    return Sheet(
        columns=COLUMNS,
        free=_FREE,
        words={column: dict.fromkeys(valid) for column, valid in words.items()},
    )


def read_rules(file: str, content: bytes, sheet: Sheet, problems: Problems) -> Iterator[Rule]:
    """Yield the rule of each line that is right; report everything else."""
    for row in sheet.read(file, content, problems):
        rule = _read(row, sheet.words, problems)
        if rule is not None:
            yield rule


def _read(row: Row, words: Mapping[str, Collection[str]], problems: Problems) -> Rule | None:
    before = len(problems.found)
    _check_id_and_owner(row, problems)
    for column in ("effect", "outcome", *FACT_NAMES):
        _check_word(row, column, words[column], problems)
    for column, _ in _LISTS:
        _check_list(row, column, words[column], problems)
    review = day_of(row, "review", problems)
    if not row.is_whole or review is None or len(problems.found) > before:
        return None
    rule = _rule(row, review)
    _check_sense(row, rule, problems)
    return rule if len(problems.found) == before else None


def _check_id_and_owner(row: Row, problems: Problems) -> None:
    if _ID.fullmatch(row.cells.get("id", "X")) is None:
        say = "`id` must be one name of letters, figures and hyphens that begins with a letter"
        problems.add(row.place("id"), say)
    if not {" ", ANY}.isdisjoint(row.cells.get("owner", "")):
        problems.add(row.place("owner"), "`owner` must be a single word; use hyphens")


def _check_word(row: Row, column: str, valid: Collection[str], problems: Problems) -> None:
    word = row.cells.get(column)
    if word is not None and " " in word:
        say = f"`{column}` takes one word or one group; name a group of roles.csv for several"
        problems.add(row.place(column), say)
    elif word is not None and word not in valid:
        problems.add_word(row.place(column), f"`{column}` has no such word", word, valid)


def _check_list(row: Row, column: str, valid: Collection[str], problems: Problems) -> None:
    words = row.cells.get(column, "").split()
    for word in words:
        if word not in valid:
            problems.add_word(row.place(column), f"`{column}` has no such word", word, valid)
    if len(set(words)) < len(words) or (NOTHING in words and len(words) > 1):
        problems.add(row.place(column), f"`{column}` says a word twice, or `{NOTHING}` and more")


def _check_sense(row: Row, rule: Rule, problems: Problems) -> None:
    """Refuse a line whose words are right and which still cannot mean what it says."""
    if rule.effect is Effect.ALLOW and rule.outcome is Outcome.DENY:
        problems.add(row.place("outcome"), "`allow` cannot give `deny`; write effect `deny`")
    if rule.effect is Effect.DENY and rule.outcome is Outcome.PERMIT:
        problems.add(
            row.place("outcome"), "a `deny` of nothing; write the widest that may be given"
        )
    if not rule.basis:
        problems.add(row.place("basis"), f"a rule needs its legal basis; `{NOTHING}` is none")
    if not rule.text.endswith("."):
        say = "the sentence must end with a full stop; without one it may have been cut short"
        problems.add(row.place("text"), say)
    if rule.effect is Effect.ALLOW and rule.outcome.releases and not rule.profiles:
        problems.add(row.place("profile"), "a rule that releases needs a redaction profile")


def _rule(row: Row, review: date) -> Rule:
    lists = {column: _listed(row.cells[column]) for column, _ in _LISTS}
    return Rule(
        rule_id=RuleId(row.cells["id"]),
        effect=Effect(row.cells["effect"]),
        outcome=Outcome(row.cells["outcome"]),
        conditions=tuple(row.cells[fact] for fact in FACT_NAMES),
        obligations=lists["obligations"],
        profiles=lists["profile"],
        basis=lists["basis"],
        gateways=lists["gateway"],
        owner=row.cells["owner"],
        review=review,
        text=row.cells["text"],
        file=row.file,
        line=row.line,
    )


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split() if word != NOTHING)
