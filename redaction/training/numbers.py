"""Invented numbers of every kind that case notes hold. None is anybody's.

Mobile and fixed numbers are from Ofcom's drama ranges or have random digits; NHS numbers are from
the test range.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from types import MappingProxyType

_FIRST_DAY, _DAYS = date(2023, 1, 1), 1400
_LAYOUTS = ("%d/%m/%y", "%d/%m/%Y", "%d.%m.%y", "%d/%m", "%d %b %Y", "%d %B", "%d-%m-%y")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_TOLD = (
    "yesterday", "last night", "last Tuesday", "last week", "next Friday", "three weeks ago",
    "Saturday night", "a month ago", "this morning", "over Christmas", "two days ago",
    "last summer", "Monday night", "next month", "Boxing Day", "Easter weekend",
)  # fmt: skip
_ORIGINS = (
    "Pakistani", "White British", "Polish", "Black African", "Somali", "Irish Traveller", "Roma",
    "Indian", "Bangladeshi", "Kurdish", "asylum seeker", "Muslim", "Sikh", "Romanian", "Nigerian",
    "gay", "Catholic", "no recourse to public funds", "spousal visa", "Black Caribbean",
    "Turkish", "Afghan", "Iraqi", "Syrian", "Iranian", "Albanian", "Ukrainian", "Russian",
    "Latvian", "Lithuanian", "Portuguese", "Brazilian", "Spanish", "Italian", "French", "German",
    "Hungarian", "Slovak", "Bulgarian", "Greek", "Chinese", "Vietnamese", "Filipino", "Thai",
    "Sri Lankan", "Nepalese", "Ghanaian", "Kenyan", "Ugandan", "Zimbabwean", "Eritrean",
    "Ethiopian", "Sudanese", "Congolese", "Jamaican", "Egyptian", "Moroccan", "Welsh", "Scottish",
    "Jewish", "Hindu", "Christian", "bisexual", "lesbian", "trans woman", "Gypsy",
    "mixed heritage", "refugee",
)  # fmt: skip
_MAKERS = ("Corsa", "Fiesta", "Golf", "Transit", "Astra", "Clio", "BMW", "Audi", "van", "Qashqai")
_WORDS = ("pineapple", "blue teapot", "sunflower", "Tuesday bins", "lemon", "is Sandra in")


def _digits(rng: Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _letters(rng: Random, count: int) -> str:
    return "".join(rng.choice(_LETTERS) for _ in range(count))


def day(rng: Random) -> str:
    """Return a date in one of the layouts of notes."""
    when = _FIRST_DAY + timedelta(days=rng.randrange(_DAYS))
    return when.strftime(rng.choice(_LAYOUTS))


def _birth(rng: Random) -> str:
    when = date(1950, 1, 1) + timedelta(days=rng.randrange(26_000))
    return when.strftime(rng.choice(("%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d %b %y", "%d %B %Y")))


def _telephone(rng: Random) -> str:
    mobile = f"07700 900{_digits(rng, 3)}" if rng.random() < 0.4 else f"07{_digits(rng, 9)}"  # noqa: PLR2004
    spaced = f"{mobile[:5]} {mobile[5:8]} {mobile[8:]}" if " " not in mobile else mobile
    return rng.choice((mobile, spaced, f"+44 {mobile[1:]}", f"0113 496 0{_digits(rng, 3)}"))


def _plate(rng: Random) -> str:
    return f"{_letters(rng, 2)}{rng.randint(10, 75)}{rng.choice((' ', ''))}{_letters(rng, 3)}"


def _reference(rng: Random) -> str:
    return rng.choice((
        f"{_digits(rng, 2)}/{_digits(rng, 5)}/{rng.randint(22, 26)}",
        f"CR/{_digits(rng, 5)}/{rng.randint(22, 26)}",
        f"{_letters(rng, 3)}-{_digits(rng, 6)}",
        f"{_digits(rng, 4)} of {day(rng)}",
        f"{_letters(rng, 2)}{_digits(rng, 6)}",
    ))  # fmt: skip


def _clock(rng: Random) -> str:
    return f"{rng.randint(0, 23):02}{rng.choice((':', ''))}{rng.randint(0, 59):02}"


def _bank(rng: Random) -> str:
    code = f"{_digits(rng, 2)}-{_digits(rng, 2)}-{_digits(rng, 2)}"
    return f"sort code {code} acc {_digits(rng, 8)}"


NUMBERS: Mapping[str, tuple[str | None, Callable[[Random], str]]] = MappingProxyType({
    "d": ("DATE", day),
    "rel": ("DATE", lambda rng: rng.choice(_TOLD)),
    "dob": ("DOB", _birth),
    "age": ("AGE", lambda rng: str(rng.randint(2, 88))),
    "dem": ("DEMOGRAPHIC", lambda rng: rng.choice(_ORIGINS)),
    "tel": ("PHONE", _telephone),
    "nhs": ("NHS_NUMBER", lambda rng: f"999 {_digits(rng, 3)} {_digits(rng, 4)}"),
    "nino": ("NINO", lambda rng: f"JR {_digits(rng, 2)} {_digits(rng, 2)} {_digits(rng, 2)} C"),
    "pnc": ("PNC_ID", lambda rng: f"{rng.randint(85, 99)}/{_digits(rng, 6)}{_letters(rng, 1)}"),
    "crn": ("CRN", lambda rng: f"{_letters(rng, 1)}{_digits(rng, 6)}"),
    "noms": ("ID_OTHER", lambda rng: f"A{_digits(rng, 4)}{_letters(rng, 2)}"),
    "upn": ("UPN", lambda rng: f"{_letters(rng, 1)}{_digits(rng, 12)}"),
    "reg": ("VEHICLE_REG", _plate),
    "bank": ("BANK", _bank),
    "pass": ("PASSPORT", lambda rng: f"{_letters(rng, 2)}{_digits(rng, 7)}"),
    "ref": ("CASE_REF", _reference),
    "num": ("ID_OTHER", lambda rng: _digits(rng, rng.choice((4, 5)))),
    "time": (None, _clock),
    "car": (None, lambda rng: rng.choice(_MAKERS)),
    "word": (None, lambda rng: rng.choice(_WORDS)),
})  # fmt: skip
"""Slot, label of the scorer (None where nothing identifies anybody), and how one is made."""
