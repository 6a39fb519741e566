"""The generator: seeded streams of labelled notes, one to train on and one to measure on."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from random import Random

from redaction.training.clauses import grown
from redaction.training.names import FLAT, LEARNED, LEARNED_FLAT, NameBook
from redaction.training.note import Note
from redaction.training.places import PlaceBook
from redaction.training.slots import Writer
from redaction.training.styles import STYLES, restyled, with_strange_words
from redaction.training.templates import (
    Template,
    evaluation_templates,
    flat_templates,
    mixed,
    training_templates,
)
from redaction.training.wordbook import WordBook

_HERE = Path(__file__).parent
_TRAINING_STYLES = (
    *STYLES, "as_is", "as_is", "as_is", "lower", "lower", "caps", "caps",
)  # fmt: skip
"""More of the styles in which capitals say nothing than there are: they are the hard ones."""
_GROWN, _CONTINUED = 0.35, 0.15
"""Shares of training notes that are grown from clauses, wholly or in their second half."""
_STRANGE = 0.6
"""Share of training notes in which some everyday words are strange ones."""
_FLAT_STYLES = ("as_is", "as_is", "as_is", "as_is", "typos", "abbreviated")
"""Slips and abbreviations only: the notation shows small letters and capitals alike."""
_FLAT_GROWN, _FLAT_CONTINUED, _FLAT_STRANGE = 0.5, 0.15, 0.35
_NO_NAME = ("ly", "ed", "ing", "ness", "tion", "able", "ous", "ive")
"""Endings of words that are seldom anybody's name, not even a surprising one."""


def training_notes(seed: int, dictionary: Sequence[str]) -> Iterator[Note]:
    """Yield notes to learn from, without end."""
    rng = Random(seed)  # noqa: S311  # seeded on purpose: the same notes every time
    names, templates = NameBook(dictionary=dictionary), training_templates()
    writer = Writer(names, PlaceBook(dictionary=dictionary), roles=True)
    while True:
        note = writer.write(rng, _any(rng, templates))
        if rng.random() < _STRANGE:
            note = with_strange_words(rng, note, dictionary)
        yield restyled(rng, note, rng.choice(_TRAINING_STYLES))


def flat_training_notes(
    seed: int, dictionary: Sequence[str], kinds: Mapping[str, Sequence[str]]
) -> Iterator[Note]:
    """Yield notes to learn from that will be shown without capitals, without end.

    `dictionary` holds words for surprising names and places, `kinds` the words for sentences.
    """
    rng = Random(seed)  # noqa: S311  # seeded on purpose: the same notes every time
    likely = [word for word in dictionary if not word.endswith(_NO_NAME)]
    names = NameBook(LEARNED, LEARNED_FLAT, dictionary=likely, chances=FLAT)
    places = PlaceBook(dictionary=dictionary)
    writer, templates = Writer(names, places, roles=True, words=WordBook(kinds)), flat_templates()
    while True:
        note = writer.write(rng, _any_flat(rng, templates))
        if rng.random() < _FLAT_STRANGE:
            note = with_strange_words(rng, note, dictionary)
        yield restyled(rng, note, rng.choice(_FLAT_STYLES))


def _any(rng: Random, templates: tuple[Template, ...]) -> Template:
    chance = rng.random()
    if chance < _GROWN:
        return grown(rng)
    template = mixed(rng, templates)
    return _continued(template, grown(rng)) if chance > 1 - _CONTINUED else template


def _any_flat(rng: Random, templates: tuple[Template, ...]) -> Template:
    chance = rng.random()
    if chance < _FLAT_GROWN:
        return grown(rng, flat=True)
    template = mixed(rng, templates)
    more = chance > 1 - _FLAT_CONTINUED
    return _continued(template, grown(rng, flat=True)) if more else template


def _continued(template: Template, other: Template) -> Template:
    return Template(agency=template.agency, text=f"{template.text} {other.text}")


def evaluation_notes(seed: int, count: int) -> list[Note]:
    """Return notes to measure on: other templates, other names, other places, every style."""
    rng = Random(seed)  # noqa: S311  # seeded on purpose
    names = NameBook(_HERE / "evaluation" / "names.yaml")
    writer = Writer(names, PlaceBook(_HERE / "evaluation" / "places.yaml"))
    turns = zip(cycle(evaluation_templates()), _styles(rng), range(count), strict=False)
    return [restyled(rng, writer.write(rng, template), style) for template, style, _ in turns]


def _styles(rng: Random) -> Iterator[str]:
    while True:
        yield from rng.sample(STYLES, len(STYLES))
