"""Reads a policy pack strictly: as it is written, or not at all.

Casbin fails open: a header it does not know, an effect it cannot read or a mark before the first
letter make it drop a line without a word, and when the line was a denial, the answer is yes.
Everything that Casbin would forgive is refused here, with file, line and column.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path, PurePosixPath

from broker.domain.errors import PolicyLoadError
from broker.domain.ids import PolicyVersion
from broker.domain.thresholds import Thresholds
from policies.groups import read_groups
from policies.model import model_text
from policies.pack import Pack
from policies.problems import Place, Problems
from policies.reviews import after_review, alarm
from policies.rules import RULE_SHEET, Effect, Rule, read_rule
from policies.thresholds import read_thresholds, thresholds_of
from policies.vocabulary import Vocabulary, read_vocabulary

MODEL, VOCABULARY, ROLES, GUARDS = "model.conf", "vocabulary.csv", "roles.csv", "guards.csv"
THRESHOLDS = "thresholds.csv"
PURPOSES = "purposes"
MAX_RULES = 20_000
"""Rules in one pack: the largest size that was measured (design section 4)."""
_HASH_PREFIX = b"marac-broker policy pack 2\n"


def read_directory(directory: Path) -> dict[str, bytes]:
    """Return the files of a pack by name.

    Raises:
        PolicyLoadError: a file cannot be read, or lies where a rule could be overlooked.

    """
    problems = Problems()
    files: dict[str, bytes] = {}
    try:
        for path in _candidates(directory):
            name = path.relative_to(directory).as_posix()
            if not path.is_file() or not _belongs(name):
                say = "this is no part of a pack; rename it to what it was meant to be or remove it"
                problems.add(Place(file=name), say)
            else:
                files[name] = path.read_bytes()
    except OSError as error:
        say = f"the pack cannot be read ({error.strerror}); check the folder and its permissions"
        raise PolicyLoadError((f"{directory.name}:1:1: {say}",)) from error
    problems.raise_if_any()
    return files


def _candidates(directory: Path) -> list[Path]:
    """Return every file that an author may have meant as policy, also under a wrong name."""
    top = [
        one
        for one in directory.iterdir()
        if one.suffix.lower() in {".csv", ".conf", ".tsv", ".xlsx"}
    ]
    purposes = directory / PURPOSES
    return sorted((*top, *(purposes.iterdir() if purposes.is_dir() else ())))


def _belongs(name: str) -> bool:
    path = PurePosixPath(name)
    fixed = name in {MODEL, VOCABULARY, ROLES, GUARDS, THRESHOLDS}
    return fixed or (str(path.parent) == PURPOSES and path.suffix == ".csv")


def read_pack(files: Mapping[str, bytes], *, today: date) -> Pack:
    """Return the pack that the files hold.

    Raises:
        PolicyLoadError: with everything that is wrong, in one go.

    """
    problems = Problems()
    _check_files(files, problems)
    vocabulary = read_vocabulary(VOCABULARY, files.get(VOCABULARY, b""), problems)
    groups = read_groups(ROLES, files.get(ROLES, b""), vocabulary, problems)
    rules: list[Rule] = []
    for name in _rule_files(files):
        for row in RULE_SHEET.read(name, files[name], problems):
            rule = read_rule(row, vocabulary, groups, problems)
            if rule is not None:
                rules.append(rule)
    _check_ids(rules, problems)
    for rule in rules:
        _check_purpose(rule, vocabulary, problems)
    thresholds = _thresholds(files, problems)
    problems.raise_if_any()
    return Pack(
        vocabulary=vocabulary,
        groups=groups,
        rules=tuple(after_review(one, today) for one in rules),
        served=_served(rules),
        alarms=tuple(say for one in rules if (say := alarm(one, today)) is not None),
        thresholds=thresholds,
        version=version_of(files),
    )


def version_of(files: Mapping[str, bytes]) -> PolicyVersion:
    """Return SHA-256 over names and bytes, each preceded by its length, in the order of names."""
    digest = hashlib.sha256(_HASH_PREFIX)
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return PolicyVersion(digest.hexdigest())


def _thresholds(files: Mapping[str, bytes], problems: Problems) -> Thresholds:
    if THRESHOLDS in files:
        found = read_thresholds(THRESHOLDS, files[THRESHOLDS], problems)
        return thresholds_of(THRESHOLDS, found, problems) or Thresholds()
    return Thresholds()  # The missing file was reported, so that nobody sees these.


def _rule_files(files: Mapping[str, bytes]) -> list[str]:
    purposes = sorted(name for name in files if name.startswith(f"{PURPOSES}/"))
    return [name for name in (GUARDS, *purposes) if name in files]


def _check_files(files: Mapping[str, bytes], problems: Problems) -> None:
    for name in (MODEL, VOCABULARY, ROLES, GUARDS, THRESHOLDS):
        if name not in files:
            problems.add(Place(file=name), "the file is missing; a pack is not complete without it")
    if not any(name.startswith(f"{PURPOSES}/") for name in files):
        problems.add(Place(file=PURPOSES), "there is no file of rules for any purpose; add one")
    if MODEL in files:
        _check_model(files[MODEL], problems)


def _check_model(content: bytes, problems: Problems) -> None:
    right = model_text().splitlines()
    found = content.decode("utf-8", "replace").splitlines()
    for line in range(max(len(right), len(found))):
        if right[line : line + 1] != found[line : line + 1]:
            say = "the model differs from the one this broker runs; restore the line"
            problems.add(Place(file=MODEL, line=line + 1), say)
            return


def _check_ids(rules: list[Rule], problems: Problems) -> None:
    if len(rules) > MAX_RULES:
        say = f"the pack has {len(rules)} rules and may have {MAX_RULES}; retire some"
        problems.add(Place(file=PURPOSES), say)
    first: dict[str, Rule] = {}
    for rule in rules:
        known = first.setdefault(rule.rule_id.casefold(), rule)
        if known is not rule:
            place = Place(file=rule.file, line=rule.line)
            problems.add(place, f"this id is taken by {known.file}:{known.line}; choose another")


def _check_purpose(rule: Rule, vocabulary: Vocabulary, problems: Problems) -> None:
    """A file of one purpose holds rules of that purpose; guards give nothing."""
    place = Place(file=rule.file, line=rule.line, column=RULE_SHEET.columns.index("purpose") + 1)
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
        problems.add(place, f"every rule of this file has the purpose {purpose}; write it here")


def _served(rules: list[Rule]) -> tuple[str, ...]:
    gives = {one.condition("purpose") for one in rules if one.effect is Effect.ALLOW}
    return tuple(sorted(gives))
