# ruff: noqa: ARG002  # the signatures are Presidio's
"""Our own Presidio: its engine with our model and our recognisers, and without its surprises.

As shipped, Presidio goes to the network (its e-mail recogniser fetches a suffix list), carries on
after a time-out with the text unredacted, and can log what it matched. Here a warning is a
failure, nothing is fetched, and nothing is logged.
"""

import logging
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Self

import tldextract
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
)

from broker.domain.errors import RedactionError
from redaction.findings import Finding
from redaction.institutions import unofficial
from redaction.labels import Label
from redaction.model.base import load_vocabulary
from redaction.model.flat import flat_form
from redaction.model.homes import around_homes
from redaction.model.own import LABELS, Reader, load_own, named_by
from redaction.page import Page
from redaction.recognisers import LANGUAGE, RECOGNISERS, Reading, RuleRecogniser
from redaction.style import Style, style_of
from redaction.unread import UnreadError, Why

_BUILT_IN = {
    "EMAIL_ADDRESS": Label.EMAIL,
    "IP_ADDRESS": Label.ID_OTHER,
    "IBAN_CODE": Label.BANK,
    "CREDIT_CARD": Label.BANK,
}
_DOTS, _COLONS = re.compile(r"\.\d{1,3}\."), re.compile(":[0-9A-Fa-f]{0,4}:")
_LOUD = ("presidio-analyzer", "presidio-anonymizer", "tldextract", "spacy", "filelock")


class OfflineNlpEngine(NlpEngine):
    """Our own model over the pinned one's vocabulary; frees its strings after every text."""

    def __init__(self) -> None:
        """Load and check the model at once: a worker that cannot, must not start."""
        self.nlp = load_vocabulary()
        load_own(self.nlp)

    def load(self) -> None:
        """Do nothing: it was loaded in the constructor."""

    def is_loaded(self) -> bool:
        """Say yes."""
        return True

    def read(self, page: Page) -> Reading:
        """Run the model over a page; strings it learns are forgotten (spaCy memory zone)."""
        with self.nlp.memory_zone():
            if style_of(page.text) is Style.MIXED:
                named = named_by(self.nlp, page.recased, Reader.CASED)
            else:
                shown = flat_form(page.text, page.lexicon)
                named = named_by(self.nlp, shown, Reader.FLAT) + self._homes(page.recased)
        return Reading(page, named)

    def _homes(self, recased: str) -> list[tuple[int, int, str]]:
        """Return what the other reader finds beside the words of living somewhere, but people."""
        return [
            (first + start, first + end, label)
            for first, piece in around_homes(recased)
            for start, end, label in named_by(self.nlp, piece, Reader.CASED)
            if label != Label.PERSON
        ]

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Refuse: a text without its page would be read without the people of the case."""
        raise RedactionError("Read the page first and hand its artifacts to the analyzer.")

    def process_batch(
        self,
        texts: Iterable[str],
        language: str,
        batch_size: int = 1,
        n_process: int = 1,
        **_: object,
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Refuse, like process_text."""
        raise RedactionError("Read one page at a time.")

    def is_stopword(self, word: str, language: str) -> bool:
        """Answer from spaCy's list."""
        return bool(self.nlp.vocab[word].is_stop)

    def is_punct(self, word: str, language: str) -> bool:
        """Answer from spaCy's tables."""
        return bool(self.nlp.vocab[word].is_punct)

    def get_supported_entities(self) -> list[str]:
        """Name the labels of the model's NER."""
        return list(LABELS)

    def get_supported_languages(self) -> list[str]:
        """Name the one language."""
        return [LANGUAGE]


class _NumericIp(IpRecognizer):
    """Presidio's, on texts that have what every address has: its five patterns are slow."""

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,
        regex_flags: int | None = None,
    ) -> list[RecognizerResult]:
        if _DOTS.search(text) is None and _COLONS.search(text) is None:
            return []
        return list(super().analyze(text, entities, nlp_artifacts, regex_flags))


class _NoEnhancement(ContextAwareEnhancer):
    """Our rules look at their own context; scores decide nothing here."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, 0, 0)

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        return raw_results


class Engine:
    """Finds everything that any recogniser knows, on one page at a time. Not thread-safe."""

    def __init__(self, model: OfflineNlpEngine | None = None) -> None:
        """Build the analyzer with our registry and model; about 2 s and 200 MB."""
        silence()
        self._model = model or OfflineNlpEngine()
        registry = RecognizerRegistry(supported_languages=[LANGUAGE])
        for name, find in RECOGNISERS.items():
            registry.add_recognizer(RuleRecogniser(name, find))
        for built_in in (EmailRecognizer, _NumericIp, IbanRecognizer, CreditCardRecognizer):
            registry.add_recognizer(built_in())
        self._analyzer = AnalyzerEngine(
            registry=registry,
            nlp_engine=self._model,
            supported_languages=[LANGUAGE],
            context_aware_enhancer=_NoEnhancement(),
            log_decision_process=False,
        )

    def find(self, page: Page) -> list[Finding]:
        """Return every finding on the page, in order, overlaps included.

        Raises:
            UnreadError: Presidio warned; it does so where it then carries on unredacted.

        """
        with warnings.catch_warnings(record=True) as caught, _Listening() as heard:
            warnings.simplefilter("always")
            results = self._analyzer.analyze(
                text=page.text,
                language=LANGUAGE,
                score_threshold=0.0,  # Ours are all certain; the default is looked up for each.
                nlp_artifacts=self._model.read(page),
            )
        if caught or heard.records:
            message = "The redaction engine warned; nothing of this record may leave."
            raise UnreadError(message, Why.WARNED)
        found = unofficial(page, map(_finding, results))
        return sorted(found, key=lambda one: (one.start, one.end))


class _Listening(logging.Handler):
    """Counts what Presidio would have warned about; keeps no text."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records = 0

    def emit(self, _: logging.LogRecord) -> None:
        self.records += 1

    def __enter__(self) -> Self:
        for name in _LOUD:
            logging.getLogger(name).addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        for name in _LOUD:
            logging.getLogger(name).removeHandler(self)


def silence() -> None:
    """Keep other people's loggers away from every handler, and tldextract off the network."""
    offline = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.extract = offline  # type: ignore[assignment]  # a bound method either way
    for name in _LOUD:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.addHandler(logging.NullHandler())
        logger.setLevel(logging.WARNING)
        logger.propagate = False


def _finding(result: RecognizerResult) -> Finding:
    if result.entity_type in _BUILT_IN:
        label, recogniser = _BUILT_IN[result.entity_type], "presidio"
        return Finding(start=result.start, end=result.end, label=label, recogniser=recogniser)
    found: Finding = result.recognition_metadata["finding"]
    return found
