"""Our own model finds whom no list knows, and only the weights that were measured are used."""

import hashlib
from pathlib import Path

import pytest
import spacy

from broker.domain.errors import RedactionError
from broker.domain.words import SubjectRole
from redaction.detect import Detector
from redaction.model.base import load_vocabulary
from redaction.model.own import WEIGHTS, load_own, named_by
from redaction.training.generate import evaluation_notes
from redaction.training.measure import Figures, measure, removed_ranges
from tests.unit.redaction.support import missed

MOST_SHIPPED = 25_000_000
"""Bytes of weights that a package may carry (issue 4)."""
_NOTES = 150
"""Two styles and a half of every evaluation template: seconds, not minutes."""


def test_weights_that_are_not_ours_stop_the_start(tmp_path: Path) -> None:
    """One changed byte, and no worker starts: another model finds other names."""
    changed = bytearray(WEIGHTS.read_bytes())
    changed[-1] ^= 1
    path = tmp_path / "case_ner.bin"
    path.write_bytes(changed)

    with pytest.raises(RedactionError, match="not the pinned ones"):
        load_own(spacy.blank("en"), path)


def test_missing_weights_stop_the_start(tmp_path: Path) -> None:
    """There is no silent fallback to the published model alone."""
    with pytest.raises(RedactionError, match="cannot be read"):
        load_own(spacy.blank("en"), tmp_path / "case_ner.bin")


def test_a_format_of_another_version_is_refused(tmp_path: Path) -> None:
    """Weights of a later layout are not read as if they were of this one."""
    path = tmp_path / "case_ner.bin"
    later = WEIGHTS.read_bytes().replace(b"case-ner/1", b"case-ner/2", 1)
    path.write_bytes(later)
    pinned = hashlib.sha256(later).hexdigest()

    with pytest.raises(RedactionError, match="not the pinned ones"):
        load_own(spacy.blank("en"), path, pinned)


def test_the_weights_are_small_enough_to_ship() -> None:
    """The package carries its model; nothing is fetched."""
    assert WEIGHTS.stat().st_size < MOST_SHIPPED


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("neighbour ivy chalk heard him shouting again.", "ivy chalk", id="plants"),
        pytest.param("COLLECTED BY HAZEL MEADOWS AFTER TEA.", "HAZEL MEADOWS", id="landscape"),
        pytest.param("Then Saba came down and Jude left.", "Saba", id="an island"),
        pytest.param("she said crusher had hit frank noble again.", "frank noble", id="virtues"),
    ],
)
def test_a_stranger_with_an_everyday_word_for_a_name_is_found(
    detector: Detector, text: str, name: str
) -> None:
    """People whom no list knows are found by what the note says about them."""
    assert not missed(detector, text, name)


def test_without_capitals_more_words_are_called_names() -> None:
    """Where capitals say nothing the model is made warier, and is as before for the next text."""
    nlp = load_vocabulary()
    load_own(nlp)
    texts = [note.text.lower() for note in evaluation_notes(11, 60)]

    before = [named_by(nlp, text, capitals=True) for text in texts]
    wary = [named_by(nlp, text, capitals=False) for text in texts]
    after = [named_by(nlp, text, capitals=True) for text in texts]

    assert before == after
    assert sum(map(len, wary)) > sum(map(len, before)) + 10


@pytest.fixture(scope="module")
def figures(detector: Detector) -> Figures:
    """What the whole of detection does on notes nobody trained on."""
    notes = evaluation_notes(31, _NOTES)
    return measure(notes, [removed_ranges(detector, note) for note in notes])


def test_few_strangers_are_left_in_notes_nobody_trained_on(figures: Figures) -> None:
    """Other templates, other names: the share of readable names stays where it was measured."""
    assert figures.rate("all", "direct") < 0.02
    assert figures.rate("role", SubjectRole.THIRD_PARTY) < 0.04
    assert figures.rate("role", SubjectRole.VICTIM) < 0.02
    assert figures.rate("role", SubjectRole.CHILD) < 0.01


def test_what_identifies_nobody_mostly_stays(figures: Figures) -> None:
    """A note stays readable: the model may not take every strange word for a name."""
    assert figures.precision > 0.9
    assert figures.over_redaction < 0.07
