"""How the same note looks from other hands: small letters, capitals, slips, abbreviations."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from types import MappingProxyType

from redaction.training.note import Edit, Note, edited

_WORD = re.compile(r"[^\W\d_]+")
_SLIP_RATE = 0.06
"""Share of words with a slip of the keyboard in the style `typos`."""
_SHORTEST_SLIPPED = 4
_STRANGE_RATE = 0.12
_THINGS = (
    "insta", "AirTag", "WhatsApp", "iPhone", "Xbox", "Facebook", "Snapchat", "Corsa", "Focus",
    "PLO", "Chron", "MH", "CCTV", "PPN", "NFA", "Mags", "CPOMS", "SDVC", "rung", "spat", "fam",
    "stat", "Dom", "Vodafone", "PayPal", "Klarna", "Ring", "Alexa", "TikTok", "YouTube",
    "naloxone", "sertraline",
)  # fmt: skip
_ABBREVIATION_RATE = 0.15
_ENDINGS = ("s", "ed", "ing", "er")
_LETTERS = "ABCDEFGHIKLMNOPRSTUVWY"
_SHORTEST_STRANGE = 4
_SHORT = MappingProxyType({
    "with": "w", "and": "&", "you": "u", "are": "r", "your": "ur", "please": "pls",
    "because": "bc", "message": "msg", "received": "recd", "partner": "ptnr", "mother": "mum",
    "children": "ch", "says": "sts", "states": "sts", "reported": "repd", "visit": "HV",
    "between": "btwn", "before": "b4", "through": "thru", "without": "w/o", "about": "re",
    "returned": "retd", "possible": "poss", "telephone": "t/c", "appointment": "appt",
    "address": "add", "information": "info",
})  # fmt: skip


def restyled(rng: Random, note: Note, style: str) -> Note:
    """Return the note in a style; spans stay exact."""
    return replace(_STYLES[style](rng, note), style=style)


def with_strange_words(rng: Random, note: Note, dictionary: Sequence[str]) -> Note:
    """Replace some everyday words by words from the dictionary, so that context must decide."""
    edits = [
        Edit(start=start, end=end, text=_like(word, _strange(rng, dictionary)))
        for start, end, word in _outside(note)
        if len(word) >= _SHORTEST_STRANGE and rng.random() < _STRANGE_RATE
    ]
    return edited(note, edits)


def _strange(rng: Random, dictionary: Sequence[str]) -> str:
    """Return a word, a thing with a name, or an abbreviation that nobody has seen."""
    if rng.random() > _ABBREVIATION_RATE:
        word = rng.choice(dictionary)
        return word.removesuffix("e") + rng.choice(_ENDINGS) if rng.random() < 0.4 else word  # noqa: PLR2004
    if rng.random() < 0.6:  # noqa: PLR2004
        return rng.choice(_THINGS)
    return "".join(rng.choice(_LETTERS) for _ in range(rng.randint(2, 4)))


def _like(word: str, other: str) -> str:
    return other.capitalize() if word[0].isupper() else other


def _outside(note: Note) -> list[tuple[int, int, str]]:
    """Return the words that lie in no span."""
    inside = bytearray(len(note.text))
    for span in note.spans:
        inside[span.start : span.end] = b"\1" * (span.end - span.start)
    found = (match for match in _WORD.finditer(note.text) if not any(inside[slice(*match.span())]))
    return [(*match.span(), match.group()) for match in found]


def _as_is(_: Random, note: Note) -> Note:
    return note


def _cased(change: Callable[[str], str]) -> Callable[[Random, Note], Note]:
    """Change letter by letter, leaving alone a letter that would become two."""

    def changed(_: Random, note: Note) -> Note:
        text = "".join(c if len(change(c)) != 1 else change(c) for c in note.text)
        return replace(note, text=text)

    return changed


def _slipped(rng: Random, note: Note) -> Note:
    edits = []
    for match in _WORD.finditer(note.text):
        word = match.group()
        if len(word) >= _SHORTEST_SLIPPED and rng.random() < _SLIP_RATE:
            at = rng.randrange(1, len(word) - 1)
            slip = rng.choice((
                word[at + 1] + word[at],
                word[at] * 2 + word[at + 1],
                word[at + 1],
            ))  # fmt: skip
            start = match.start() + at
            edits.append(Edit(start=start, end=start + 2, text=slip))
    return edited(note, edits)


def _abbreviated(rng: Random, note: Note) -> Note:
    return edited(
        note,
        [
            Edit(start=start, end=end, text=_SHORT[word.lower()])
            for start, end, word in _outside(note)
            if word.lower() in _SHORT and rng.random() < 0.7  # noqa: PLR2004
        ],
    )


_STYLES: Mapping[str, Callable[[Random, Note], Note]] = MappingProxyType({
    "as_is": _as_is,
    "lower": _cased(str.lower),
    "caps": _cased(str.upper),
    "typos": _slipped,
    "abbreviated": _abbreviated,
})  # fmt: skip
STYLES = tuple(_STYLES)
