"""Whole texts: openings and dated entries, then the way a tired person typed them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from broker.demo.county.cast import NotInCaseError
from broker.demo.county.grammar import Decks, Writer
from broker.demo.county.sheets import DocumentSheet

_WORD = re.compile(r"\S*@\S*|[^\W\d_]{5,}")
"""A long word, or an e-mail address: mistyped, that could become somebody's."""
_TYPO_EVERY = 45
"""About one long word in so many is mistyped in a note with typing errors."""
_STYLES = {
    "police": (("as-is", 60), ("caps", 15), ("typos", 15), ("lower", 10)),
    "plain": (("as-is", 65), ("caps", 3), ("typos", 20), ("lower", 12)),
}
_MAX_GAP_DAYS = 30
"""Longest silence between two entries of a log."""
_ENTRY_CHARACTERS = 260
"""How long an entry is, roughly; says how many entries a log will have."""
_REMARKS = 0.5
"""How many entries of a log end in a remark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One text being written.

    Args:
        day: of the last entry.
        span: how many days before `day` the first entry may be.

    """

    sheet: DocumentSheet
    writer: Writer
    decks: Decks
    rng: Random
    day: date
    span: int

    def text(self, target: int) -> str | None:
        """Return a text of about `target` characters; None for a record of fields only."""
        sheet, rng = self.sheet, self.rng
        if not sheet.body:
            return None
        long = target > sheet.size[1]
        sections = (sheet.long_body if long else ()) or sheet.body
        parts = (*self._opening(), *self._entries(target, sections))
        joint = rng.choice(("\n", "\n\n")) if sheet.head else rng.choice((" ", "\n"))
        return _typed(joint.join(parts), rng, sheet.voice, long=long)

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield the structured fields that this case can fill."""
        for name, phrase in self.sheet.fields:
            try:
                yield name, self.writer.fill(phrase, self.day)
            except NotInCaseError:
                continue

    def _opening(self) -> Iterator[str]:
        if self.sheet.opening is not None:
            yield self.decks.draw(self.sheet.opening, self.writer, self.day)

    def _entries(self, target: int, sections: tuple[str, ...]) -> tuple[str, ...]:
        """Return entries, oldest first, written from the newest back until there is enough.

        One log is kept by one or two hands, each with its own way of dating.
        """
        head = self.sheet.head
        hands = [] if head is None else [self.decks.hand(head) for _ in range(2)]
        gap = min(_MAX_GAP_DAYS, self.span * _ENTRY_CHARACTERS // target)
        made: list[str] = []
        day = self.day
        while sum(map(len, made)) < target and (body := self._body(sections, day)) is not None:
            dated = f"{self.writer.fill(self.rng.choice(hands), day)} {body}" if hands else body
            made.append(dated)
            day -= timedelta(days=self.rng.randrange(gap + 1))
        return tuple(reversed(made))

    def _body(self, sections: tuple[str, ...], day: date) -> str | None:
        """Return an entry, or None when every section has said all it can about this case."""
        left = list(sections)
        while left:
            section = self.rng.choice(left)
            try:
                entry = self.decks.draw(section, self.writer, day)
            except NotInCaseError:
                left = [one for one in left if one != section]
                continue
            return f"{entry}{self._remark(day)}"
        return None

    def _remark(self, day: date) -> str:
        if self.sheet.head is None or self.rng.random() >= _REMARKS:
            return ""
        try:
            return " " + self.decks.draw("remark", self.writer, day)
        except NotInCaseError:
            return ""


def _typed(text: str, rng: Random, voice: str, *, long: bool) -> str:
    styles = _STYLES[voice]
    style = rng.choices([name for name, _ in styles], [often for _, often in styles])[0]
    if style == "caps" and not long:
        return text.upper()
    if style == "lower" and not long:
        return text.lower()
    return mistyped(text, rng) if style == "typos" else text


def mistyped(text: str, rng: Random) -> str:
    """Swap two neighbouring letters inside a long word now and then."""

    def swap(found: re.Match[str]) -> str:
        word = found[0]
        if "@" in word or rng.randrange(_TYPO_EVERY):
            return word
        at = rng.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return _WORD.sub(swap, text)
