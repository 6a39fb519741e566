"""Our own model: a small NER for case notes, trained by `make model` from invented notes only.

DO NOT REORDER the labels or change the layers without training anew: the weights lie beside this
file and fit exactly this shape. They are pinned by their hash; others stop the process.
"""

import hashlib
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.pipeline.ner import EntityRecognizer
from thinc.api import Model

from broker.domain.errors import RedactionError

COMPONENT = "case_ner"
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
WEIGHTS = Path(__file__).parent / "case_ner.bin"
WEIGHTS_SHA256 = "51a6d30342274de141b1a7529428fe114f5d28887652df3e971eece7a415d65e"
"""SHA-256 of the weights that this version was measured with; `make model` prints the new one."""
WARINESS = 1.0
WARINESS_WITHOUT_CAPITALS = 1.5
"""What is taken from the score of `this word is nobody` before the best score wins.

A name left costs a person, a word too many costs a reader; measured on the evaluation's notes.
"""
_NOBODY = "nobody"
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


def add_component(nlp: Language) -> EntityRecognizer:
    """Add our component, empty and without labels, to a loaded model."""
    component: EntityRecognizer = nlp.add_pipe("ner", name=COMPONENT, config={"model": _SHAPE})
    return component


def load_own(nlp: Language, path: Path = WEIGHTS, expected: str = WEIGHTS_SHA256) -> None:
    """Add our component with its weights.

    Raises:
        RedactionError: the weights are missing or not the pinned ones.

    """
    stored = _read(path)
    if hashlib.sha256(stored).hexdigest() != expected or not stored.startswith(_VERSION):
        raise RedactionError(
            "Reinstall marac-broker: the weights of its domain model are not the pinned ones."
        )
    component = add_component(nlp).from_bytes(stored[len(_VERSION) :], exclude=["vocab"])
    _remember_reluctance(component)


def stored_form(component: EntityRecognizer) -> bytes:
    """Return a trained component as the file holds it."""
    return _VERSION + bytes(component.to_bytes(exclude=["vocab"]))


def named_by(nlp: Language, text: str, *, capitals: bool) -> list[tuple[int, int, str]]:
    """Return what our component finds in a text: start, end and label.

    `capitals` says whether capital letters told anything in the original; without them the
    component has less to go by, and is made to call more words names.
    """
    component = nlp.get_pipe(COMPONENT)
    _make_wary(component, WARINESS if capitals else WARINESS_WITHOUT_CAPITALS)
    doc = component(nlp.make_doc(text))
    return [(one.start_char, one.end_char, one.label_) for one in doc.ents]


def _remember_reluctance(component: EntityRecognizer) -> None:
    """Keep where the score of `this word is nobody` is, and how high training set it."""
    moves, model = component.moves, _model(component)
    place = next(at for at in range(moves.n_moves) if moves.get_class_name(at) == "O")
    model.attrs[_NOBODY] = (place, float(model.get_ref("upper").get_param("b")[place]))


def _make_wary(component: EntityRecognizer, by: float) -> None:
    """Take so much from the score of `this word is nobody`."""
    model = _model(component)
    place, trained = model.attrs[_NOBODY]
    model.get_ref("upper").get_param("b")[place] = trained - by


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
