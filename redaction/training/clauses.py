"""Grows notes from clauses, so that the model meets sentences of more than a few skeletons.

Templates say what whole notes look like; this says what can stand beside what in a sentence of
somebody in a hurry. What is grown holds the slots of templates and is filled like one of them.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random

from redaction.training.templates import Template

AGENCY = "any"
"""Nobody in particular writes what is grown here."""
_SOURCE = Path(__file__).parent / "clauses.txt"
_FLAT = Path(__file__).parent / "flat" / "clauses.txt"
_START = "note"
_NAMED = re.compile(r"\$([a-z][a-z0-9]*)")
_OPENS = re.compile(r"(\A|(?<=[.!?]\s)|(?<=\n))([^\w{\"]*)([a-z])")
_LONGEST = 700
"""Characters of a grown note; a longer one is grown again."""


def grown(rng: Random, *, flat: bool = False) -> Template:
    """Return one note grown from the clauses, with every second one's sentences capitalised.

    `flat` adds the clauses for notes without capitals.
    """
    known = clauses(flat=flat)
    text = _expanded(rng, known, _START)
    while len(text) > _LONGEST:
        text = _expanded(rng, known, _START)
    text = text.replace("\\n", "\n").replace(",,", ",").replace(",.", ".")
    if rng.random() < 0.5:  # noqa: PLR2004  # a coin
        text = _OPENS.sub(lambda match: match[2] + match[3].upper(), text)
    return Template(agency=AGENCY, text=text)


def _expanded(rng: Random, known: Mapping[str, tuple[str, ...]], name: str) -> str:
    made = rng.choice(known[name])
    return _NAMED.sub(lambda match: _expanded(rng, known, match[1]), made)


@cache
def clauses(*, flat: bool = False) -> Mapping[str, tuple[str, ...]]:
    """Return what each name may become."""
    found: dict[str, tuple[str, ...]] = {}
    for path in (_SOURCE, _FLAT) if flat else (_SOURCE,):
        for line in path.read_text("utf-8").splitlines()[3:]:
            name, _, choices = line.partition(": ")
            more = tuple(one.strip() for one in choices.split(" | "))
            found[name] = found.get(name, ()) + more
    return found
