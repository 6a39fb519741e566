"""Phrases to sentences: `[this|that]` chooses, `{slot}` fills in.

Slots name people: v victim, p perpetrator of the file, p2 another, c the child of the file, c2 a
sibling, i informant, t third party, t2 another, o other victim, w professional; with an attribute
after a dot (see cast.Mention). They name places: home, homestreet, apart (where the perpetrator
lives), safe, safestreet, school, surgery, street, town, pub, shop. They name times: d.* the day of
the entry in some layout, date an earlier day, year an earlier year, recent, time. The rest: n (2 to
9), money, rel (what the perpetrator is to the victim), off (an officer), dr (a worker), inc and
crime (police numbers), mum and dad (what the children call v and p).
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random

from broker.demo.county.cast import Mention, NotInCaseError, any_date, written_date
from broker.demo.county.people import Known, split_address
from broker.demo.county.sheets import CaseSheet, PlacesSheet
from broker.domain.words import SubjectRole

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-zA-Z0-9]+)(?:\.([a-zA-Z.]+))?\}")
_LAYOUTS = {
    "slash": "%d/%m/%y",
    "dot": "%d.%m.%y",
    "short": "%-d %b %y",
    "long": "%-d %B %Y",
    "iso": "%Y-%m-%d",
}
_ROLES = {
    "v": SubjectRole.VICTIM,
    "i": SubjectRole.INFORMANT,
    "o": SubjectRole.OTHER_VICTIM,
}
_TRADES = {"ashmere-childrens-social-care": "social worker", "ashmere-education": "teach"}
_DAY_AND_NIGHT = ("ashmere-police", "ashmere-acute")
_OFFENDING_YEARS = 9
"""How many years back an old conviction may lie."""
_LOOK_BACK_DAYS = 400
"""How far back a note reaches when it mentions an earlier day."""


class Scene:
    """One case as one file of one agency sees it: who is meant by each slot."""

    def __init__(
        self,
        sheet: CaseSheet,
        people: tuple[Known, ...],
        places: PlacesSheet,
        subject: Known,
        agency: str,
    ) -> None:
        """Cast the people: the subject of the file is its perpetrator or its child.

        Whose file it is says which kind of worker signs it, and whether they work at night.
        """
        self._sheet, self._places, self._subject = sheet, places, subject
        self.cast = dict(self._casting(people))
        workers = [one for one in people if one.person.role is SubjectRole.PROFESSIONAL]
        trade = _TRADES.get(agency, "")
        self.workers = [one for one in workers if trade in one.person.relation] or workers
        self.hours = (0, 24) if agency in _DAY_AND_NIGHT else (8, 18)

    def _casting(self, people: tuple[Known, ...]) -> Iterator[tuple[str, Known]]:
        for slot, role in _ROLES.items():
            yield from ((slot, one) for one in people[::-1] if one.person.role is role)
        third = [one for one in people if one.person.role is SubjectRole.THIRD_PARTY]
        yield from zip(("t", "t2"), third, strict=False)
        for slot, role in (("p", SubjectRole.PERPETRATOR), ("c", SubjectRole.CHILD)):
            of_role = [one for one in people if one.person.role is role]
            of_role.sort(key=lambda one: one is not self._subject)
            yield from zip((slot, f"{slot}2"), of_role, strict=False)

    def place(self, slot: str, rng: Random) -> str:
        """Return a place, in one of the ways a note writes an address.

        Raises:
            NotInCaseError: there is no such place in this case.

        """
        sheet = self._sheet
        written = {"home": sheet.home, "apart": sheet.apart or sheet.home, "safe": sheet.safe}
        if slot in written:
            return _address(written[slot], rng)
        if slot == "homestreet" or (slot == "safestreet" and sheet.safe):
            return _street(sheet.safe if slot == "safestreet" and sheet.safe else sheet.home)
        lists = {
            "street": self._places.streets,
            "town": self._places.towns,
            "pub": self._places.pubs,
            "shop": self._places.shops,
            "off": self._places.officers,
            "dr": self._places.workers,
        }
        if slot not in lists:
            raise NotInCaseError
        return rng.choice(lists[slot])

    def car(self) -> str:
        """Return the perpetrator's car, the same in every note of the case."""
        return Random(self._sheet.id).choice(self._places.cars)


def _street(written: str) -> str:
    """Return the part of an address before the town."""
    return split_address(written).text.rsplit(", ", 1)[0]


def _address(written: str | None, rng: Random) -> str:
    if written is None:
        raise NotInCaseError
    text, postcode = written.rsplit(", ", 1)
    outward = postcode.split(" ")[0]
    ways = (written, text, f"{text} {postcode}", f"{text}, {outward}", text.replace(",", ""))
    return rng.choice(ways)


