"""Reads properties.yaml: what must hold for every case, whatever the rules are.

`version` in the first line is the version of this format. Do not rename its keys or change what
one of them means: packs that were signed before are read with the same code.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import TypeVar

from broker.domain.context import FACT_NAMES
from broker.domain.words import Outcome
from policies.claims import (
    Always,
    Cases,
    Claim,
    Covered,
    Measure,
    Never,
    NeverWider,
    NoDifference,
    Possible,
    Property,
    Requires,
    When,
    Words,
)
from policies.files import PROPERTIES
from policies.outline import Outline, read_outline
from policies.pack import Pack
from policies.problems import Problems

FORMAT = "1"
ANY_FACT = "any"
"""Stands for every fact in turn."""
ANY_PROFILE = "any"
"""Stands for whichever redaction profile there is."""
_Members = Mapping[str, Outline]
_Keys = tuple[str, ...]
_Word = TypeVar("_Word", bound=StrEnum)


def read_properties(content: bytes, pack: Pack, problems: Problems) -> tuple[Property, ...]:
    """Return the properties of a pack; a file without any is reported, for it proves nothing."""
    outline = read_outline(PROPERTIES, content, problems)
    if outline is None:
        return ()
    members = outline.members(("version", "properties"), (), problems)
    if "version" in members and members["version"].text != FORMAT:
        problems.add(
            members["version"].place, f"the version must be {FORMAT}; this broker reads it"
        )
    if "properties" not in members:
        return ()
    reader = _Reader(pack=pack, problems=problems)
    read = [reader.property(one) for one in members["properties"].items(problems)]
    found = tuple(one for one in read if one is not None)
    first: dict[str, Property] = {}
    for one in found:
        if first.setdefault(one.property_id, one) is not one:
            line = first[one.property_id].place.line
            problems.add(one.place, f"this id is taken by the property on line {line}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads one property at a time against the words of one pack."""

    pack: Pack
    problems: Problems

    def property(self, outline: Outline) -> Property | None:
        before = len(self.problems.found)
        kinds: Mapping[str, tuple[_Keys, _Keys, Callable[[_Members], Claim]]] = {
            "never": (("wider_than", "where"), ("unless",), self._never),
            "always": (("at_least", "where"), ("unless",), self._always),
            "requires": (("when",), ("where", "unless", "obligations", "profile"), self._requires),
            "never-wider": (
                ("changing", "to", "measured_by"),
                ("from", "where", "unless"),
                self._never_wider,
            ),
            "makes-no-difference": (
                ("changing", "measured_by"),
                ("among", "where", "unless"),
                self._no_difference,
            ),
            "covered": (("core",), (), self._covered),
            "possible": (("at_least", "where"), ("for_each", "unless"), self._possible),
        }
        named = {key.text: part.text for key, part in outline.table or ()}
        kind = named.get("kind") or ""
        if kind not in kinds:
            say = "a property needs a `kind` that there is"
            self.problems.add_word(outline.place, say, kind, kinds)
            return None
        needed, optional, read = kinds[kind]
        members = outline.members(("id", "says", "why", "kind", *needed), optional, self.problems)
        if len(self.problems.found) > before:
            return None
        made = Property(
            property_id=self._id(members["id"]),
            says=members["says"].sentence(self.problems),
            why=members["why"].sentence(self.problems),
            claim=read(members),
            place=members["id"].place,
        )
        return made if len(self.problems.found) == before else None

    def _id(self, outline: Outline) -> str:
        found = outline.sentence(self.problems)
        if " " in found:
            self.problems.add(outline.place, "`id` must be a single word; use hyphens")
        return found

    def _never(self, members: _Members) -> Never:
        most = self._telling(members["wider_than"], Outcome.PERMIT)
        return Never(cases=self._cases(members), wider_than=most)

    def _always(self, members: _Members) -> Always:
        least = self._telling(members["at_least"], Outcome.DENY)
        return Always(cases=self._cases(members), at_least=least)

    def _requires(self, members: _Members) -> Requires:
        obligations = self._listed(members, "obligations", "obligation", ())
        profiles = self._listed(members, "profile", "profile", (ANY_PROFILE,))
        if not obligations + profiles:
            self.problems.add(members["kind"].place, "name `obligations` or a `profile` to require")
        return Requires(
            cases=self._cases(members),
            when=self._one_of(members["when"], When),
            obligations=obligations,
            profiles=tuple(one for one in profiles if one != ANY_PROFILE),
            any_profile=bool(profiles),
        )

    def _never_wider(self, members: _Members) -> NeverWider:
        facts = self._facts(members["changing"])
        cases = self._cases(members)
        if members["changing"].text != ANY_FACT and not facts.keys().isdisjoint(cases.where):
            say = "write the words that the changing fact had before into `from`"
            self.problems.add(members["where"].place, say)
        only_from = {}
        if "from" in members:
            only_from = {one: self._words(one, members["from"]) for one in facts}
        return NeverWider(
            cases=cases,
            to={one: self._words(one, members["to"]) for one in facts},
            only_from=only_from,
            measure=self._one_of(members["measured_by"], Measure),
        )

    def _no_difference(self, members: _Members) -> NoDifference:
        facts = self._facts(members["changing"])
        if "among" in members:
            facts = {one: self._words(one, members["among"]) for one in facts}
        return NoDifference(
            cases=self._cases(members),
            among=facts,
            measure=self._one_of(members["measured_by"], Measure),
        )

    def _covered(self, members: _Members) -> Covered:
        core: dict[str, tuple[str, ...]] = {}
        for key, part in members["core"].pairs(self.problems):
            self._check(key, "purpose", self.pack.vocabulary.of("purpose"))
            core[str(key.text)] = self._words("category", part)
        return Covered(categories=core)

    def _possible(self, members: _Members) -> Possible:
        cases, each = self._cases(members), {}
        if "for_each" in members:
            for one in members["for_each"].words(self.problems):
                if self._check(one, "fact", FACT_NAMES):
                    fact = str(one.text)
                    each[fact] = cases.where.get(fact, self.pack.vocabulary.of(fact))
        least = self._telling(members["at_least"], Outcome.DENY)
        return Possible(cases=cases, at_least=least, for_each=each)

    def _cases(self, members: _Members) -> Cases:
        where = self._box(members["where"]) if "where" in members else {}
        unless: Iterable[Outline] = ()
        if "unless" in members:
            one = members["unless"]
            unless = (one,) if one.table is not None else one.items(self.problems)
        return Cases(where=where, unless=tuple(self._box(one) for one in unless))

    def _box(self, outline: Outline) -> Words:
        found: dict[str, tuple[str, ...]] = {}
        pairs = outline.pairs(self.problems)
        if outline.table == ():
            self.problems.add(outline.place, "name a fact and its words, or leave the key out")
        for key, part in pairs:
            if self._check(key, "fact", FACT_NAMES):
                found[str(key.text)] = self._words(str(key.text), part)
        return found

    def _facts(self, outline: Outline) -> dict[str, tuple[str, ...]]:
        """Return the facts that change, each with all its words."""
        named = outline.words(self.problems)
        if [one.text for one in named] == [ANY_FACT]:
            return {fact: self.pack.vocabulary.of(fact) for fact in FACT_NAMES}
        right = [one for one in named if self._check(one, "fact", (*FACT_NAMES, ANY_FACT))]
        return {str(one.text): self.pack.vocabulary.of(str(one.text)) for one in right}

    def _words(self, fact: str, outline: Outline) -> tuple[str, ...]:
        """Return the words of a fact, those of a group in the group's place."""
        groups = {one.name: one.words for one in self.pack.groups.values() if one.fact == fact}
        words = self.pack.vocabulary.of(fact)
        found = [
            groups.get(str(one.text), (str(one.text),))
            for one in outline.words(self.problems)
            if self._check(one, fact, (*words, *groups))
        ]
        return tuple(dict.fromkeys(chain.from_iterable(found)))

    def _listed(
        self, members: _Members, key: str, kind: str, more: tuple[str, ...]
    ) -> tuple[str, ...]:
        if key not in members:
            return ()
        right = (*self.pack.vocabulary.of(kind), *more)
        words = members[key].words(self.problems)
        return tuple(str(one.text) for one in words if self._check(one, kind, right))

    def _telling(self, outline: Outline, empty: Outcome) -> Outcome:
        """Return an outcome, which may not be the one that makes the property hold of anything."""
        found = self._one_of(outline, Outcome)
        if found is empty and outline.text == empty:
            self.problems.add(outline.place, "this holds whatever the rules are; write another")
        return found

    def _one_of(self, outline: Outline, words: type[_Word]) -> _Word:
        right = tuple(str(one) for one in words)
        known = self._check(outline, words.__name__.lower(), right)
        return words(str(outline.text)) if known else next(iter(words))

    def _check(self, outline: Outline, kind: str, right: tuple[str, ...]) -> bool:
        if outline.text in right:
            return True
        say = f"`{kind}` has no such word"
        self.problems.add_word(outline.place, say, outline.text or "", right)
        return False
