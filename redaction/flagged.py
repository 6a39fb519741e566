"""Where in a text the verifier's finding stands, so that a person need not search for it.

The verifier says what kind of thing is there, not where. Here the text is narrowed down until
nothing can be left off without the finding going away; the verifier itself is asked each time, so
that what is shown is what it means.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from broker.domain.people import Person
from redaction.doubts import DOUBTS
from redaction.verify import Output, doubtful, verify

MAX_PLACES = 20
"""Of one kind in one text; a text with more is left out as a whole."""
STRUCK = "|"
_NUMBER = re.compile(r"\d(?:[ ./-]?\d)*")
_WORD = re.compile(r"\w")

Place = tuple[int, int]
Flags = Callable[[str], bool]


def kinds_in(output: Output, people: Sequence[Person]) -> tuple[str, ...]:
    """Return the kinds of finding in one text, each once, sorted."""
    named = replace(output, where="here")
    return tuple(sorted({flag.partition(" ")[0] for flag in verify([named], people)}))


def places_of(kind: str, output: Output, people: Sequence[Person]) -> tuple[Place, ...]:
    """Return where the finding stands; the whole text where it cannot be told."""
    if kind in DOUBTS:
        every = {(one.start, one.end) for one in doubtful(output, people) if one.kind == kind}
        return tuple(sorted(every))[:MAX_PLACES]

    def flags(text: str) -> bool:
        return kind in kinds_in(replace(output, text=text), people)

    found, text = [], output.text
    for _ in range(MAX_PLACES):
        if not flags(text):
            break
        place = _whole(output.text, _narrowed(text, flags))
        if _gone(text, place):
            return ((0, len(output.text)),)
        # A cut through a number that stays on purpose looks like another number: not a place.
        if flags(output.text[place[0] : place[1]]) or flags("x " + output.text[slice(*place)]):
            found.append(place)
        text = strike(text, [place])
    if not found or flags(text):
        return ((0, len(output.text)),)
    return tuple(sorted(found))


def strike(text: str, places: Sequence[Place]) -> str:
    """Return the text with strokes in place of what stands there; every offset stays."""
    for start, end in places:
        text = f"{text[:start]}{STRUCK * (end - start)}{text[end:]}"
    return text


def _narrowed(text: str, flags: Flags) -> Place:
    """Return a range that is flagged and not a character longer than it must be."""
    end = _first(range(len(text) + 1), lambda cut: flags(text[:cut]))
    start = end - _first(range(end + 1), lambda back: flags(text[end - back : end]))
    return start, end


def _first(offsets: range, holds: Callable[[int], bool]) -> int:
    """Return the smallest offset at which it holds, by halves: once it does, it goes on to."""
    low, high = 0, len(offsets) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(offsets[middle]) else (middle + 1, high)
    return offsets[low]


def _whole(text: str, place: Place) -> Place:
    """Return the place with the rest of its words, and of the number it is part of."""
    start, end = place
    for one in _touching(text, place):
        start, end = min(start, one[0]), max(end, one[1])
    while start > 0 and _WORD.match(text[start - 1]) and _WORD.match(text[start]):
        start -= 1
    while end < len(text) and _WORD.match(text[end - 1]) and _WORD.match(text[end]):
        end += 1
    return start, end


def _touching(text: str, place: Place) -> Iterator[Place]:
    for one in _NUMBER.finditer(text):
        if one.start() < place[1] and place[0] < one.end():
            yield one.span()


def _gone(text: str, place: Place) -> bool:
    """Say whether nothing is left there to strike: the finding is not in any one place."""
    start, end = place
    return start >= end or set(text[start:end]) == {STRUCK}
