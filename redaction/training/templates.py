"""Reads template files: blocks that start with `%%` and the agency, with slots and choices.

`{v.f}` is a slot (see slots.py); `<rang|phoned>` is a choice. What stands before the first block
says what the file is.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from random import Random

_HERE = Path(__file__).parent
_CHOICE = re.compile(r"<([^<>]*\|[^<>]*)>")
_SLOT = re.compile(r"\{[^}]*\}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_REJOINED = 0.35
"""Share of training notes put together from the sentences of several templates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template: whose note it is, and its text."""

    agency: str
    text: str

    def sentences(self) -> tuple[str, ...]:
        """Return its sentences and lines."""
        return tuple(one for one in _SENTENCE.split(self.text) if one.strip())

    def skeletons(self) -> frozenset[str]:
        """Return each sentence without slots, case and punctuation, for comparison."""
        bare = (_SLOT.sub(" ", one).lower() for one in self.sentences())
        return frozenset(" ".join(re.findall(r"[a-z']+", one)) for one in bare)


def read_templates(path: Path) -> tuple[Template, ...]:
    """Return the templates of one file."""
    _, *blocks = re.split(r"^%% *", path.read_text("utf-8"), flags=re.MULTILINE)
    split = (block.partition("\n") for block in blocks)
    return tuple(Template(agency=agency.strip(), text=text.strip()) for agency, _, text in split)


def training_templates() -> tuple[Template, ...]:
    """Return every template that the model learns from."""
    paths = sorted((_HERE / "templates").glob("*.txt"))
    return tuple(one for path in paths for one in read_templates(path))


def flat_templates() -> tuple[Template, ...]:
    """Return every template for the model of notes without capitals."""
    return training_templates() + read_templates(_HERE / "flat" / "plain.txt")


def evaluation_templates() -> tuple[Template, ...]:
    """Return every template that the model is measured on."""
    return read_templates(_HERE / "evaluation" / "templates.txt")


def chosen(rng: Random, text: str) -> str:
    """Return the text with every choice made."""
    return _CHOICE.sub(lambda match: rng.choice(match.group(1).split("|")), text)


def mixed(rng: Random, templates: tuple[Template, ...]) -> Template:
    """Return one template, or one put together from sentences of several."""
    first = rng.choice(templates)
    if rng.random() > _REJOINED:
        return first
    others = [rng.choice(templates) for _ in range(rng.randint(1, 3))]
    pool = [sentence for one in (first, *others) for sentence in one.sentences()]
    rng.shuffle(pool)
    return Template(agency=first.agency, text=" ".join(pool[: rng.randint(2, 6)]))
