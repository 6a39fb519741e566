"""One line of guards.csv or purposes/*.csv, and how it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from broker.domain.context import FACT_NAMES
from broker.domain.ids import RuleId
from broker.domain.words import Outcome
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
RULE_SHEET = Sheet(columns=COLUMNS, prose=("text",))


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
        suspended: an `allow` whose review is overdue beyond its grace: it holds back as before
            and gives nothing.

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


def read_rule(
    row: Row, vocabulary: Vocabulary, groups: Mapping[str, Group], problems: Problems
) -> Rule | None:
    """Return the rule of one line, or None after reporting everything that is wrong with it."""
    before = len(problems.found)
    _check_id_and_owner(row, problems)
    # What the code branches on is checked against the code: a vocabulary could misspell it too.
    _check_word(row, "effect", tuple(str(one) for one in Effect), problems)
    _check_word(row, "outcome", tuple(str(one) for one in Outcome), problems)
    for fact in FACT_NAMES:
        named = [one.name for one in groups.values() if one.fact == fact]
        _check_word(row, fact, (*vocabulary.of(fact), *named, ANY), problems)
    for column, kind in _LISTS:
        _check_list(row, column, vocabulary.of(kind), problems)
    _check_review(row, problems)
    if len(row.cells) < len(COLUMNS) or len(problems.found) > before:
        return None
    rule = _rule(row)
    _check_sense(row, rule, problems)
    return rule if len(problems.found) == before else None


def _check_id_and_owner(row: Row, problems: Problems) -> None:
    for column in ("id", "owner"):
        if not {" ", ANY}.isdisjoint(row.cells.get(column, "")):
            problems.add(row.place(column), f"`{column}` must be a single word; use hyphens")


def _check_word(row: Row, column: str, valid: tuple[str, ...], problems: Problems) -> None:
    word = row.cells.get(column)
    if word is not None and word not in valid:
        problems.add_word(row.place(column), f"`{column}` has no such word", word, valid)


def _check_list(row: Row, column: str, valid: tuple[str, ...], problems: Problems) -> None:
    words = row.cells.get(column, "").split()
    for word in words:
        if word not in valid:
            problems.add_word(row.place(column), f"`{column}` has no such word", word, valid)
    if len(set(words)) < len(words) or (NOTHING in words and len(words) > 1):
        problems.add(row.place(column), f"`{column}` says a word twice, or `{NOTHING}` and more")


def _check_review(row: Row, problems: Problems) -> None:
    text = row.cells.get("review")
    if text is None:
        return
    try:
        right = date.fromisoformat(text).isoformat() == text
    except ValueError:
        right = False
    if not right:
        problems.add(row.place("review"), "the review date must look like 2028-10-31")


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
    if rule.effect is Effect.ALLOW and rule.outcome.releases and not rule.profiles:
        problems.add(row.place("profile"), "a rule that releases needs a redaction profile")


def _rule(row: Row) -> Rule:
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
        review=date.fromisoformat(row.cells["review"]),
        text=row.cells["text"],
        file=row.file,
        line=row.line,
    )


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split() if word != NOTHING)
