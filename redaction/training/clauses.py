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
_START = "note"
_NAMED = re.compile(r"\$([a-z][a-z0-9]*)")
_OPENS = re.compile(r"(\A|(?<=[.!?]\s)|(?<=\n))([^\w{\"]*)([a-z])")
_LONGEST = 700
"""Characters of a grown note; a longer one is grown again."""


def grown(rng: Random) -> Template:
    """Return one note grown from the clauses, with every second one's sentences capitalised."""
    text = _expanded(rng, _START)
    while len(text) > _LONGEST:
        text = _expanded(rng, _START)
    text = text.replace("\\n", "\n").replace(",,", ",").replace(",.", ".")
    if rng.random() < 0.5:  # noqa: PLR2004  # a coin
        text = _OPENS.sub(lambda match: match[2] + match[3].upper(), text)
    return Template(agency=AGENCY, text=text)


def _expanded(rng: Random, name: str) -> str:
    made = rng.choice(clauses()[name])
    return _NAMED.sub(lambda match: _expanded(rng, match[1]), made)


@cache
def clauses() -> Mapping[str, tuple[str, ...]]:
    """Return what each name may become."""
    found = {}
    for line in _SOURCE.read_text("utf-8").splitlines()[3:]:
        name, _, choices = line.partition(": ")
        found[name] = tuple(one.strip() for one in choices.split(" | "))
    return found
