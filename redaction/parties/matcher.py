"""Finds the people of one case on a page, by name and by everything the record holds about them.

A name that is also an everyday word counts when it has a capital in a mixed text, and always in a
text without capitals: the reader cannot tell there either. A surname that several people share is
a finding about all of them, so that the strictest of their roles decides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from broker.domain.people import Person
from redaction.findings import Finding
from redaction.gates import Gates, matches_at
from redaction.labels import Label
from redaction.lexicon import Lexicon
from redaction.page import Page, Word
from redaction.parties.spellings import (
    SHORTEST_FUZZY,
    SHORTEST_STEM,
    deletions,
    initials,
    is_particle,
    is_pet_form,
    names_by_child,
    particle_pairs,
    parts_of,
    spellings,
    within_one_edit,
)
from redaction.parties.values import known_values
from redaction.recognisers.words import words as word_list
from redaction.style import Style

RECOGNISER = "party"
_NAME_GAP = re.compile(r"(?:[ \t]{1,3}|[ \t]*\n[ \t]*|,[ \t]{0,2}|\.[ \t]?|[-_/'])\Z")
_PARTICLE_GAP = re.compile(r"[ \t\u00a0]{1,2}|[ \t]*[-'][ \t]*|[ \t]*\n[ \t]*")
_PAIR = 2
_DOTTED = re.compile(r"(?<![\w.])[^\W\d_]\.\s?(?:[^\W\d_]\.\s?){0,2}[^\W\d_]\b\.?(?!\w)")
_SPREAD = "[a-z] [a-z]['-][a-z]"
"""Initials of a name in parts: `S O'M`."""
_SHORT = range(2, 4)
"""Letters of bare initials; a longer run is a word."""
_ABBREVIATIONS = word_list("not-initials")
_SMALL_WORDS = frozenset({
    "am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no",
    "of", "on", "or", "so", "to", "up", "us", "we",
})  # fmt: skip
"""Words that nobody writes in capitals inside a sentence, unless they are initials."""
_DEEDS = word_list("said-and-done")
_SHORTEST_NEIGHBOUR = 3

People = frozenset[int]
_Hit = tuple[Word, People]
_Answer = tuple[tuple[str, ...], People]
"""Tokens of a word that are names as they stand, and whom it may mean if none of them counts."""
_NOTHING: _Answer = ((), frozenset())
_MOST_REMEMBERED = 20_000
"""Everyday words remembered as nobody's name, of a case that is kept compiled."""


