"""Tests as tables: the rows of tests/*.yaml, which IG leads read and write.

A row says which facts get which outcome, decided by which rules. `version` in the first line is
the version of this format; do not rename its keys or change what one of them means.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from broker.domain.context import FACT_NAMES, Facts
from broker.domain.decision import Ruling
from broker.domain.words import Outcome
from policies.decide import PolicySet
from policies.files import TESTS
from policies.outline import Outline, read_outline
from policies.pack import Pack
from policies.problems import Place, Problems
from policies.vocabulary import NOTHING

FORMAT = "1"
_NEEDED = ("name", "facts", "outcome", "rules")
_OPTIONAL = ("unmet", "obligations", "profile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One situation and what it should get. None for obligations or profile leaves them open."""

    name: str
    facts: Facts
    outcome: Outcome
    rules: tuple[str, ...]
    unmet: tuple[str, ...]
    obligations: tuple[str, ...] | None
    profile: str | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTable:
    """One file: what its rows have in common, and the rows."""

    file: str
    given: Mapping[str, str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A row that gets something else.

    Args:
        wrong: what was named, what was expected, and what it got.

    """

    row: Row
    wrong: tuple[tuple[str, str, str], ...]
    ruling: Ruling


def read_tables(
    files: Mapping[str, bytes], pack: Pack, problems: Problems
) -> tuple[CaseTable, ...]:
    """Return the tables among the files of a pack."""
    named = sorted(name for name in files if name.startswith(f"{TESTS}/"))
    reader = _Reader(pack=pack, problems=problems)
    return tuple(reader.table(name, files[name]) for name in named)


def mismatches(policy: PolicySet, tables: Iterable[CaseTable]) -> Iterator[Mismatch]:
    """Yield every row that gets something else than it says."""
    for table in tables:
        for row in table.rows:
            ruling = policy.rule(row.facts)
            wrong = differences(row, ruling)
            if wrong:
                yield Mismatch(row=row, wrong=wrong, ruling=ruling)


def differences(row: Row, ruling: Ruling) -> tuple[tuple[str, str, str], ...]:
    """Return what differs, as its name, what the row expects and what the ruling says."""
    compared: list[tuple[str, object, object]] = [
        ("outcome", row.outcome, ruling.outcome),
        ("rules", tuple(sorted(row.rules)), tuple(sorted(ruling.deciding_rules))),
        ("unmet", tuple(sorted(row.unmet)), tuple(sorted(ruling.unmet))),
    ]
    if row.obligations is not None:
        right = tuple(sorted(row.obligations))
        compared.append(("obligations", right, tuple(sorted(ruling.obligations))))
    if row.profile is not None:
        compared.append(("profile", row.profile, ruling.profile or NOTHING))
    return tuple(
        (name, _said(right), _said(found)) for name, right, found in compared if right != found
    )


def untested(pack: Pack, tables: Iterable[CaseTable]) -> tuple[str, ...]:
    """Return the served purposes about which no row asks."""
    asked = {row.facts.purpose for one in tables for row in one.rows}
    return tuple(one for one in pack.served if one not in asked)


def untried(policy: PolicySet, tables: Iterable[CaseTable]) -> tuple[str, ...]:
    """Return the rules that decide in no row."""
    rulings = (policy.rule(row.facts) for one in tables for row in one.rows)
    tried = {str(rule) for one in rulings for rule in one.deciding_rules}
    return tuple(str(one.rule_id) for one in policy.pack.rules if one.rule_id not in tried)


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or NOTHING
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads one table at a time against the words of one pack."""

    pack: Pack
    problems: Problems

    def table(self, file: str, content: bytes) -> CaseTable:
        empty = CaseTable(file=file, given={}, rows=())
        outline = read_outline(file, content, self.problems)
        if outline is None:
            return empty
        members = outline.members(("version", "given", "rows"), (), self.problems)
        if len(members) < len(("version", "given", "rows")):
            return empty
        if members["version"].text != FORMAT:
            say = f"the version must be {FORMAT}; this broker reads it"
            self.problems.add(members["version"].place, say)
        given = self._facts(members["given"])
        read = [self._row(one, given) for one in members["rows"].items(self.problems)]
        rows = tuple(one for one in read if one is not None)
        self._check_names(rows)
        return CaseTable(file=file, given=given, rows=rows)

    def _check_names(self, rows: tuple[Row, ...]) -> None:
        first: dict[str, Row] = {}
        for row in rows:
            if first.setdefault(row.name, row) is not row:
                line = first[row.name].place.line
                self.problems.add(row.place, f"line {line} has this name too; say what differs")

    def _row(self, outline: Outline, given: Mapping[str, str]) -> Row | None:
        before = len(self.problems.found)
        members = outline.members(_NEEDED, _OPTIONAL, self.problems)
        if len(self.problems.found) > before:
            return None
        vocabulary = self.pack.vocabulary
        rules = tuple(str(one.rule_id) for one in self.pack.rules)
        obligations, profile = members.get("obligations"), members.get("profile")
        words: dict[str, tuple[str, ...]] = {
            "rules": self._listed(members["rules"], "rules", rules),
            "unmet": (),
        }
        if "unmet" in members:
            words["unmet"] = self._listed(members["unmet"], "unmet", vocabulary.of("obligation"))
        if obligations is not None:
            right = vocabulary.of("obligation")
            words["obligations"] = self._listed(obligations, "obligations", right)
        row = Row(
            name=members["name"].sentence(self.problems),
            facts=Facts(**{**given, **self._facts(members["facts"])}),
            outcome=self._outcome(members["outcome"]),
            rules=words["rules"],
            unmet=words["unmet"],
            obligations=words.get("obligations"),
            profile=None if profile is None else self._profile(profile),
            place=outline.place,
        )
        return row if len(self.problems.found) == before else None

    def _facts(self, outline: Outline) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, part in outline.pairs(self.problems):
            if self._check(key, "fact", FACT_NAMES):
                fact = str(key.text)
                if self._check(part, fact, self.pack.vocabulary.of(fact)):
                    found[fact] = str(part.text)
        return found

    def _listed(self, outline: Outline, kind: str, right: tuple[str, ...]) -> tuple[str, ...]:
        words = outline.words(self.problems, may_be_none=True)
        return tuple(str(one.text) for one in words if self._check(one, kind, right))

    def _outcome(self, outline: Outline) -> Outcome:
        right = tuple(str(one) for one in Outcome)
        known = self._check(outline, "outcome", right)
        return Outcome(str(outline.text)) if known else Outcome.DENY

    def _profile(self, outline: Outline) -> str:
        """Return profiles as a ruling names them: several with spaces between."""
        words = outline.sentence(self.problems).split()
        for word in words:
            if word not in self.pack.vocabulary.of("profile"):
                say = "`profile` has no such word"
                right = self.pack.vocabulary.of("profile")
                self.problems.add_word(outline.place, say, word, right)
        return " ".join(sorted(words))

    def _check(self, outline: Outline, kind: str, right: tuple[str, ...]) -> bool:
        if outline.text in right:
            return True
        say = f"`{kind}` has no such word"
        self.problems.add_word(outline.place, say, outline.text or "", right)
        return False