class Writer:
    """Fills phrases for one note of one scene."""

    def __init__(self, scene: Scene, rng: Random, voice: str) -> None:
        """Remember who has been called what; a note keeps its officer and its worker."""
        self._scene, self._rng, self._voice = scene, rng, voice
        self._officer = scene.place("off", rng)
        self._worker = rng.choice(scene.workers) if scene.workers else None
        self.used: set[str] = set()

    def fill(self, phrase: str, day: date) -> str:
        """Return the phrase as a sentence written on `day`.

        Raises:
            NotInCaseError: it speaks of somebody this case does not have.

        """
        while _CHOICE.search(phrase):
            phrase = _CHOICE.sub(lambda found: self._rng.choice(found[1].split("|")), phrase)
        return _SLOT.sub(lambda found: self._slot(found[1], found[2] or "", day), phrase)

    def _slot(self, slot: str, attribute: str, day: date) -> str:
        if slot == "d":
            return written_date(_LAYOUTS[attribute], day)
        known = self._worker if slot == "w" else self._scene.cast.get(slot)
        if known is not None:
            return Mention(known, self._rng, self._voice, self._scene.car()).say(attribute)
        made = self._made(day).get(slot)
        return self._scene.place(slot, self._rng) if made is None else made()

    def _made(self, day: date) -> dict[str, Callable[[], str]]:
        rng, cast = self._rng, self._scene.cast
        earlier = day - timedelta(days=rng.randrange(2, _LOOK_BACK_DAYS))
        return {
            "date": lambda: any_date(earlier, rng),
            "year": lambda: str(day.year - rng.randrange(1, _OFFENDING_YEARS)),
            "recent": lambda: rng.choice(_RECENT),
            "time": self._time,
            "n": lambda: str(rng.randrange(2, 10)),
            "money": lambda: f"£{rng.randrange(20, 900)}",
            "inc": lambda: f"Inc {rng.randrange(10, 1400)} of {earlier:%d/%m/%y}",
            "crime": lambda: f"13{rng.randrange(10**8):08d}/{earlier:%y}",
            "off": self._any_officer,
            "rel": lambda: cast["p"].person.relation,
            "school": lambda: self._of("c", "school"),
            "surgery": lambda: self._of("v", "surgery"),
            "mum": lambda: self._parent("v", "mum", "dad"),
            "mummy": lambda: self._parent("v", "mummy", "daddy"),
            "dad": lambda: self._parent("p", "mum", "dad"),
            "Dad": lambda: self._parent("p", "Mum", "Dad"),
            "daddy": lambda: self._parent("p", "mummy", "daddy"),
        }

    def _time(self) -> str:
        hour = self._rng.randrange(*self._scene.hours)
        return f"{hour:02d}{self._rng.choice((':', ''))}{self._rng.randrange(60):02d}"

    def _any_officer(self) -> str:
        return self._rng.choice((self._officer, self._scene.place("off", self._rng)))

    def _of(self, slot: str, attribute: str) -> str:
        if slot not in self._scene.cast:
            raise NotInCaseError
        return Mention(self._scene.cast[slot], self._rng, "plain", "").say(attribute)

    def _parent(self, slot: str, woman: str, man: str) -> str:
        return woman if self._scene.cast[slot].sex == "f" else man


_RECENT = (
    "last night",
    "on Sunday",
    "last Tuesday",
    "the night before last",
    "yesterday",
    "Fri gone",
    "at the weekend",
    "earlier this week",
    "on Bank Holiday Monday",
    "two nights ago",
)


class Decks:
    """Each section of the phrase book as a shuffled deck: nothing comes twice before all came."""

    def __init__(self, book: dict[str, tuple[str, ...]], seed: str) -> None:
        """Shuffle per case, so that no two cases tell their story in the same order."""
        self._book, self._rng = book, Random(seed)
        self._piles: dict[str, list[str]] = {}

    def hand(self, section: str) -> str:
        """Return one phrase of the section, any: how one person dates their entries."""
        return self._rng.choice(self._book[section])

    def draw(self, section: str, writer: Writer, day: date) -> str:
        """Return the next phrase of the section that this case can fill and this note has not had.

        Raises:
            NotInCaseError: the note has had them all.

        """
        for _ in range(2 * len(self._book[section])):
            phrase = self._next(section)
            if phrase in writer.used:
                continue
            try:
                filled = writer.fill(phrase, day)
            except NotInCaseError:
                continue
            writer.used.add(phrase)
            return filled
        raise NotInCaseError

    def _next(self, section: str) -> str:
        pile = self._piles.setdefault(section, [])
        if not pile:
            pile.extend(self._book[section])
            self._rng.shuffle(pile)
        return pile.pop()
