"""What stands in a template's slots, and the note that comes of it.

People: `v` victim, `p` perpetrator, `k` `k2` children, `tf` `tm` `uf` `um` relatives and friends,
`sf` `sm` strangers, `if` `im` informants, `wf` `wm` `w2` professionals; `f` and `m` in a name are
the gender. Parts: `.f` given name, `.l` surname, `.n` what friends say, `.i` initials, `.lf`
surname first, `.r` rank or title, `.a` any of them, none for the full name.
Places: `addr` `addr2` `street` `door` `town` `town2` `area` `school` `nursery` `surgery` `hosp`
`pub` `church` `pharm` `work` `refuge` `mark` `court`. Numbers: see numbers.py. Handles: `handle`,
`mail`. Any word of a kind: see wordbook.py.
"""

import re
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

from broker.domain.words import SubjectRole
from redaction.training.names import NameBook, Named
from redaction.training.note import Marked, Note, Party
from redaction.training.numbers import NUMBERS
from redaction.training.places import PlaceBook
from redaction.training.templates import Template, chosen
from redaction.training.wordbook import WORD_KINDS, WordBook

_SLOT = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
_ROLES = {
    "v": SubjectRole.VICTIM, "p": SubjectRole.PERPETRATOR, "k": SubjectRole.CHILD,
    "t": SubjectRole.THIRD_PARTY, "u": SubjectRole.THIRD_PARTY, "s": SubjectRole.THIRD_PARTY,
    "i": SubjectRole.INFORMANT, "w": SubjectRole.PROFESSIONAL,
}  # fmt: skip
_ON_CASE = frozenset({SubjectRole.VICTIM, SubjectRole.PERPETRATOR, SubjectRole.CHILD})
_PLACES = {
    "addr": ("address", "ADDRESS"), "addr2": ("address", "ADDRESS"),
    "street": ("street", "ADDRESS"), "door": ("door", "ADDRESS"),
    "town": ("town", "LOCATION"), "town2": ("town", "LOCATION"),
    "area": ("area", "LOCATION"), "school": ("school", "SCHOOL"), "nursery": ("nursery", "SCHOOL"),
    "surgery": ("surgery", "ORG"), "hosp": ("hospital", "ORG"), "pub": ("pub", "ORG"),
    "church": ("church", "ORG"), "pharm": ("pharmacy", "ORG"), "work": ("work", "WORKPLACE"),
    "refuge": ("refuge", "REFUGE"), "mark": ("landmark", "LOCATION"), "court": ("town", "LOCATION"),
}  # fmt: skip
_NOBODY_SLOTS = frozenset(_PLACES) | frozenset(NUMBERS) | WORD_KINDS
_RANKS = ("PC", "DC", "PS", "Sgt", "PCSO", "DS", "Insp", "A/PS")
_MAIL = ("gmail.com", "hotmail.co.uk", "sky.com", "outlook.com", "btinternet.com", "yahoo.co.uk")
_NOBODY = (
    "mum", "dad", "the victim", "perp", "her sister", "his brother", "the landlord", "neighbour",
    "nan", "the children", "the boys", "social worker", "officer", "someone", "a friend", "husband",
    "the family", "grandma", "ex", "new partner", "locksmith", "manager", "duty", "GP", "IDVA",
    "the male", "the female", "caller", "staff", "step dad", "nephew", "auntie", "the baby",
    "school", "housing", "HV", "vic", "MGM", "solicitor", "teacher", "everyone",
    "another resident", "colleague", "they",
)  # fmt: skip
"""What notes write instead of a name: found as one, a note becomes unreadable."""
_SHARE_OF_NOBODY = 0.1
_PARTS = ("f", "f", "f", "l", "n", "i", "")


