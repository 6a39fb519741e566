"""What one area changes: numbers of its own, and lines of its own.

A line with the id of a line for everybody stands in its place; any other line is added. What holds
back for everybody an area may make hold back more, never less, and a guard it may not touch: a
hard stop that ends at a county boundary is none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broker.domain.context import FACT_NAMES
from policies.files import AREA_RULES, AREA_THRESHOLDS, AREAS, GUARDS
from policies.groups import Group, words_meant
from policies.problems import Place, Problems
from policies.rules import COLUMNS, Effect, Rule, read_rules
from policies.sheet import Sheet
from policies.thresholds import Threshold, read_thresholds
from policies.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """What one area says; of nobody's area, what holds for everybody."""

    name: str | None
    rules: tuple[Rule, ...]
    thresholds: Mapping[str, Threshold]


def read_area(name: str, files: Mapping[str, bytes], sheet: Sheet, problems: Problems) -> Area:
    """Read the files that the area has; one of the two is enough."""
    folder = f"{AREAS}/{name}"
    rules, thresholds = f"{folder}/{AREA_RULES}", f"{folder}/{AREA_THRESHOLDS}"
    lines = read_rules(rules, files[rules], sheet, problems) if rules in files else ()
    numbers = (
        read_thresholds(thresholds, files[thresholds], problems) if thresholds in files else {}
    )
    return Area(name=name, rules=tuple(lines), thresholds=numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Lays the lines of areas over those for everybody, and reports what may not be."""

    vocabulary: Vocabulary
    groups: Mapping[str, Group]
    problems: Problems

    def over(self, everybody: Area, area: Area) -> Area:
        """Return what holds in the area: lines it replaces where they stood, new ones last."""
        default = {rule.rule_id.casefold(): rule for rule in everybody.rules}
        of_area: dict[str, Rule] = {}
        for rule in area.rules:
            key = rule.rule_id.casefold()
            if key in of_area:
                self._say(
                    rule, "id", f"this id is taken by line {of_area[key].line}; choose another"
                )
            elif key in default:
                self._check_replaces(rule, default[key])
            else:
                self._check_adds(rule)
            of_area[key] = rule
        replaced = [of_area.pop(one.rule_id.casefold(), one) for one in everybody.rules]
        return Area(
            name=area.name,
            rules=(*replaced, *of_area.values()),
            thresholds={**everybody.thresholds, **area.thresholds},
        )

    def _check_adds(self, rule: Rule) -> None:
        served = set(self.vocabulary.of("purpose"))
        if rule.effect is Effect.ALLOW and rule.condition("purpose") not in served:
            self._say(rule, "purpose", "a rule that gives names one purpose; write it here")

    def _check_replaces(self, rule: Rule, default: Rule) -> None:
        if default.file == GUARDS:
            say = "a guard holds in every area; leave it, and give this line an id of its own"
            self._say(rule, "id", say)
        elif rule.rule_id != default.rule_id:
            say = f"this id is taken by {default.file}:{default.line}; write it the same way"
            self._say(rule, "id", say)
        elif rule.condition("purpose") != default.condition("purpose"):
            say = (
                f"the line that this one replaces is for {default.condition('purpose')}; write that"
            )
            self._say(rule, "purpose", say)
        elif default.effect is Effect.DENY:
            for column in self._looser(rule, default):
                say = "the line that this one replaces holds back more; an area may not loosen it"
                self._say(rule, column, say)

    def _looser(self, rule: Rule, default: Rule) -> Iterator[str]:
        """Yield each column in which a line holds back less than the one for everybody."""
        if rule.effect is Effect.ALLOW:
            yield "effect"
        if rule.outcome.width > default.outcome.width:
            yield "outcome"
        for fact, cell, before in zip(FACT_NAMES, rule.conditions, default.conditions, strict=True):
            meant = words_meant(self.vocabulary, self.groups, fact, cell)
            if not meant >= words_meant(self.vocabulary, self.groups, fact, before):
                yield fact
        if not set(rule.obligations) >= set(default.obligations):
            yield "obligations"
        if not set(rule.profiles) >= set(default.profiles):
            yield "profile"

    def _say(self, rule: Rule, column: str, sentence: str) -> None:
        place = Place(file=rule.file, line=rule.line, column=COLUMNS.index(column) + 1)
        self.problems.add(place, sentence)
