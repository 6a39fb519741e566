"""Everything that finds something: rules for UK identifiers, places, people, and the model's net."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from redaction.findings import Finding
from redaction.page import Page
from redaction.recognisers.addresses import find_addresses
from redaction.recognisers.ages import find_ages
from redaction.recognisers.cues import find_cued_names
from redaction.recognisers.dates import find_dates
from redaction.recognisers.identifiers import find_identifiers
from redaction.recognisers.model_names import find_model_names
from redaction.recognisers.phones import find_phones
from redaction.recognisers.places import find_places
from redaction.recognisers.unknown_words import find_unknown_words
from redaction.recognisers.vocabulary import find_vocabulary

Named = list[tuple[int, int, str]]
Find = Callable[[Page, Named], Iterable[Finding]]


def _find_parties(page: Page, _: Named) -> Iterable[Finding]:
    return page.matcher.find(page)


RECOGNISERS: Mapping[str, Find] = MappingProxyType(
    {
        "party": _find_parties,
        "identifier": find_identifiers,
        "phone": find_phones,
        "date": find_dates,
        "age": find_ages,
        "address": find_addresses,
        "place": find_places,
        "vocabulary": find_vocabulary,
        "cue": find_cued_names,
        "model": find_model_names,
        "unknown-word": find_unknown_words,
    }
)


class RuleRecogniser(EntityRecognizer):  # type: ignore[misc]  # Presidio is untyped
    """One of our rules, as Presidio wants it."""

    def __init__(self, name: str, find: Find) -> None:
        """Register under the rule's name; no `entities=` filter is ever used."""
        self._find = find
        super().__init__(supported_entities=[name], name=name, supported_language="en")

    def load(self) -> None:
        """Do nothing: rules are compiled on import."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts
    ) -> list[RecognizerResult]:
        """Return one result per finding; the type is unique, so that Presidio merges nothing."""
        return [
            RecognizerResult(
                entity_type=f"{self.name}/{position}",
                start=one.start,
                end=one.end,
                score=1.0,
                recognition_metadata={
                    "finding": one,
                    RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
                    RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
                },
            )
            for position, one in enumerate(self._find(nlp_artifacts.page, nlp_artifacts.named))
        ]
