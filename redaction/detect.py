"""Detection: from texts and the people of a case to findings in the original's offsets.

Runs in a worker process. Nothing here knows a recipient or a profile: what is found depends on the
text and the case only, which is why it can be kept.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from broker.domain.people import Person
from redaction.engine import Engine
from redaction.findings import Finding
from redaction.fold import Folded, fold
from redaction.lexicon import lexicon
from redaction.page import Page
from redaction.parties.matcher import PartyMatcher
from redaction.recognisers.widen import widened
from redaction.respell import second_reading
from redaction.unread import UnreadError, Why

COMPILED_CASES = 32
"""Cases a worker keeps compiled; one is a few hundred kilobytes."""
_PIECE = 5_000
"""Characters the model reads at once, so that its cost stays linear; cut at line ends only."""

Wanted = Callable[[int, int], bool]


def _every(_: int, __: int) -> bool:
    return True


class Detector:
    """One engine with its compiled cases. Not thread-safe: one a process."""

    def __init__(self, engine: Engine | None = None) -> None:
        """Load everything that can be loaded before the first text, or take an engine."""
        self._engine = engine or Engine()
        self._lexicon = lexicon()
        self._matcher = lru_cache(COMPILED_CASES)(self._compile)

    def _compile(self, people: tuple[Person, ...]) -> PartyMatcher:
        return PartyMatcher(people, self._lexicon)

    def detect(self, text: str, people: Sequence[Person]) -> tuple[Finding, ...]:
        """Return what was found, ordered, overlaps included; offsets are the original's.

        Raises:
            UnreadError: the engine warned, or a word is over the cap.

        """
        try:
            found = self._read(fold(text), self._matcher(tuple(people)))
        finally:
            self._lexicon.forget()
        return tuple(sorted(found, key=lambda one: (one.start, one.end, one.label)))

    def _read(self, folded: Folded, matcher: PartyMatcher) -> set[Finding]:
        """Read a text, and once more the other way where it has another."""
        found = set(self._found(folded, matcher, _pieces(folded.text)))
        other = second_reading(folded)
        if other is not None:
            windows = [(start, other.folded.text[start:end]) for start, end in other.windows()]
            found.update(self._found(other.folded, matcher, windows, other.rests_on_change))
        return found

    def _found(
        self,
        folded: Folded,
        matcher: PartyMatcher,
        pieces: Iterable[tuple[int, str]],
        wanted: Wanted = _every,
    ) -> Iterator[Finding]:
        for start, piece in pieces:
            page = Page(text=piece, lexicon=self._lexicon, matcher=matcher)
            for one in widened(page, self._engine.find(page)):
                if wanted(start + one.start, start + one.end):
                    yield from _placed(one, start, folded)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Cut at the last blank line, line end or blank before the limit, so no token is halved."""
    start = 0
    while len(text) - start > _PIECE:
        window = text[start : start + _PIECE]
        cut = max(window.rfind("\n\n"), window.rfind(". "))
        cut = cut if cut > _PIECE // 2 else max(window.rfind("\n"), window.rfind(" "))
        if cut <= 0:
            message = "Break the text into words: one has thousands of characters."
            raise UnreadError(message, Why.OVER_CAP)
        yield start, text[start : start + cut + 1]
        start += cut + 1
    yield start, text[start:]


def _placed(one: Finding, start: int, folded: Folded) -> Iterator[Finding]:
    if one.end > one.start:
        first, last = folded.source_range(start + one.start, start + one.end)
        yield Finding(
            start=first,
            end=last,
            label=one.label,
            roles=one.roles,
            people=one.people,
            recogniser=one.recogniser,
        )
