"""Reads a policy pack strictly: as it is written, or not at all.

Casbin fails open: a header it does not know, an effect it cannot read or a mark before the first
letter make it drop a line without a word, and when the line was a denial, the answer is yes.
Everything that Casbin would forgive is refused here, with file, line and column.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath

from broker.domain.thresholds import Thresholds
from policies.alerts import alarms_of_alerts, read_alerts
from policies.areas import Area, Overlay, read_area
from policies.files import (
    ALERTS,
    AREAS,
    GUARDS,
    LEGAL,
    MODEL,
    PURPOSES,
    RETENTION,
    ROLES,
    THRESHOLDS,
    VOCABULARY,
    areas_of,
    check_files,
    read_directory,
    rule_files,
    version_of,
)
from policies.groups import read_groups
from policies.legal import check_registered, read_register
from policies.model import model_text
from policies.pack import Pack
from policies.problems import Place, Problems
from policies.retention import Line, alarms_of_terms, read_retention, schedule_of
from policies.reviews import alarms_of, in_force
from policies.rules import COLUMNS, Effect, Rule, read_rules, rule_sheet
from policies.sheet import Sheet
from policies.thresholds import read_thresholds, thresholds_of
from policies.vocabulary import Vocabulary, read_vocabulary

__all__ = ["read_directory", "read_pack", "version_of"]

MAX_RULES = 20_000
"""Rules in one pack: the largest size that was measured (design section 4)."""


def read_pack(files: Mapping[str, bytes], *, today: date, area: str | None = None) -> Pack:
    """Return the pack that the files hold.

    Args:
        files: every file of the pack by name, as `read_directory` returns them.
        today: for reviews and papers.
        area: whose lines and numbers apply; None: nobody's. All areas are read and checked.

    Raises:
        PolicyLoadError: with everything that is wrong, in one go.

    """
    problems = Problems()
    check_files(files, problems)
    _check_model(files.get(MODEL), problems)
    vocabulary = read_vocabulary(VOCABULARY, files.get(VOCABULARY, b""), problems)
    groups = read_groups(ROLES, files.get(ROLES, b""), vocabulary, problems)
    register = read_register(LEGAL, files.get(LEGAL, b""), vocabulary, problems)
    sheet = rule_sheet(vocabulary, groups)
    everybody = _everybody(files, sheet, vocabulary, problems)
    overlay = Overlay(vocabulary=vocabulary, groups=groups, problems=problems)
    areas = _areas(files, sheet, everybody, overlay)
    chosen = _chosen(area, everybody, areas, problems)
    thresholds = _thresholds(chosen, everybody, areas, problems)
    if not any(one.startswith(f"{LEGAL}:") for one in problems.found):
        check_registered(_given(everybody, areas), register, problems)
    _check_count(chosen, problems)
    terms = _terms(files, vocabulary, problems)
    watched = read_alerts(ALERTS, files[ALERTS], problems) if ALERTS in files else ()
    problems.raise_if_any()
    rules = in_force(chosen.rules, register, today)
    return Pack(
        vocabulary=vocabulary,
        groups=groups,
        rules=rules,
        served=_served(rules),
        alarms=(
            *alarms_of(rules, register, chosen.thresholds, today),
            *alarms_of_terms(RETENTION, terms, _served(rules), today),
            *alarms_of_alerts(watched, today),
        ),
        thresholds=thresholds,
        register=register,
        retention=schedule_of(terms),
        alerts=tuple(one.rule for one in watched),
        area=area,
        version=version_of(files, area),
    )


def _areas(
    files: Mapping[str, bytes], sheet: Sheet, everybody: Area, overlay: Overlay
) -> dict[str, Area]:
    """Return what applies in each area: everybody's lines under the area's own."""
    return {
        name: overlay.over(everybody, read_area(name, files, sheet, overlay.problems))
        for name in areas_of(files)
    }


def _everybody(
    files: Mapping[str, bytes], sheet: Sheet, vocabulary: Vocabulary, problems: Problems
) -> Area:
    """Read what holds where no area says otherwise."""
    rules = tuple(
        rule
        for name in rule_files(files)
        for rule in read_rules(name, files[name], sheet, problems)
    )
    _check_ids(rules, problems)
    for rule in rules:
        _check_purpose(rule, vocabulary, problems)
    content = files.get(THRESHOLDS, b"")
    thresholds = read_thresholds(THRESHOLDS, content, problems)
    return Area(name=None, rules=rules, thresholds=thresholds)


def _chosen(
    area: str | None, everybody: Area, areas: Mapping[str, Area], problems: Problems
) -> Area:
    if area is None or area in areas:
        return everybody if area is None else areas[area]
    say = "this pack has no such area; choose one that has a folder here"
    problems.add_word(Place(file=AREAS), say, area, areas)
    return everybody


def _thresholds(
    chosen: Area, everybody: Area, areas: Mapping[str, Area], problems: Problems
) -> Thresholds:
    """Return the numbers of the area that was chosen, after checking those of every area."""
    before = len(problems.found)
    made = thresholds_of(THRESHOLDS, everybody.thresholds, problems)
    if len(problems.found) == before:  # Else every area would repeat what is wrong for all.
        for one in areas.values():
            if (of_area := thresholds_of(THRESHOLDS, one.thresholds, problems)) is not None:
                made = of_area if one is chosen else made
    return made or Thresholds()  # What is missing was reported, so that nobody sees these.


def _check_count(chosen: Area, problems: Problems) -> None:
    if len(chosen.rules) > MAX_RULES:
        say = f"the pack has {len(chosen.rules)} rules and may have {MAX_RULES}; retire some"
        problems.add(Place(file=PURPOSES), say)


def _given(everybody: Area, areas: Mapping[str, Area]) -> list[Rule]:
    """Return every rule that may give, of every area; what a guard may not is said elsewhere."""
    common = set(everybody.rules)
    of_areas = (rule for one in areas.values() for rule in one.rules if rule not in common)
    return [rule for rule in (*everybody.rules, *of_areas) if rule.file != GUARDS]


def _check_model(content: bytes | None, problems: Problems) -> None:
    right = model_text().splitlines()
    found = right if content is None else content.decode("utf-8", "replace").splitlines()
    for line in range(max(len(right), len(found))):
        if right[line : line + 1] != found[line : line + 1]:
            say = "the model differs from the one this broker runs; restore the line"
            problems.add(Place(file=MODEL, line=line + 1), say)
            return


def _check_ids(rules: tuple[Rule, ...], problems: Problems) -> None:
    first: dict[str, Rule] = {}
    for rule in rules:
        known = first.setdefault(rule.rule_id.casefold(), rule)
        if known is not rule:
            place = Place(file=rule.file, line=rule.line)
            problems.add(place, f"this id is taken by {known.file}:{known.line}; choose another")


def _check_purpose(rule: Rule, vocabulary: Vocabulary, problems: Problems) -> None:
    """A file of one purpose holds rules of that purpose; guards give nothing."""
    if rule.file == GUARDS:
        if rule.effect is Effect.ALLOW:
            place = Place(file=rule.file, line=rule.line, column=2)
            problems.add(place, "a guard holds back and gives nothing; move the rule to a purpose")
        return
    purpose = PurePosixPath(rule.file).stem
    if purpose not in vocabulary.of("purpose"):
        say = "the file is not named after a purpose; rename it"
        problems.add_word(Place(file=rule.file), say, purpose, vocabulary.of("purpose"))
    elif rule.condition("purpose") != purpose:
        place = Place(file=rule.file, line=rule.line, column=COLUMNS.index("purpose") + 1)
        problems.add(place, f"every rule of this file has the purpose {purpose}; write it here")


def _terms(
    files: Mapping[str, bytes], vocabulary: Vocabulary, problems: Problems
) -> tuple[Line, ...]:
    """Return the terms; none where there is no file of them, so that nothing is destroyed."""
    content, purposes = files.get(RETENTION), vocabulary.of("purpose")
    return () if content is None else read_retention(RETENTION, content, purposes, problems)


def _served(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    gives = {one.condition("purpose") for one in rules if one.effect is Effect.ALLOW}
    return tuple(sorted(gives))
