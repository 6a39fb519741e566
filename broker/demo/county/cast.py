"""How a note names somebody: in full, by surname, nickname or initials, in whatever style comes."""

from collections.abc import Callable
from random import Random

from broker.demo.county.people import Known
from broker.domain.words import SubjectRole

_PRONOUNS = {
    "f": {"s": "she", "S": "She", "o": "her", "h": "her", "H": "Her"},
    "m": {"s": "he", "S": "He", "o": "him", "h": "his", "H": "His"},
}
_DAY_FIRST = ("%d/%m/%y", "%d.%m.%Y", "%d/%m/%Y", "%-d %b %y", "%-d %B %Y")
"""Layouts of dates in notes; `%-d` is written by `written_date`."""
_FORMS: dict[str, tuple[tuple[str, int], ...]] = {
    "police": (("full", 5), ("last", 5), ("upper", 4), ("first", 4), ("alias", 2), ("init", 1)),
    "plain": (("first", 9), ("full", 3), ("title", 3), ("alias", 3), ("init", 1), ("caps", 1)),
}
"""How often a voice uses each form of an adult's name."""


class NotInCaseError(LookupError):
    """A phrase speaks of somebody or something that this case does not have."""


def written_date(layout: str, day: object) -> str:
    """Return a date in a layout, `%-d` meaning a day without its leading zero on any platform."""
    return (
        format(day, layout.replace("%-d", "%d")).lstrip("0")
        if "%-d" in layout
        else format(day, layout)
    )


def any_date(day: object, rng: Random) -> str:
    """Return a date as somebody in a hurry writes it."""
    return written_date(rng.choice(_DAY_FIRST), day)


class Mention:
    """One person of a case, in the words of one note."""

    def __init__(self, known: Known, rng: Random, voice: str, car: str) -> None:
        """Split the full name: given name first, surname last."""
        self._known, self._rng, self._voice, self._car = known, rng, voice, car
        self._names = known.person.names
        parts = self._names[0].split(" ")
        self._first, self._last = parts[0], parts[-1]

    def say(self, attribute: str) -> str:
        """Return one way to name them (empty attribute), or one fact about them.

        Raises:
            NotInCaseError: nothing of the kind is known about them.

        """
        if attribute in _PRONOUNS["f"]:
            return _PRONOUNS[self._known.sex][attribute]
        if attribute in ("nhs", "phone", "email", "reg", "pnc", "upn", "job", "school", "surgery"):
            return self._identifier(_KINDS[attribute])
        if attribute in ("tref", "lcs", "crn"):
            return self._reference(_HOLDERS[attribute])
        return self._spoken().get(attribute, self._unknown)()

    def _spoken(self) -> dict[str, Callable[[], str]]:
        return {
            "": self._any,
            "full": lambda: self._names[0],
            "first": lambda: self._first,
            "last": lambda: self._last,
            "upper": self._last.upper,
            "caps": lambda: f"{self._last.upper()}, {self._first}",
            "title": lambda: f"{'Ms' if self._known.sex == 'f' else 'Mr'} {self._last}",
            "init": (self._first[0] + self._last[0]).upper,
            "alias": lambda: self._rng.choice(self._names[1:] or (self._first,)),
            "rel": lambda: self._known.person.relation,
            "age": self._age,
            "dob": self._born,
            "car": lambda: self._car,
            "nhs.spaced": self._spaced,
        }

    def _unknown(self) -> str:
        raise NotInCaseError

    def _any(self) -> str:
        role = self._known.person.role
        if role is SubjectRole.CHILD:
            return self.say(self._rng.choice(("first", "first", "first", "alias")))
        forms = _FORMS[self._voice]
        chosen = self._rng.choices([form for form, _ in forms], [often for _, often in forms])[0]
        return self.say(chosen)

    def _age(self) -> str:
        if self._known.age == 0:
            raise NotInCaseError
        return str(self._known.age)

    def _born(self) -> str:
        if self._known.person.date_of_birth is None:
            raise NotInCaseError
        return any_date(self._known.person.date_of_birth, self._rng)

    def _identifier(self, kind: str) -> str:
        for one in self._known.person.identifiers:
            if one.kind == kind:
                return one.value
        raise NotInCaseError

    def _reference(self, agency_id: str) -> str:
        for one in self._known.person.references:
            if one.agency_id == agency_id:
                return one.value
        raise NotInCaseError

    def _spaced(self) -> str:
        number = self._identifier("nhs-number")
        return f"{number[:3]} {number[3:6]} {number[6:]}"


_KINDS = {
    "nhs": "nhs-number",
    "phone": "phone",
    "email": "email",
    "reg": "vehicle-reg",
    "pnc": "pnc-id",
    "upn": "upn",
    "job": "employer",
    "school": "school",
    "surgery": "surgery",
}
_HOLDERS = {
    "tref": "ashmere-housing-la",
    "lcs": "ashmere-childrens-social-care",
    "crn": "ashmere-probation",
}