class PartyMatcher:
    """The people of one case, compiled; positions are those of the sequence it was made from."""

    def __init__(self, people: Sequence[Person], lexicon: Lexicon) -> None:
        """Compile names into a look-up table and record values into patterns."""
        self._people = tuple(people)
        self._exact: dict[str, set[int]] = {}
        self._near: dict[str, set[str]] = {}
        self._initials: dict[str, set[int]] = {}
        self._firsts: dict[str, dict[str, set[int]]] = {}
        self._particles: dict[tuple[str, str], set[int]] = {}
        self._wholes = [[frozenset(parts_of(name)) for name in one.names] for one in people]
        self._values = [
            (label, pattern, position)
            for position, person in enumerate(self._people)
            for label, pattern in known_values(person)
        ]
        self._asked: dict[str, _Answer] = {}
        self._nobody: set[str] = set()
        for position, person in enumerate(self._people):
            for order, name in enumerate(person.names):
                for pair in particle_pairs(name):
                    self._particles.setdefault(pair, set()).add(position)
                if order == 0 or not names_by_child(name):
                    self._learn(name, position, lexicon)
        self._leading = frozenset(particle for particle, _ in self._particles)
        self._bare = _bare(self._initials)
        self._gates = Gates([pattern for _, pattern, _ in self._values] + [_DOTTED, self._bare])

    def _learn(self, name: str, position: int, lexicon: Lexicon) -> None:
        for token in spellings(name, lexicon):
            self._exact.setdefault(token, set()).add(position)
            if len(token) >= SHORTEST_FUZZY - 1:
                for near in deletions(token):
                    self._near.setdefault(near, set()).add(token)
        for token in parts_of(name):
            if len(token) >= SHORTEST_FUZZY and not lexicon.is_word(token[::-1]):
                self._exact.setdefault(token[::-1], set()).add(position)
        for letters in initials(name):
            self._initials.setdefault(letters, set()).add(position)
        for part in parts_of(name)[:1]:
            same = self._firsts.setdefault(part[:SHORTEST_STEM], {})
            same.setdefault(part, set()).add(position)

    def find(self, page: Page) -> Iterator[Finding]:
        """Yield names, initials and record values found on the page."""
        hits = self._hits(page)
        self._asked.clear()
        yield from self._runs(page, hits)
        starts = self._gates.starts(page.tokens)
        yield from self._initialled(page, starts)
        for label, pattern, position in self._values:
            for match in _matches(page, pattern, starts):
                yield self._finding(*match.span(), frozenset({position}), label)

    def _hits(self, page: Page) -> list[_Hit]:
        found: list[_Hit] = []
        taken = -2
        wanted = self._wanted(page)
        for position, word in enumerate(page.words):
            if position <= taken or (taken < position - 1 and word.lower not in wanted):
                continue
            if word.lower in self._leading and (pair := self._with_particle(page, position)):
                found += pair
                taken = position + 1
                continue
            last = found[-1] if found and taken == position - 1 else None
            if people := self._of_in_place(page, position, last):
                found.append((word, people))
                taken = position
        return found

    def _wanted(self, page: Page) -> set[str]:
        """Return the words of a page, in small letters, that may be part of a name here."""
        self._asked.clear()
        wanted = {word.lower for word in page.words} - self._nobody
        for lower in tuple(wanted):
            self._asked[lower] = answer = self._looked_up(page.lexicon, lower)
            if answer == _NOTHING and len(lower) > 1 and lower not in self._leading:
                wanted.remove(lower)
                if page.lexicon.is_word(lower) and len(self._nobody) < _MOST_REMEMBERED:
                    self._nobody.add(lower)
        return wanted

    def _of_in_place(self, page: Page, position: int, last: _Hit | None) -> People:
        """Return whom a word may name where it stands; `last` is a hit on the word before it."""
        word = page.words[position]
        people = self._of(page, word)
        if people:
            return people
        if last is not None and _beside(page, last[0], word):
            people = self._misspelt_neighbour(page, word, last[1])
            people = people or self._initial_after(last, word)
        if not people and len(word.text) == 1 and position + 1 < len(page.words):
            return self._initial_before(page, word, page.words[position + 1])
        return people

    def _with_particle(self, page: Page, position: int) -> list[_Hit]:
        """Return `al` and `Khatib`, `O` and `Sullivan`, as hits on the same people."""
        pair = page.words[position : position + 2]
        if len(pair) < _PAIR or not _joined(page, *pair):
            return []
        people = next(
            (
                known
                for one in _tokens(pair[1].lower)
                if (known := self._particles.get((pair[0].lower, one)))
            ),
            None,
        )
        named = pair[1].capital or pair[1].style is not Style.MIXED or is_particle(pair[1].lower)
        if not people or not named:
            return []
        return [(word, frozenset(people)) for word in pair]

    def _of(self, page: Page, word: Word) -> People:
        """Return whom one word may name."""
        exact, otherwise = self._asked.get(word.lower, _NOTHING)
        for token in exact:
            if _counts(page, word, token):
                return frozenset(self._exact[token])
        return otherwise

    def _looked_up(self, lexicon: Lexicon, lower: str) -> _Answer:
        tokens = _tokens(lower)
        exact = tuple(token for token in tokens if token in self._exact)
        if lexicon.is_word(tokens[0]) or not tokens[0].isalpha():
            return exact, frozenset()
        return exact, self._pet(tokens[0]) or self._misspelt(tokens[0])

    def _pet(self, token: str) -> People:
        return frozenset(
            position
            for first, people in self._firsts.get(token[:SHORTEST_STEM], {}).items()
            if is_pet_form(token, first)
            for position in people
        )

    def _misspelt(self, token: str) -> People:
        if len(token) < SHORTEST_FUZZY:
            return frozenset()
        near = {name for one in deletions(token) for name in self._near.get(one, ())}
        return frozenset(
            position
            for name in near
            if within_one_edit(token, name)
            for position in self._exact[name]
        )

    def _misspelt_neighbour(self, page: Page, word: Word, people: People) -> People:
        """Return the person of the word before, if this is a slip of another of their names."""
        token = _tokens(word.lower)[0]
        capital = word.capital and word.style is Style.MIXED
        if len(token) < _SHORTEST_NEIGHBOUR or (page.lexicon.is_word(token) and not capital):
            return frozenset()
        return frozenset(
            position
            for name, owners in self._exact.items()
            if len(name) >= _SHORTEST_NEIGHBOUR and within_one_edit(token, name)
            for position in owners & people
        )

    def _initial_after(self, last: _Hit, initial: Word) -> People:
        """Return whom `Elizabeth M` and `Marlowe, E.` name: the letter goes with the name."""
        if len(initial.text) > 1 or not (initial.capital or initial.style is Style.LOWER):
            return frozenset()
        return frozenset(
            position
            for position in last[1]
            if any(part[0] == initial.lower
                   for name in self._people[position].names for part in parts_of(name))
        )  # fmt: skip

    def _initial_before(self, page: Page, initial: Word, surname: Word) -> People:
        """Return whom `E Marlowe` and `E. Marlowe` name."""
        if not initial.text.isalpha() or not _beside(page, initial, surname):
            return frozenset()
        return frozenset(
            position
            for position in self._of(page, surname)
            if any(parts_of(name)[:1] and parts_of(name)[0][0] == initial.lower
                   for name in self._people[position].names)
        )  # fmt: skip

    def _runs(self, page: Page, hits: list[_Hit]) -> Iterator[Finding]:
        """Join neighbouring words that may name the same person into one finding."""
        run: list[Word] = []
        people: People = frozenset()
        for word, named in hits:
            if run and _beside(page, run[-1], word) and people & named:
                run.append(word)
                people &= named
                continue
            if run:
                yield self._named(run, people)
            run, people = [word], named
        if run:
            yield self._named(run, people)

    def _named(self, run: list[Word], people: People) -> Finding:
        """Return a run as a finding about those for whom one of their names explains all of it."""
        tokens = {token for word in run for token in parts_of(_tokens(word.lower)[0])}
        exact = {one for one in people if any(tokens <= whole for whole in self._wholes[one])}
        certain = exact if len(run) > 1 and exact else people
        return self._finding(run[0].start, _end(run[-1]), certain)

    def _initialled(self, page: Page, starts: Mapping[int, Sequence[int]]) -> Iterator[Finding]:
        for match in (*_matches(page, _DOTTED, starts), *_matches(page, self._bare, starts)):
            letters = "".join(filter(str.isalpha, match.group())).lower()
            people = self._initials.get(letters)
            if people and ("." in match.group() or _stands_for_name(page, match, letters)):
                yield self._finding(*match.span(), frozenset(people))

    def _finding(
        self, start: int, end: int, people: Iterable[int], label: Label = Label.PERSON
    ) -> Finding:
        ordered = tuple(sorted(people))
        return Finding(
            start=start,
            end=end,
            label=label,
            roles=tuple(self._people[position].role for position in ordered),
            people=ordered,
            recogniser=RECOGNISER,
        )