class Writer:
    """Fills templates with people and places of one side, training or evaluation."""

    def __init__(
        self,
        names: NameBook,
        places: PlaceBook,
        *,
        roles: bool = False,
        words: WordBook | None = None,
    ) -> None:
        """Take the lists to draw from; with `roles`, some names are a role word instead."""
        self._words = words
        self._share_of_nobody = _SHARE_OF_NOBODY if roles else 0.0
        self._names = names
        self._places = places

    def write(self, rng: Random, template: Template) -> Note:
        """Return a note; its spans are exact because every slot's place is known."""
        text = chosen(rng, template.text)
        cast, kept = self._cast(rng, text), dict[str, str]()
        parts: list[str] = []
        spans: list[Marked] = []
        position = length = 0
        for match in _SLOT.finditer(text):
            before = text[position : match.start()]
            filled, marked = self._filled(rng, match.group(1), match.group(2), cast, kept)
            length += len(before)
            if marked is not None:
                label, role, origin = marked
                end = length + len(filled)
                spans.append(Marked(start=length, end=end, label=label, role=role, origin=origin))
            parts += [before, filled]
            length += len(filled)
            position = match.end()
        return Note(
            agency=template.agency,
            style="as_is",
            text="".join([*parts, text[position:]]),
            spans=tuple(spans),
            parties=tuple(_party(rng, slot, named) for slot, named in cast.items()),
        )

    def _cast(self, rng: Random, text: str) -> dict[str, Named]:
        """Return everybody the text names; children and relatives share origin and surname."""
        slots = dict.fromkeys(match.group(1) for match in _SLOT.finditer(text))
        victim = self._names.draw(rng, male=False)
        perpetrator = self._names.draw(rng, male=True, kin=victim if rng.random() < 0.4 else None)  # noqa: PLR2004
        cast = {"v": victim, "p": perpetrator}
        for slot in slots:
            if slot in cast or slot[0] not in _ROLES or slot in _NOBODY_SLOTS:
                continue
            related = slot[0] in "kt" or (slot[0] == "u" and rng.random() < 0.4)  # noqa: PLR2004
            kin = rng.choice((victim, perpetrator)) if related else None
            male = {"f": False, "m": True}.get(slot[-1])
            cast[slot] = self._names.draw(rng, male=male, kin=kin)
        return {slot: named for slot, named in cast.items() if slot in slots}

    def _filled(
        self,
        rng: Random,
        slot: str,
        part: str | None,
        cast: dict[str, Named],
        kept: dict[str, str],
    ) -> tuple[str, tuple[str, SubjectRole | None, str] | None]:
        """Return what stands in a slot and what it is; the same place twice is the same place."""
        if slot in cast:
            named, role = cast[slot], _ROLES[slot[0]]
            if part == "r":
                return rng.choice(_RANKS), None
            if part in {None, "f"} and rng.random() < self._share_of_nobody:
                word = rng.choice(_NOBODY)
                return rng.choice((word, word[0].upper() + word[1:])), None
            return _called(rng, named, part), ("PERSON", role, named.origin)
        if slot in _PLACES:
            kind, label = _PLACES[slot]
            fresh = slot in {"mark", "door", "work", "school"} or slot not in kept
            kept[slot] = self._places.draw(rng, kind) if fresh else kept[slot]
            return kept[slot], (label, None, "")
        return self._told(rng, slot)

    def _told(
        self, rng: Random, slot: str
    ) -> tuple[str, tuple[str, SubjectRole | None, str] | None]:
        """Return a word of a kind, a number, or what is written online."""
        if slot in WORD_KINDS and self._words is not None:
            return self._words.draw(rng, slot), None
        if slot in NUMBERS:
            number_label, make = NUMBERS[slot]
            return make(rng), (number_label, None, "") if number_label else None
        return self._online(rng, slot)

    def _online(self, rng: Random, slot: str) -> tuple[str, tuple[str, SubjectRole | None, str]]:
        """Return a handle or an e-mail address; an unknown slot is a KeyError."""
        label = {"handle": "HANDLE", "mail": "EMAIL"}[slot]
        named = self._names.draw(rng, male=None)
        joint, short = rng.choice((".", "_", "", "x", "-")), named.family[: rng.randint(0, 6)]
        user = f"{named.given}{joint}{short}{rng.choice(('', '92', 'x', '_7'))}"
        user = user.lower().replace("'", "").rstrip(".-")
        if label == "EMAIL":
            return f"{user}@{rng.choice(_MAIL)}", (label, None, "")
        return rng.choice(("@", "@", "")) + user, (label, None, "")


def _party(rng: Random, slot: str, named: Named) -> Party:
    """Return somebody as the record holds them: every second nickname is not in it."""
    role, full = _ROLES[slot[0]], f"{named.given} {named.family}"
    names = (full, named.nickname) if rng.random() < 0.5 else (full,)  # noqa: PLR2004
    return Party(role=role, names=names, on_case=role in _ON_CASE)


def _called(rng: Random, named: Named, part: str | None) -> str:
    """Return one way to name a person."""
    part = rng.choice(_PARTS) if part == "a" else part or ""
    return _CALLED[part](rng, named)


def _friendly(rng: Random, named: Named) -> str:
    return named.nickname if rng.random() < 0.75 else named.given  # noqa: PLR2004


def _initials(rng: Random, named: Named) -> str:
    first, last = named.given[0], named.family[0]
    return rng.choice((f"{first}.{last}.", f"{first}{last}", f"{first}. {last}."))


def _reversed(rng: Random, named: Named) -> str:
    family = named.family.upper() if rng.random() < 0.5 else named.family  # noqa: PLR2004
    return f"{family}, {named.given}"


def _full(rng: Random, named: Named) -> str:
    chance = rng.random()
    if chance < 0.06:  # noqa: PLR2004
        return f"{named.given[0]}{rng.choice(('. ', ' '))}{named.family}"
    middle = f" {rng.choice('ABCDEGHJKLMNRST')}" if chance > 0.96 else ""  # noqa: PLR2004
    return f"{named.given}{middle} {named.family}"


_CALLED: Mapping[str, Callable[[Random, Named], str]] = MappingProxyType({
    "f": lambda _, named: named.given,
    "l": lambda _, named: named.family,
    "n": _friendly,
    "i": _initials,
    "lf": _reversed,
    "": _full,
})  # fmt: skip
