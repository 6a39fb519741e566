"""The domain model learns from invented notes, and is measured on others."""

import hashlib
import json
import re
from itertools import islice
from pathlib import Path
from random import Random

import pytest
import yaml

import redaction.training
from redaction.model.flat import ALSO_NAMES
from redaction.model.own import Reader
from redaction.training.clauses import clauses, grown
from redaction.training.generate import evaluation_notes, training_notes
from redaction.training.measure import leaks, measure
from redaction.training.names import LEARNED, LEARNED_FLAT, NameBook
from redaction.training.note import Edit, Marked, Note, edited
from redaction.training.places import PlaceBook
from redaction.training.templates import (
    Template,
    evaluation_templates,
    flat_templates,
    training_templates,
)
from redaction.training.train import learned

_ROOM = Path(redaction.training.__file__).parent
_LEARNED = {
    Reader.CASED: "7a8c9761077006499261ae4cb373efd257aadc4dc2c854f5ee8dbd1e3417de76",
    Reader.FLAT: "4cfa4faa2d09ab1998ce26a3236a4f329bcde7453b10088a592afb4a20f5a52b",
}
"""SHA-256 of the first 200 notes as they were shown to the weights that are shipped."""
_LISTS = "4af2f5eb05978c017eebacfea851cd563d50b54eaca6f9f122ab71d2019e8fe1"
"""SHA-256 of every list and template that training reads, the evaluation's apart."""
_FEWEST_WORDS = 3
"""A skeleton of fewer words (`DASH done`) is a phrase that every note has, not a sentence."""
_GROWN_ON = frozenset("sSfF")
"""What notes write onto a name or an age: `at Jos`, `60F`."""
_NAMED_LISTS = (
    "towns", "areas", "street-names", "bare-streets", "houses", "nurseries", "saints", "pubs",
    "worships", "pharmacies", "employers", "made-employers", "refuge-names",
)  # fmt: skip


def _skeletons(templates: tuple[Template, ...]) -> frozenset[str]:
    every = frozenset[str]().union(*(one.skeletons() for one in templates))
    return frozenset(one for one in every if len(one.split()) >= _FEWEST_WORDS)


def test_there_are_enough_templates() -> None:
    """At least 150 kinds of note over all agencies, and fifty more to be measured on."""
    assert len(training_templates()) >= 150
    assert len({one.agency for one in training_templates()}) >= 25
    assert len(evaluation_templates()) >= 45


def test_no_sentence_is_both_learned_and_measured() -> None:
    """The evaluation's templates share no sentence with those the model learned from."""
    assert not _skeletons(flat_templates()) & _skeletons(evaluation_templates())


@pytest.mark.parametrize("flat", [False, True])
def test_clauses_name_only_what_is_there(flat: bool) -> None:  # noqa: FBT001
    """Every part of a clause is defined, and every part that is defined can be reached."""
    known = clauses(flat=flat)
    used = {name for some in known.values() for one in some for name in re.findall(r"\$(\w+)", one)}

    assert used | {"note"} == known.keys()


def test_what_is_grown_is_no_sentence_of_the_evaluation() -> None:
    """Thousands of sentences grown from clauses share none with those that are measured on."""
    rng = Random(1)  # seeded on purpose
    several = tuple(grown(rng, flat=turn % 2 == 0) for turn in range(4_000))

    assert len(_skeletons(several)) > 4_000
    assert not _skeletons(several) & _skeletons(evaluation_templates())


def test_no_name_is_both_learned_and_measured() -> None:
    """The evaluation's names are names that training never saw, from the same origins."""
    learned = NameBook(LEARNED, LEARNED_FLAT)
    measured = NameBook(_ROOM / "evaluation" / "names.yaml")

    assert not learned.every() & measured.every()
    assert learned.origins == measured.origins
    assert len(learned.origins) >= 12