def _bare(initials: Iterable[str]) -> re.Pattern[str]:
    """Return what finds these initials without dots, and whatever has the form of a name's."""
    short = sorted(one for one in initials if one.isalpha() and len(one) in _SHORT)
    return re.compile(
        rf"(?<![\w.&/'])(?:{'|'.join((*short, _SPREAD))})(?![\w&/]|'(?!s\b))", re.IGNORECASE
    )


def _matches(
    page: Page, pattern: re.Pattern[str], starts: Mapping[int, Sequence[int]]
) -> Iterable[re.Match[str]]:
    """Return the matches of a pattern of this case, tried where it can begin."""
    known = starts.get(id(pattern))
    if known is None:
        return pattern.finditer(page.text)
    return matches_at(pattern, page.text, known)


def _stands_for_name(page: Page, match: re.Match[str], letters: str) -> bool:
    """Say whether bare letters are initials: by their capitals, or as no word at all."""
    word = next(iter(page.words_within(*match.span())), None)
    if word is None:
        return False
    shown = match.group().replace("'", "").replace("-", "").replace(" ", "")
    if letters in _ABBREVIATIONS or letters in page.lexicon.jargon:
        return letters in _SMALL_WORDS and shown.isupper() and _does(page, word)
    if word.style is not Style.CAPITALS and shown.isupper():
        return True
    fitting = word.style is Style.CAPITALS or (word.style is Style.LOWER and shown.islower())
    return fitting and not page.lexicon.is_word(letters)


def _does(page: Page, word: Word) -> bool:
    """Say whether capitals that read as a small word do something: `IT collected the parcel`."""
    following = page.words_within(word.end, word.end + 3)
    mixed = word.style is Style.MIXED and bool(following) and following[0].text.islower()
    return mixed and (following[0].lower in _DEEDS or following[0].lower.endswith("ed"))


def _tokens(lower: str) -> tuple[str, ...]:
    """Return a word's possible tokens: as it is, and without a possessive or plural s."""
    plain = lower.removesuffix("'s").replace("'", "")
    return (plain, plain[:-1]) if plain.endswith("s") and len(plain) > SHORTEST_FUZZY else (plain,)


def _counts(page: Page, word: Word, token: str) -> bool:
    if word.style is not Style.MIXED or word.capital:
        return True
    return not page.lexicon.is_word(token)


def _beside(page: Page, first: Word, second: Word) -> bool:
    return _NAME_GAP.fullmatch(page.text[first.end : second.start]) is not None


def _joined(page: Page, first: Word, second: Word) -> bool:
    """Say whether two words are written as one name: a blank, a dash or an apostrophe between."""
    return _PARTICLE_GAP.fullmatch(page.text[first.end : second.start]) is not None


def _end(word: Word) -> int:
    return word.end - 2 if word.lower.endswith("'s") else word.end
