"""Our own model finds whom no list knows, and only the weights that were measured are used."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from broker.domain.errors import RedactionError
from broker.domain.words import SubjectRole
from redaction.detect import Detector
from redaction.engine import OfflineNlpEngine
from redaction.lexicon import lexicon
from redaction.model.flat import flat_form
from redaction.model.homes import around_homes
from redaction.model.own import WEIGHTS_SHA256, Reader, load_reader, named_by, weights
from redaction.page import Page
from redaction.parties.matcher import PartyMatcher
from redaction.training.generate import evaluation_notes
from redaction.training.measure import Figures, measure, removed_ranges
from tests.unit.redaction.support import missed

MOST_SHIPPED = 25_000_000
"""Bytes of weights that a package may carry (issue 4)."""
_NOTES = 150
"""Two styles and a half of every evaluation template: seconds, not minutes."""


@pytest.mark.parametrize("reader", list(Reader))
def test_weights_that_are_not_ours_stop_the_start(reader: Reader, tmp_path: Path) -> None:
    """One changed byte in either file, and no worker starts: other weights find other names."""
    changed = bytearray(weights(reader).read_bytes())
    changed[-1] ^= 1
    path = tmp_path / "changed.bin"
    path.write_bytes(changed)

    with pytest.raises(RedactionError, match="not the pinned ones"):
        load_reader(spacy.blank("en"), reader, path, WEIGHTS_SHA256[reader])


def test_missing_weights_stop_the_start(tmp_path: Path) -> None:
    """There is no silent fallback to the published model alone."""
    with pytest.raises(RedactionError, match="cannot be read"):
        load_reader(spacy.blank("en"), Reader.FLAT, tmp_path / "none.bin", "")


def test_a_format_of_another_version_is_refused(tmp_path: Path) -> None:
    """Weights of a later layout are not read as if they were of this one."""
    path = tmp_path / "later.bin"
    later = weights(Reader.CASED).read_bytes().replace(b"case-ner/1", b"case-ner/2", 1)
    path.write_bytes(later)
    pinned = hashlib.sha256(later).hexdigest()

    with pytest.raises(RedactionError, match="not the pinned ones"):
        load_reader(spacy.blank("en"), Reader.CASED, path, pinned)


def test_the_weights_are_small_enough_to_ship() -> None:
    """The package carries its model, both readers of it; nothing is fetched."""
    assert sum(weights(reader).stat().st_size for reader in Reader) < MOST_SHIPPED


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


def test_small_letters_and_capitals_are_read_alike() -> None:
    """A note typed in capitals hides nobody whom the same note in small letters gives away."""
    words = lexicon()
    texts = [note.text for note in evaluation_notes(11, 60) if note.text.isascii()]

    assert len(texts) > 50
    for text in texts:
        assert flat_form(text.upper(), words) == flat_form(text.lower(), words)


def test_a_word_that_is_a_name_as_well_is_shown_apart() -> None:
    """Where capitals say nothing, the model is told what the lists know of each word."""
    shown = flat_form("HOPE RANG XIMENA'S MOTHER ABOUT THE WINTERS", lexicon())

    assert shown == "HOpe rang Ximena's mother about the WInters"


@given(st.text())
def test_what_is_shown_to_the_model_keeps_every_place(text: str) -> None:
    """A name is removed where it stands: no letter is lost or added before the model reads."""
    shown = flat_form(text, lexicon())

    assert len(shown) == len(text)
    assert [one for one in shown if not one.isalnum()] == [one for one in text if not one.isalnum()]


def test_a_text_without_capitals_is_read_by_the_reader_taught_on_such() -> None:
    """The other reader would take a name in small letters for the word that it also is."""
    engine, words = OfflineNlpEngine(), lexicon()
    texts = [note.text.lower() for note in evaluation_notes(13, 60)]
    small = [text for text in texts if not list(around_homes(text))]
    mixed = "Ivy Chalk rang. Ivy was upset."

    read = [engine.read(_page(text)).named for text in (*small, mixed)]

    flat = [named_by(engine.nlp, flat_form(text, words), Reader.FLAT) for text in small]
    assert read == [*flat, named_by(engine.nlp, mixed, Reader.CASED)]
    assert sum(map(len, flat)) > 100


@pytest.mark.parametrize("change", [str.lower, str.upper])
@pytest.mark.parametrize(
    ("text", "refuge"),
    [
        ("Taxi to Larkrise House arranged, refuge staff aware.", "Larkrise House"),
        ("Safe house is Stepping Stones House near the canal.", "Stepping Stones House"),
    ],
    ids=["arranged", "near the canal"],
)
def test_a_refuge_without_capitals_is_read_for_twice(
    detector: Detector, text: str, refuge: str, change: Callable[[str], str]
) -> None:
    """What costs most when it is given away is looked for with both readers."""
    assert not missed(detector, change(text), change(refuge))


@given(st.lists(st.sampled_from(["refuge", "HOUSE", "rehoused", "a", "sofa.", "\n", "caf\u00e9"])))
def test_a_stretch_that_is_read_twice_is_where_it_is_said_to_be(words: list[str]) -> None:
    """An address found in a piece is removed at its place in the whole text."""
    text = " ".join(words)
    pieces = list(around_homes(text))

    assert all(text[start : start + len(piece)] == piece for start, piece in pieces)
    assert bool(pieces) == bool({"refuge", "HOUSE"} & set(words))


def _page(text: str) -> Page:
    return Page(text=text, lexicon=lexicon(), matcher=PartyMatcher((), lexicon()))


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
