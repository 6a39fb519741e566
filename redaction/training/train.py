"""Trains the domain model: a small NER that learns from invented notes only.

It starts from the published model's word features, because newspapers know more words than our
templates do, and learns each note in a spelling that a worker may show it: as a newspaper would
print it, or in small letters. One seed gives one result on one machine.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import Any

from spacy.language import Language
from spacy.pipeline.ner import EntityRecognizer
from spacy.training import Example
from thinc.api import Adam, Model, fix_random_seed
from thinc.optimizers import Optimizer
from thinc.schedules import warmup_linear

from redaction.model.base import dictionary, load_model, words_by_kind
from redaction.model.flat import also_names, flat_form
from redaction.model.own import LABELS, Reader, add_component
from redaction.training.frozen.shown import folded, lowered, recased
from redaction.training.frozen.words import FrozenWords, frozen_words
from redaction.training.generate import flat_training_notes, training_notes
from redaction.training.note import Note

SEED = 20_261
NOTES = 80_000
"""Notes, each seen once."""
_BATCH = 64
_SAMPLE = 200
"""Notes that the layers' sizes are taken from."""
_DROPOUT = 0.15
_LEARNING_RATE = 0.002
_WARM_UP = 100
_REPORT = 20
"""Batches between two lines of progress."""

Say = Callable[[str], None]


def trained(say: Say, reader: Reader, notes: int = NOTES, seed: int = SEED) -> EntityRecognizer:
    """Return one reader's component, trained on that many notes."""
    fix_random_seed(seed)
    nlp = load_model()
    features = _model(nlp.get_pipe("ner")).get_ref("tok2vec").to_bytes()
    nlp.remove_pipe("ner")
    component = add_component(nlp, reader)
    for label in LABELS:
        component.add_label(label)
    examples = (_example(nlp, *one) for one in learned(reader, seed))
    sample = list(islice(examples, _SAMPLE))
    component.initialize(lambda: sample, nlp=nlp)
    component.model.get_ref("tok2vec").from_bytes(features)
    batches = max(1, notes // _BATCH)
    rates = list(islice(warmup_linear(_LEARNING_RATE, _WARM_UP, batches), batches + 1))
    optimizer = Adam(rates, L2=0.01, use_averages=True)
    _learn(nlp, optimizer, examples, batches, say)
    with component.model.use_params(optimizer.averages):
        averaged = component.model.to_bytes()
    component.model.from_bytes(averaged)
    return component


def _model(component: Any) -> Model[Any, Any]:  # noqa: ANN401  # spaCy calls every pipe a callable
    model: Model[Any, Any] = component.model
    return model


def _learn(
    nlp: Language, optimizer: Optimizer, examples: Iterator[Example], batches: int, say: Say
) -> None:
    lost: dict[str, float] = {}
    for number in range(1, batches + 1):
        nlp.update(list(islice(examples, _BATCH)), sgd=optimizer, drop=_DROPOUT, losses=lost)
        optimizer.step_schedules()  # type: ignore[no-untyped-call]  # thinc annotates in part
        if number % _REPORT == 0 or number == batches:
            say(f"batch {number} of {batches}, loss {sum(lost.values()) / _REPORT:.0f}")
            lost.clear()


def learned(reader: Reader, seed: int = SEED) -> Iterator[tuple[str, Note]]:
    """Yield what a reader learns from, without end: each text as it is shown, and its note."""
    rng = Random(seed)  # noqa: S311  # seeded on purpose
    words = frozen_words()
    plain = sorted(filter(_everyday, dictionary()))
    flat = reader is Reader.FLAT
    notes = flat_training_notes(seed, plain, _kinds(words)) if flat else training_notes(seed, plain)
    for note in notes:
        text = folded(note.text)
        if text is not None and flat:
            yield flat_form(text, words), note
        elif text is not None:
            shown = recased(text, words) if rng.random() < _RECASED else lowered(text)
            yield shown, note


_RECASED = 0.8
"""Share of notes learned as a worker shows them; the rest keep what small letters they have."""
_LONGEST_EVERYDAY = 9
"""Letters of a word that may be a name or a strange word; longer ones are terms of a trade."""


_COMMON = 3
"""How many times as likely a word of several kinds is: common words are of several."""


def _kinds(words: FrozenWords) -> dict[str, list[str]]:
    """Return words by kind for sentences; a name is among them only if it is a verb as well."""
    kinds = {kind: set(filter(_everyday, some)) for kind, some in words_by_kind().items()}
    doing = kinds["verb"] | kinds["adj"]
    named = {one for one in kinds["noun"] if words.may_be_name(one)} | also_names() | words.surnames
    common = {
        "noun": kinds["noun"] & doing,
        "verb": kinds["verb"] & kinds["noun"],
        "adj": kinds["adj"] & (kinds["noun"] | kinds["verb"]),
    }
    found = {}
    for kind, every in kinds.items():
        usual = sorted(common.get(kind, ()))
        rare = sorted(every - named - set(usual))
        times = _COMMON * len(rare) // (2 * len(usual)) if usual else 0
        found[kind] = usual * times + rare
    found["past"] = [one for one in found["past"] if not one.endswith("ing")]
    return found


def _example(nlp: Language, text: str, note: Note) -> Example:
    doc, reference = nlp.make_doc(text), nlp.make_doc(text)
    spans = [
        reference.char_span(one.start, one.end, label=one.label, alignment_mode="expand")
        for one in note.spans
        if one.label in LABELS
    ]
    taken: set[int] = set()
    kept = []
    for span in filter(None, spans):
        if taken.isdisjoint(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            kept.append(span)
    reference.set_ents(kept)
    return Example(doc, reference)


def _everyday(word: str) -> bool:
    return word.isalpha() and word.isascii() and len(word) <= _LONGEST_EVERYDAY
