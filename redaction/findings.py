"""Where something was found in a text, without the text; and how that is stored.

DO NOT REORDER: stored spans are `[start, end, label, roles, people, recogniser]` under a version.
New members go last; any other change takes a new version, which empties the cache by itself.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from broker.domain.words import SubjectRole
from redaction.labels import Label

FORMAT_VERSION = 1
_LABELS = {str(one): one for one in Label}
_ROLES = {str(one): one for one in SubjectRole}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One found thing.

    Args:
        start: code-point offset; so is `end`, exclusive.
        roles: of everybody it may belong to; empty when nobody of the case matches.
        people: positions in the record's people, in the order of `roles` where known.
        recogniser: what found it; `party` findings are certain about whose it is.

    """

    start: int
    end: int
    label: Label
    roles: tuple[SubjectRole, ...] = ()
    people: tuple[int, ...] = ()
    recogniser: str

    @property
    def length(self) -> int:
        """Characters covered."""
        return self.end - self.start


def encode(texts: Iterable[Sequence[Finding]]) -> bytes:
    """Return the findings of several texts as bytes, version first."""
    return json.dumps(as_value(texts), separators=(",", ":")).encode()


def as_value(texts: Iterable[Sequence[Finding]]) -> list[object]:
    """Return the findings of several texts as what JSON can hold, version first."""
    return [FORMAT_VERSION, [[_row(one) for one in findings] for findings in texts]]


def decode(stored: bytes) -> list[tuple[Finding, ...]] | None:
    """Return the findings of each text; None for anything this version did not write."""
    try:
        return from_value(json.loads(stored))
    except ValueError:
        return None


def from_value(value: Any) -> list[tuple[Finding, ...]] | None:  # noqa: ANN401  # as JSON gave it
    """Return the findings of each text; None for anything this version did not write."""
    try:
        version, rows = value
        if version != FORMAT_VERSION:
            return None
        return [tuple(_finding(row) for row in text) for text in rows]
    except (ValueError, TypeError, KeyError):
        return None


def _row(one: Finding) -> list[object]:
    return [one.start, one.end, one.label, one.roles, one.people, one.recogniser]


def _finding(row: list[object]) -> Finding:
    start, end, label, roles, people, recogniser = row
    return Finding(
        start=_whole(start),
        end=_whole(end),
        label=_LABELS[str(label)],
        roles=tuple([_ROLES[str(role)] for role in _members(roles)]) if roles != [] else (),
        people=tuple([_whole(person) for person in _members(people)]) if people != [] else (),
        recogniser=str(recogniser),
    )


def _whole(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError("an offset is a whole number")
    return value


def _members(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("roles and people are lists")
    return value