@pytest.mark.parametrize("kind", _NAMED_LISTS)
def test_no_place_is_both_learned_and_measured(kind: str) -> None:
    """Nor are the words that places are named from."""
    assert not PlaceBook().every(kind) & PlaceBook(_ROOM / "evaluation" / "places.yaml").every(kind)


def test_every_list_of_places_is_compared() -> None:
    """A list added later is compared too, unless it holds kinds of places only."""
    stored = yaml.safe_load((_ROOM / "places.yaml").read_text("utf-8"))
    kinds = {name for name in stored if name.endswith("kinds")}

    assert stored.keys() - kinds - {"surgeries", "hospitals", "landmarks"} == {*_NAMED_LISTS}


def test_labels_lie_exactly_on_what_they_name() -> None:
    """In every style each span starts and ends with a letter, a digit or a handle's sign."""
    notes = [*islice(training_notes(5, ["lamp", "quiet"]), 300), *evaluation_notes(5, 200)]
    spans = [(note.text, one) for note in notes for one in note.spans]

    assert len(spans) > 2000
    assert not [text for text, one in spans if text[one.start : one.end].strip() == ""]
    assert not [text for text, one in spans if not _whole(text, one)]


def _whole(text: str, one: Marked) -> bool:
    """Whether a span neither starts nor ends inside a word."""
    before, after = text[max(0, one.start - 1) : one.start], text[one.end : one.end + 1]
    inside = text[one.start : one.end]
    return not (before.isalnum() and inside[0].isalnum()) and not (
        after.isalnum() and inside[-1].isalnum() and after not in _GROWN_ON
    )


def test_the_same_seed_writes_the_same_notes() -> None:
    """Anybody can make the same training notes again."""
    assert [*islice(training_notes(3, ["lamp"]), 50)] == [*islice(training_notes(3, ["lamp"]), 50)]
    assert evaluation_notes(3, 50) != evaluation_notes(4, 50)


def test_an_edit_moves_the_spans_behind_it() -> None:
    """A slip of the keyboard before and inside a name leaves its label on the name."""
    note = Note(
        agency="police",
        style="as_is",
        text="saw Mara by Jo",
        spans=(
            Marked(start=4, end=8, label="PERSON"),
            Marked(start=12, end=14, label="PERSON"),
        ),
    )

    changed = edited(note, [Edit(start=6, end=7, text="rr"), Edit(start=0, end=3, text="met")])

    assert changed.text == "met Marra by Jo"
    assert [changed.text[one.start : one.end] for one in changed.spans] == ["Marra", "Jo"]


def test_half_a_name_removed_is_a_leak() -> None:
    """Measuring is strict: one letter left of a neighbour's name counts as the whole name."""
    (note, *_) = [one for one in evaluation_notes(7, 20) if leaks(one, [])]
    name = leaks(note, [])[0]
    every = [(one.start, one.end) for one in note.spans]
    short = [(a, b - 1) if (a, b) == (name.start, name.end) else (a, b) for a, b in every]

    assert leaks(note, every) == []
    assert leaks(note, short) == [name]
    assert measure([note], [every]).clean == 1
    assert measure([note], [short]).clean == 0


@pytest.mark.parametrize("reader", list(Reader))
def test_each_reader_learns_today_what_it_learned_when_it_was_trained(reader: Reader) -> None:
    """Whatever the product's word lists become, `make model` starts from the same notes."""
    several = [
        (shown, [(one.start, one.end, one.label) for one in note.spans])
        for shown, note in islice(learned(reader), 200)
    ]

    assert hashlib.sha256(json.dumps(several).encode()).hexdigest() == _LEARNED[reader]


def test_the_lists_behind_the_weights_are_as_they_were() -> None:
    """A word added to a list that only the four hundredth note draws from is noticed as well."""
    digest = hashlib.sha256(ALSO_NAMES.read_bytes())
    for path in sorted(_ROOM.rglob("*.txt")) + sorted(_ROOM.rglob("*.yaml")):
        if "evaluation" not in path.parts:
            digest.update(path.read_bytes())

    assert digest.hexdigest() == _LISTS
