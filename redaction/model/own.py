"""Our own model: a small NER for case notes, trained by `make model` from invented notes only.

DO NOT REORDER the labels or change the layers without training anew: the weights lie beside this
file and fit exactly this shape. They are pinned by their hash; others stop the process.
"""

import hashlib
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spacy.language import Language
from spacy.pipeline.ner import EntityRecognizer
from thinc.api import Model

from broker.domain.errors import RedactionError


class Reader(StrEnum):
    """Which of our two components: one for each kind of text."""

    CASED = "case_ner"
    FLAT = "flat_ner"


LABELS = (
    "PERSON",
    "ADDRESS",
    "LOCATION",
    "SCHOOL",
    "WORKPLACE",
    "ORG",
    "REFUGE",
    "HANDLE",
    "DEMOGRAPHIC",
)
WEIGHTS_SHA256 = MappingProxyType({
    Reader.CASED: "51a6d30342274de141b1a7529428fe114f5d28887652df3e971eece7a415d65e",
    Reader.FLAT: "6e39e5ade8c8b607ead8695b21d44d9c4a0c4e8d9d860eb9dba96cb695b4b0e8",
})  # fmt: skip
"""SHA-256 of the weights that this version was measured with; `make model` prints the new ones."""
WARINESS = MappingProxyType({Reader.CASED: 1.0, Reader.FLAT: 1.6})
"""What is taken from the score of `this word is nobody` before the best score wins.

A name left costs a person, a word too many costs a reader; measured on the evaluation's notes.
"""
_VERSION = b"case-ner/1\n"
_WIDTH, _DEPTH = 96, 4
_SHAPE: dict[str, Any] = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "nO": None,
    "tok2vec": {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": _WIDTH,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "rows": [5000, 1000, 2500, 2500],
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": _WIDTH,
            "depth": _DEPTH,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    },
}
"""The layers of the published model, so that training can start from what its words mean."""


def weights(reader: Reader) -> Path:
    """Return where a reader's weights lie."""
    return Path(__file__).parent / f"{reader}.bin"


def add_component(nlp: Language, reader: Reader) -> EntityRecognizer:
    """Add a reader's component, empty and without labels, to a loaded model."""
    component: EntityRecognizer = nlp.add_pipe("ner", name=str(reader), config={"model": _SHAPE})
    return component


def load_own(nlp: Language) -> None:
    """Add both readers with their weights.

    Raises:
        RedactionError: weights are missing or not the pinned ones.

    """
    for reader in Reader:
        load_reader(nlp, reader, weights(reader), WEIGHTS_SHA256[reader])


def load_reader(nlp: Language, reader: Reader, path: Path, expected: str) -> None:
    """Add one reader's component with the weights at a path.

    Raises:
        RedactionError: the weights are missing or not the expected ones.

    """
    stored = _read(path)
    if hashlib.sha256(stored).hexdigest() != expected or not stored.startswith(_VERSION):
        raise RedactionError(
            "Reinstall marac-broker: the weights of its domain model are not the pinned ones."
        )
    component = add_component(nlp, reader).from_bytes(stored[len(_VERSION) :], exclude=["vocab"])
    _make_wary(component, WARINESS[reader])


def stored_form(component: EntityRecognizer) -> bytes:
    """Return a trained component as the file holds it."""
    return _VERSION + bytes(component.to_bytes(exclude=["vocab"]))


def named_by(nlp: Language, shown: str, reader: Reader) -> list[tuple[int, int, str]]:
    """Return what a reader finds in a text: start, end and label.

    The text is shown as the reader was taught: recased for one, in `flat_form` for the other.
    """
    doc = nlp.get_pipe(str(reader))(nlp.make_doc(shown))
    return [(one.start_char, one.end_char, one.label_) for one in doc.ents]


def _make_wary(component: EntityRecognizer, by: float) -> None:
    """Take so much from the score of `this word is nobody`."""
    moves = component.moves
    place = next(at for at in range(moves.n_moves) if moves.get_class_name(at) == "O")
    biases: Any = _model(component).get_ref("upper").get_param("b")
    biases[place] -= by


def _model(component: Any) -> Model[Any, Any]:  # noqa: ANN401  # spaCy calls every pipe a callable
    model: Model[Any, Any] = component.model
    return model


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RedactionError(
            "Reinstall marac-broker: the weights of its domain model cannot be read."
        ) from error
