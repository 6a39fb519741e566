"""The legal register: for each flow, which is a purpose and its basis, the papers that carry it.

A flow without a paper that is in force gives nothing: the rules that lean on it keep their ceiling
and lose their permission (see reviews). What holds back needs no paper.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from broker.domain.words import UNKNOWN
from policies.days import day_of
from policies.problems import Place, Problems
from policies.rules import COLUMNS as RULE_COLUMNS
from policies.rules import Effect, Rule
from policies.sheet import Row, Sheet
from policies.vocabulary import NOTHING, Vocabulary

PAPERS = {
    "policy_document": "appropriate policy document",
    "dpia": "data protection impact assessment",
    "agreement": "information-sharing agreement",
}
"""Columns that name a paper, each followed by the day on which it ends, and what it is called."""
COLUMNS = (
    "purpose",
    "basis",
    *(column for paper in PAPERS for column in (paper, f"{paper}_until")),
    "owner",
    "review",
    "note",
)
_FREE = (*(f"{paper}_until" for paper in PAPERS), "review", "note")
_SCHEDULE_1 = re.compile(r"s1-p([0-9]+)-.*")
_WITHOUT_DOCUMENT = frozenset(("2", "3", "4"))
"""Health, public health and research: every other paragraph of DPA 2018 Sch 1 that a pack can lean
on asks for an appropriate policy document (paras 1(1)(b), 5 and 39)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper, by its reference, and the last day on which it is in force."""

    called: str
    reference: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One line of the register."""

    purpose: str
    basis: str
    papers: tuple[Paper, ...]
    owner: str
    review: date
    file: str
    line: int


Register = Mapping[tuple[str, str], Flow]
"""Flows by purpose and basis."""


def read_register(
    file: str, content: bytes, vocabulary: Vocabulary, problems: Problems
) -> Register:
    """Read legal.csv."""
    words = {"purpose": vocabulary.of("purpose"), "basis": vocabulary.of("basis")}
    sheet = Sheet(columns=COLUMNS, free=_FREE, words=words)
    register: dict[tuple[str, str], Flow] = {}
    for row in sheet.read(file, content, problems):
        flow = _read(row, words, problems)
        if flow is None:
            continue
        first = register.setdefault((flow.purpose, flow.basis), flow)
        if first is not flow:
            say = f"this flow stands on line {first.line} too; remove one"
            problems.add(row.place("basis"), say)
    return register


def leaned_on(rule: Rule, register: Register) -> tuple[Flow, ...]:
    """Return the flows whose papers a permitting rule needs; none for one that holds back."""
    if rule.effect is Effect.DENY:
        return ()
    purpose = rule.condition("purpose")
    found = (register.get((purpose, basis)) for basis in rule.basis)
    return tuple(one for one in found if one is not None)


def check_registered(rules: Iterable[Rule], register: Register, problems: Problems) -> None:
    """Report each permitting rule with a basis that no line of the register carries."""
    column = RULE_COLUMNS.index("basis") + 1
    for rule in rules:
        purpose = rule.condition("purpose")
        for basis in rule.basis if rule.effect is Effect.ALLOW else ():
            if (purpose, basis) not in register:
                say = f"register the basis `{basis}` for this purpose in legal.csv"
                problems.add(Place(file=rule.file, line=rule.line, column=column), say)


def _read(row: Row, words: Mapping[str, tuple[str, ...]], problems: Problems) -> Flow | None:
    before = len(problems.found)
    for column, valid in words.items():
        word = row.cells.get(column)
        if word in {UNKNOWN, NOTHING} or (word is not None and word not in valid):
            problems.add_word(row.place(column), f"`{column}` has no such word", word, valid)
    if " " in row.cells.get("owner", ""):
        problems.add(row.place("owner"), "`owner` must be a single word; use hyphens")
    papers = [_paper(row, column, problems) for column in PAPERS]
    review = day_of(row, "review", problems)
    _check_needed(row, problems)
    if not row.is_whole or review is None or len(problems.found) > before:
        return None
    return Flow(
        purpose=row.cells["purpose"],
        basis=row.cells["basis"],
        papers=tuple(one for one in papers if one is not None),
        owner=row.cells["owner"],
        review=review,
        file=row.file,
        line=row.line,
    )


def _paper(row: Row, column: str, problems: Problems) -> Paper | None:
    """Return the paper of one column, or None where there is none; the two cells must agree."""
    reference, ends = row.cells.get(column), row.cells.get(f"{column}_until")
    if reference is None or ends is None or reference == ends == NOTHING:
        return None
    if " " in reference:
        problems.add(row.place(column), "name one paper as a single word, or write `none`")
    elif NOTHING in {reference, ends}:
        say = f"a paper and the day on which it ends go together; write both, or `{NOTHING}` twice"
        problems.add(row.place(column if reference == NOTHING else f"{column}_until"), say)
    elif (until := day_of(row, f"{column}_until", problems)) is not None:
        return Paper(called=PAPERS[column], reference=reference, until=until)
    return None


def _check_needed(row: Row, problems: Problems) -> None:
    if row.cells.get("dpia") == NOTHING:
        say = "every flow needs its data protection impact assessment (UK GDPR Art 35)"
        problems.add(row.place("dpia"), say)
    paragraph = _SCHEDULE_1.fullmatch(row.cells.get("basis", ""))
    needs = paragraph is not None and paragraph[1] not in _WITHOUT_DOCUMENT
    if needs and row.cells.get("policy_document") == NOTHING:
        say = "this condition needs an appropriate policy document (DPA 2018 Sch 1); name it"
        problems.add(row.place("policy_document"), say)
