"""The closed vocabulary: every word that a fact, or a cell of a rule, may hold.

`pack-format` in the first line is the version of all files of a pack. Do not reorder or rename
columns of any of them: packs that were signed before are read with the same code. A column is
added at the end, under a new format number.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from broker.domain.context import FACT_NAMES
from broker.domain.words import UNKNOWN, Outcome
from policies.problems import Place, Problems
from policies.sheet import Row, Sheet

PACK_FORMAT = "2"
ANY = "*"
NOTHING = "none"
"""Stands alone in a cell for obligations, profile or gateway where there is none."""
WRITTEN_REASONS = "RSN"
SECOND_PERSON = "2ND"
OBLIGATION_CODES = frozenset(
    (
        *("MIN", "RED", "WM", "EXP", "RSN", "NTF", "SRV", "2ND", "IG"),
        *("NOX", "VRB", "ACK", "REV", "PIR", "SAFE", "ORIG", "MASK", "VIRN"),
        *("DELTA", "CLIN", "TELL", "LOCK"),
    )
)
"""What the broker knows how to meet (domain brief 3.1)."""
_DAYS = "[1-9][0-9]{0,3}"
_FURTHER = {
    "EXP": re.compile(rf":(?:(?:action|meeting|referral)\+)?{_DAYS}"),
    "REV": re.compile(f":{_DAYS}"),
    "NTF": re.compile("(?::urgent)?"),
    "TELL": re.compile("(?::parent)?"),
}
"""What follows a code, as in `EXP:30` and `EXP:meeting+14`: `EXP:3O` would never expire."""
_NOTHING_FURTHER = re.compile("")
_OUTCOMES = tuple(str(one) for one in Outcome)
_EFFECTS = ("allow", "deny")
_CELL_WORDS = ("outcome", "effect", "obligation", "profile", "basis")
_SHEET = Sheet(columns=("fact", "word", "meaning", "source"), free=("meaning", "source"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of each fact and of each kind of cell, with what they mean, as in the file."""

    meanings: Mapping[str, Mapping[str, str]]

    def of(self, fact: str) -> tuple[str, ...]:
        """Return the words of a fact; none for one that the vocabulary does not have."""
        return tuple(self.meanings.get(fact, ()))


def read_vocabulary(file: str, content: bytes, problems: Problems) -> Vocabulary:
    """Read vocabulary.csv and report what the code relies on and the file does not say."""
    meanings: dict[str, dict[str, str]] = {}
    seen: set[tuple[str, str]] = set()
    for row in _SHEET.read(file, content, problems):
        _read_word(row, meanings, seen, problems)
    vocabulary = Vocabulary(meanings=meanings)
    if meanings:
        _check_complete(file, vocabulary, problems)
    return vocabulary


def _read_word(
    row: Row,
    meanings: dict[str, dict[str, str]],
    seen: set[tuple[str, str]],
    problems: Problems,
) -> None:
    fact, word = row.cells.get("fact"), row.cells.get("word")
    if fact is None or word is None:
        return
    known = (*FACT_NAMES, *_CELL_WORDS, "pack-format")
    if fact not in known:
        problems.add_word(row.place("fact"), "unknown fact", fact, known)
    elif (fact, word.casefold()) in seen:
        problems.add(row.place("word"), "the fact already has this word; remove one of the lines")
    elif word == ANY or " " in word:
        problems.add(row.place("word"), "a word is letters, digits and hyphens without a space")
    elif fact == "obligation" and not _can_be_met(word):
        say = "the broker does not know how to meet this obligation"
        problems.add_word(row.place("word"), say, word, OBLIGATION_CODES)
    else:
        seen.add((fact, word.casefold()))
        meanings.setdefault(fact, {})[word] = row.cells.get("meaning", "")


def _can_be_met(obligation: str) -> bool:
    code, colon, further = obligation.partition(":")
    form = _FURTHER.get(code, _NOTHING_FURTHER)
    is_known = code in OBLIGATION_CODES and form.fullmatch(colon + further) is not None
    return is_known or obligation == NOTHING


def _check_complete(file: str, vocabulary: Vocabulary, problems: Problems) -> None:
    place = Place(file=file)
    if vocabulary.of("pack-format") != (PACK_FORMAT,):
        problems.add(
            place, f"the first line must be pack-format,{PACK_FORMAT}; this broker reads it"
        )
    for fact in FACT_NAMES:
        if UNKNOWN not in vocabulary.of(fact):
            problems.add(place, f"the fact `{fact}` lacks the word `{UNKNOWN}`; add it")
    for kind, needed in (("outcome", _OUTCOMES), ("effect", _EFFECTS)):
        if set(vocabulary.of(kind)) != set(needed):
            problems.add(place, f"`{kind}` must have exactly the words {', '.join(needed)}")
    for kind in ("obligation", "profile", "basis"):
        if NOTHING not in vocabulary.of(kind):
            problems.add(place, f"`{kind}` lacks the word `{NOTHING}`; add it")
