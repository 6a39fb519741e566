"""Reads a YAML file as nested words with their places, and nothing cleverer than that.

YAML guesses: `no` becomes false, `1e3` a number, `*x` a copy of something elsewhere, and of two
equal keys the last one wins. Here every word stays the word that was typed, and whatever would be
guessed, copied or overwritten is refused with its line.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import yaml

from policies.problems import Place, Problems
from policies.sheet import MAX_FILE_BYTES

MAX_DEPTH = 12
"""Lists and tables inside one another; the files of a pack need six."""
_LOADER = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
_UNSEEN = ("C", "Z")
"""Unicode categories that do not show; the ordinary space is the one exception."""


class _Mark(Protocol):
    """Where something begins; lines and columns count from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One part of a file: a word or sentence, a list of parts, or a table from words to parts.

    Args:
        table: pairs in the order of the file; a key stands once.

    """

    place: Place
    text: str | None = None
    parts: "tuple[Outline, ...] | None" = None
    table: "tuple[tuple[Outline, Outline], ...] | None" = None

    def words(self, problems: Problems, *, may_be_none: bool = False) -> tuple["Outline", ...]:
        """Return the words of a list, or the one word that stands in its place."""
        if self.text is not None:
            return (self,)
        if may_be_none and self.parts == ():
            return ()
        listed = tuple(one for one in self.parts or () if one.text is not None)
        if not listed or len(listed) < len(self.parts or ()):
            problems.add(self.place, "write a word here, or a list of words such as [one, two]")
        return listed

    def sentence(self, problems: Problems) -> str:
        """Return the text, or nothing after reporting that there is none."""
        if self.text is None:
            problems.add(self.place, "write a word or a sentence here")
        return self.text or ""

    def items(self, problems: Problems) -> tuple["Outline", ...]:
        """Return the parts of a list that is not empty."""
        if not self.parts:
            problems.add(self.place, "write a list here, each part after `- `; it may not be empty")
        return self.parts or ()

    def pairs(self, problems: Problems) -> tuple[tuple["Outline", "Outline"], ...]:
        """Return the pairs of a table."""
        if self.table is None:
            problems.add(self.place, "write pairs here, such as `category: tenancy`")
        return self.table or ()

    def members(
        self, needed: tuple[str, ...], optional: tuple[str, ...], problems: Problems
    ) -> Mapping[str, "Outline"]:
        """Return the parts of a table by key; report keys that are unknown or missing."""
        found: dict[str, Outline] = {}
        for key, part in self.pairs(problems):
            if key.text in needed + optional:
                found[str(key.text)] = part
            else:
                problems.add_word(key.place, "unknown key", key.text or "", needed + optional)
        if self.table is not None:
            for key_needed in needed:
                if key_needed not in found:
                    problems.add(self.place, f"`{key_needed}` is missing here; add it")
        return found


class _RefusedError(Exception):
    """The file holds something that this reader does not read."""

    def __init__(self, line: int, column: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line, self.column = line, column


def _refused(event: yaml.Event, sentence: str) -> _RefusedError:
    place = _place("", event.start_mark)
    return _RefusedError(place.line, place.column, sentence)


def read_outline(file: str, content: bytes, problems: Problems) -> Outline | None:
    """Return the whole file as one part, or None after reporting what is wrong with it."""
    if len(content) > MAX_FILE_BYTES:
        problems.add(Place(file=file), f"the file is longer than {MAX_FILE_BYTES} bytes; split it")
        return None
    try:
        events = yaml.parse(content.decode("utf-8-sig"), Loader=_LOADER)
        return _document(_checked(events), file)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        say = "this byte is not UTF-8; save the file as UTF-8"
        problems.add(Place(file=file, line=line), say)
    except _RefusedError as error:
        problems.add(Place(file=file, line=error.line, column=error.column), str(error))
    except yaml.MarkedYAMLError as error:
        say = "this cannot be read as YAML; look at indents, quotation marks and brackets"
        problems.add(_place(file, error.problem_mark), say)
    except yaml.YAMLError:
        say = "the file holds a character that no text has; type the line again"
        problems.add(Place(file=file), say)
    return None


def _checked(events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    """Pass on what makes up one document; stop at what this reader refuses."""
    documents = depth = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _refused(event, "`*` and `&` copy things unseen; write the words out")
        if getattr(event, "tag", None) is not None:
            raise _refused(event, "`!` changes what a word means; write plain words")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > MAX_DEPTH or documents > 1:
            raise _refused(event, "write one document, and nothing so deeply nested")
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event
    if not documents:
        raise _RefusedError(1, 1, "the file is empty; begin with `version: 1`")


def _document(events: Iterator[yaml.Event], file: str) -> Outline:
    found = _part(next(events), events, file)
    for _ in events:  # What ends the stream may still refuse it.
        continue
    return found


def _part(event: yaml.Event, events: Iterator[yaml.Event], file: str) -> Outline:
    place = _place(file, event.start_mark)
    if isinstance(event, yaml.ScalarEvent):
        return Outline(place=place, text=_seen(event))
    if isinstance(event, yaml.SequenceStartEvent):
        return Outline(place=place, parts=tuple(_until_end(events, file)))
    parts = list(_until_end(events, file))
    keys: set[str] = set()
    for key in parts[::2]:
        if key.text is None or key.text in keys:
            say = "a key of this table is no word, or stands twice in it; keep one"
            raise _RefusedError(key.place.line, key.place.column, say)
        keys.add(key.text)
    return Outline(place=place, table=tuple(zip(parts[::2], parts[1::2], strict=True)))


def _until_end(events: Iterator[yaml.Event], file: str) -> Iterator[Outline]:
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            return
        yield _part(event, events, file)


def _seen(event: yaml.ScalarEvent) -> str:
    """Return the text of a word, which is all that a reader of the file can see."""
    text: str = event.value
    if not text.strip():
        raise _refused(
            event, "there is nothing here; a sentence with `, ` or `: ` needs quotation marks"
        )
    if any(unicodedata.category(one)[0] in _UNSEEN and one != " " for one in text):
        raise _refused(event, "there is a character that does not show; type this again")
    return text


def _place(file: str, mark: _Mark | None) -> Place:
    if mark is None:
        return Place(file=file)
    return Place(file=file, line=mark.line + 1, column=mark.column + 1)
