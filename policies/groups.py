"""Named groups of words, so that a rule can say `high-or-above` in one cell.

Groups are flat and belong to one fact: a group inside a group, or one that means something else
in another column, cannot be read at a glance.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.domain.context import FACT_NAMES
from policies.problems import Problems
from policies.sheet import Row, Sheet
from policies.vocabulary import ANY, Vocabulary

_SHEET = Sheet(columns=("group", "fact", "word"), free=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some words of one fact under one name."""

    name: str
    fact: str
    words: tuple[str, ...]


def words_meant(
    vocabulary: Vocabulary, groups: Mapping[str, Group], fact: str, cell: str
) -> frozenset[str]:
    """Return the words of a fact that a rule's cell stands for."""
    if cell == ANY:
        return frozenset(vocabulary.of(fact))
    group = groups.get(cell)
    return frozenset((cell,) if group is None else group.words)


def read_groups(
    file: str, content: bytes, vocabulary: Vocabulary, problems: Problems
) -> Mapping[str, Group]:
    """Read roles.csv."""
    groups: dict[str, Group] = {}
    written: dict[str, str] = {}
    taken = {word.casefold() for fact in vocabulary.meanings for word in vocabulary.of(fact)}
    for row in _SHEET.read(file, content, problems):
        if not row.is_whole or not _is_right(row, taken, vocabulary, problems):
            continue
        name = row.cells["group"]
        # `High-or-above` would be a second group, and its word missing from the first.
        if written.setdefault(name.casefold(), name) == name:
            _put(row, groups, problems)
        else:
            say = "the group is written in other capitals above; write it the same way"
            problems.add_word(row.place("group"), say, name, groups)
    return groups


def _is_right(row: Row, taken: set[str], vocabulary: Vocabulary, problems: Problems) -> bool:
    name, fact, word = row.cells["group"], row.cells["fact"], row.cells["word"]
    if name.casefold() in taken or name == ANY or " " in name:
        problems.add(row.place("group"), "the group has the name of a word, or two; rename it")
    elif fact not in FACT_NAMES:
        problems.add_word(row.place("fact"), "unknown fact", fact, FACT_NAMES)
    elif word not in vocabulary.of(fact):
        say = f"`{fact}` has no such word"
        problems.add_word(row.place("word"), say, word, vocabulary.of(fact))
    else:
        return True
    return False


def _put(row: Row, groups: dict[str, Group], problems: Problems) -> None:
    name, fact, word = row.cells["group"], row.cells["fact"], row.cells["word"]
    known = groups.get(name, Group(name=name, fact=fact, words=()))
    if known.fact != fact:
        say = f"the group already belongs to `{known.fact}`; give this one a name of its own"
        problems.add(row.place("group"), say)
    elif word in known.words:
        problems.add(row.place("word"), "the group already has this word; remove one of the lines")
    else:
        groups[name] = Group(name=name, fact=fact, words=(*known.words, word))
