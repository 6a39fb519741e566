"""A difference as sentences, for an IG lead, and as one JSON object, for scripts."""

import textwrap
from collections.abc import Iterator, Mapping

from broker.domain.context import FACT_NAMES
from policies.difference import Change, Difference, Kind
from policies.grid import Grid

_MOST_WORDS = 6
"""Words that are listed of one fact; of more, their number is said."""
_MOST_MISSING = 3
"""Words that are listed as the only ones that do not occur."""
_COLUMNS = 80
"""Characters of a line, as wide as a terminal surely is."""
_MOST_FACTS = 6
"""Facts that are named for one change: those that narrow it down most."""
_MEANS = {
    Kind.NEWLY_ALLOWED: "something leaves in writing that did not",
    Kind.WIDER: "more than before; what leaves in writing already did",
    Kind.NEWLY_REFUSED: "nothing is shared that was shared or put to a person",
    Kind.NARROWER: "less than before",
    Kind.OTHER_DUTIES: "the outcome stays",
}


def sentences(found: Difference, grid: Grid, edited: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines to print: what was edited, how many cases change, and which."""
    for line in _lines(found, grid, edited):
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        yield textwrap.fill(line, _COLUMNS, subsequent_indent=indent, break_on_hyphens=False)


def _lines(found: Difference, grid: Grid, edited: tuple[str, ...]) -> Iterator[str]:
    yield f"Old version {found.old_version}"
    yield f"New version {found.new_version}"
    yield ""
    yield "What was edited:" if edited else "No rule, group or word was edited."
    yield from (f"  {one}" for one in edited)
    yield ""
    if not found.changes:
        yield f"No case is answered otherwise, of all {found.cells:,} there are."
        return
    changed = sum(found.counts.values())
    yield f"{changed:,} of all {found.cells:,} cases are answered otherwise."
    yield from (f"  {kind}: {found.counts[kind]:,} cases ({_MEANS[kind]})" for kind in Kind)
    for change in found.changes:
        yield ""
        yield from _told(change, grid)


def _told(change: Change, grid: Grid) -> Iterator[str]:
    step = f"{change.old} -> {change.new}" if change.old != change.new else str(change.old)
    yield f"{change.kind}: {change.purpose}, {step}, {change.cases:,} cases"
    yield from (f"  {line}" for line in _narrowed(change.only, grid))
    said = [f"{fact} {getattr(change.example, fact)}" for fact in FACT_NAMES if fact != "purpose"]
    yield f"  for example: {', '.join(said)}"
    before = ", ".join(change.old_rules) or "no rule"
    after = ", ".join(change.new_rules) or "no rule"
    yield f"  decided by {before} before, by {after} now"
    if change.added:
        yield f"  then asks in addition: {', '.join(change.added)}"
    if change.removed:
        yield f"  then no longer asks: {', '.join(change.removed)}"
    if change.old_profile != change.new_profile and change.old_profile and change.new_profile:
        yield f"  redaction was {change.old_profile}, is {change.new_profile}"


def _narrowed(only: Mapping[str, tuple[str, ...]], grid: Grid) -> Iterator[str]:
    """Yield what narrows the cases down, what narrows most first."""
    share = {fact: len(words) / len(grid.words[fact]) for fact, words in only.items()}
    for fact in sorted(share, key=lambda one: (share[one], one))[:_MOST_FACTS]:
        words, every = only[fact], grid.words[fact]
        missing = [word for word in every if word not in words]
        if len(words) <= _MOST_WORDS:
            yield f"{fact} is {' or '.join(words)}"
        elif len(missing) <= _MOST_MISSING:
            yield f"{fact} is anything but {' or '.join(missing)}"
        else:
            yield f"{fact} is one of {len(words)} words of {len(every)}"


def as_object(found: Difference, edited: tuple[str, ...]) -> Mapping[str, object]:
    """Return the difference for scripts: keys are added, never renamed."""
    return {
        "version": 1,
        "old_version": found.old_version,
        "new_version": found.new_version,
        "edits": list(edited),
        "cells": found.cells,
        "counts": {str(kind): found.counts[kind] for kind in Kind},
        "changes": [_change_object(one) for one in found.changes],
    }


def _change_object(change: Change) -> Mapping[str, object]:
    return {
        "kind": change.kind,
        "purpose": change.purpose,
        "old": change.old,
        "new": change.new,
        "cases": change.cases,
        "only": {fact: list(words) for fact, words in change.only.items()},
        "example": {fact: getattr(change.example, fact) for fact in FACT_NAMES},
        "old_rules": list(change.old_rules),
        "new_rules": list(change.new_rules),
        "added": list(change.added),
        "removed": list(change.removed),
        "old_profile": change.old_profile,
        "new_profile": change.new_profile,
    }
