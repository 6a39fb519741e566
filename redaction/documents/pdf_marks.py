"""What is drawn where on a page of a PDF, so far as it decides which words a reader sees.

A box over a name hides it from the eye and not from a program. What is drawn in the colour of its
ground, outside the page, too small to read or not at all stays behind; words that somebody covered
stop the document, because a fresh one would uncover whatever else is under the box.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from broker.domain.errors import RedactionError

Matrix = tuple[float, float, float, float, float, float]
Colour = tuple[float, float, float] | None
"""Red, green and blue from 0 to 1; None for a pattern or picture, which has no one colour."""

MAX_OPERATIONS = 400_000
"""Drawing operations of a page; a full page of text has about 5,000."""
COVERED = (
    "Send the original, or print it and have it typed: something is drawn over words of page {}."
)
MAX_PAIRS = 20_000_000
"""Words times grounds of a page, each pair of which is looked at."""
_WHITE: Colour = (1.0, 1.0, 1.0)
_BLACK: Colour = (0.0, 0.0, 0.0)
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_UNSEEN_MODES = frozenset({3, 7})
"""Text rendering modes that paint nothing (ISO 32000-1, table 106)."""
_SMALLEST = 1.5
"""Points; nobody reads smaller letters."""
_NEARLY = 0.06
_WIDTH = 0.45
"""Ems of an average letter, on the narrow side."""
_LOW, _HIGH = 0.15, 0.4
"""Ems above the baseline that a box must span to cover letters; lines and underlines do not."""
_SHOWING = frozenset({b"Tj", b"TJ", b"'", b'"'})
_FILLING = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"})
_ENDING = frozenset({b"n", b"S", b"s"})
_COLOURS = {b"g": 1, b"rg": 3, b"k": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    at: int
    x: float
    y: float
    size: float
    width: float
    colour: Colour
    unseen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    at: int
    left: float
    low: float
    right: float
    high: float
    colour: Colour


@dataclass(slots=True, kw_only=True)
class _State:
    colour: Colour = _BLACK
    mode: int = 0
    size: float = 12.0
    font: str = ""


class Marks:
    """Follows the drawing operations of one page and remembers words and grounds in order."""

    def __init__(
        self, box: tuple[float, float, float, float], images: frozenset[str], wide: frozenset[str]
    ) -> None:
        """Begin a page.

        Args:
            box: left, low, right and high edge of what is seen of it.
            images: names of its pictures.
            wide: names of its fonts that take two bytes a letter.

        """
        self._box = box
        self._images = images
        self._wide = wide
        self._at = -1
        self._words: list[_Words] = []
        self._grounds: list[_Ground] = []
        self._path: list[tuple[float, float]] = []
        self._state = _State()
        self._saved: list[_State] = []
        self._bases: list[Matrix] = [_IDENTITY]

    def before(self, operator: bytes, operands: Sequence[Any], cm: Any, tm: Any) -> None:  # noqa: ANN401  # as pypdf calls it
        """Take in an operation."""
        self._at += 1
        place = _times(_matrix(cm), self._bases[-1])
        if operator in _SHOWING:
            self._show(operands, _times(_matrix(tm), place))
        elif operator == b"Do":
            self._place(operands, place)
        else:
            self._draw(operator, operands, place)

    def after(self, operator: bytes, *_: object) -> None:
        """Leave a form again."""
        if operator == b"Do":
            self._bases.pop()

    def hidden(self, page: int) -> frozenset[int]:
        """Return which operations show words that nobody sees.

        Raises:
            RedactionError: something was drawn over words.

        """
        if self._at > MAX_OPERATIONS or len(self._words) * len(self._grounds) > MAX_PAIRS:
            raise RedactionError("Print the PDF to a new PDF and send that: a page is too complex.")
        gone = frozenset(one.at for one in self._words if self._unseen(one))
        if any(_covers(g, w) for w in self._words if w.at not in gone for g in self._grounds):
            raise RedactionError(COVERED.format(page))
        return gone

    def _unseen(self, words: _Words) -> bool:
        left, low, right, high = self._box
        inside = left <= words.x <= right and low <= words.y <= high
        if words.unseen or words.size < _SMALLEST or not inside:
            return True
        under = [one for one in self._grounds if one.at < words.at and _holds(one, words)]
        return _alike(words.colour, under[-1].colour if under else _WHITE)

    def _show(self, operands: Sequence[Any], place: Matrix) -> None:
        scale = max(abs(place[0]), abs(place[1]), abs(place[2]), abs(place[3]))
        size = abs(self._state.size) * scale
        self._words.append(
            _Words(
                at=self._at,
                x=place[4],
                y=place[5],
                size=size,
                width=self._letters(operands) * size * _WIDTH,
                colour=self._state.colour,
                unseen=self._state.mode in _UNSEEN_MODES,
            )
        )

    def _letters(self, operands: Sequence[Any]) -> int:
        """Return about how many letters an operation shows."""
        shown = operands[-1] if operands else ""
        parts = shown if isinstance(shown, list) else [shown]
        count = sum(len(one) for one in parts if isinstance(one, str | bytes))
        return count // 2 if self._state.font in self._wide else count

    def _place(self, operands: Sequence[Any], place: Matrix) -> None:
        self._bases.append(place)
        if operands and str(operands[0]) in self._images:
            corners = [_moved(x, y, place) for x, y in ((0, 0), (1, 0), (0, 1), (1, 1))]
            self._ground(corners, None)

    def _draw(self, operator: bytes, operands: Sequence[Any], place: Matrix) -> None:
        numbers = [float(one) for one in operands if isinstance(one, int | float)]
        if operator == b"re" and len(numbers) == 4:  # noqa: PLR2004  # x, y, width and height
            x, y, wide, tall = numbers
            self._path += [_moved(x, y, place), _moved(x + wide, y + tall, place)]
        elif operator in {b"m", b"l", b"c", b"v", b"y"}:
            pairs = zip(numbers[::2], numbers[1::2], strict=False)
            self._path += [_moved(x, y, place) for x, y in pairs]
        elif operator in _FILLING:
            self._ground(self._path, self._state.colour)
            self._path = []
        elif operator in _ENDING:
            self._path = []
        elif operator == b"Tf" and numbers:
            self._state.font, self._state.size = str(operands[0]), numbers[-1]
        else:
            self._set(operator, numbers)

    def _ground(self, points: Sequence[tuple[float, float]], colour: Colour) -> None:
        if points:
            across, up = [x for x, _ in points], [y for _, y in points]
            self._grounds.append(
                _Ground(at=self._at, left=min(across), low=min(up), right=max(across),
                        high=max(up), colour=colour)
            )  # fmt: skip

    def _set(self, operator: bytes, numbers: Sequence[float]) -> None:
        state = self._state
        if operator == b"q":
            self._saved.append(replace(state))
        elif operator == b"Q" and self._saved:
            self._state = self._saved.pop()
        elif operator in _COLOURS or operator in {b"sc", b"scn"}:
            state.colour = _colour(numbers)
        elif operator == b"cs":
            state.colour = _BLACK
        elif operator == b"Tr" and numbers:
            state.mode = int(numbers[0])


def _holds(ground: _Ground, words: _Words) -> bool:
    level = words.y + words.size * _LOW
    return (
        ground.left <= words.x + 1
        and words.x <= ground.right
        and (ground.low <= level <= ground.high)
    )


def _covers(ground: _Ground, words: _Words) -> bool:
    """Say whether something drawn later lies over any of the words."""
    return (
        ground.at > words.at
        and ground.left < words.x + words.width
        and ground.right > words.x
        and ground.low <= words.y + words.size * _LOW
        and ground.high >= words.y + words.size * _HIGH
    )


def _alike(one: Colour, other: Colour) -> bool:
    if one is None or other is None:
        return False
    return all(abs(a - b) < _NEARLY for a, b in zip(one, other, strict=True))


def _colour(numbers: Sequence[float]) -> Colour:
    match list(numbers):
        case [grey]:
            return (grey, grey, grey)
        case [red, green, blue]:
            return (red, green, blue)
        case [cyan, magenta, yellow, key]:
            return ((1 - cyan) * (1 - key), (1 - magenta) * (1 - key), (1 - yellow) * (1 - key))
        case _:
            return None


def _matrix(given: Any) -> Matrix:  # noqa: ANN401  # a list of pypdf's
    a, b, c, d, e, f = (float(one) for one in given)
    return (a, b, c, d, e, f)


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
            e * g + f * i + k, e * h + f * j + m)  # fmt: skip


def _moved(x: float, y: float, place: Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = place
    return (a * x + c * y + e, b * x + d * y + f)
