# ruff: noqa: ARG002  # the signatures are Presidio's
"""Everything that finds: rules for UK identifiers, places and people, and the model's net."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import cast

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.tokens import Doc

from broker.domain.errors import RedactionError
from redaction.findings import Finding
from redaction.page import Page
from redaction.recognisers.addresses import find_addresses
from redaction.recognisers.ages import find_ages
from redaction.recognisers.cues import find_cued_names
from redaction.recognisers.dates import find_dates
from redaction.recognisers.doors import find_doors
from redaction.recognisers.homes import find_homes
from redaction.recognisers.identifiers import find_identifiers
from redaction.recognisers.initials import find_initials
from redaction.recognisers.loose_numbers import find_loose_numbers
from redaction.recognisers.model_names import find_model_names
from redaction.recognisers.phones import find_phones
from redaction.recognisers.places import find_places
from redaction.recognisers.short_forms import find_short_forms
from redaction.recognisers.speakers import find_speakers
from redaction.recognisers.unknown_words import find_unknown_words
from redaction.recognisers.vocabulary import find_vocabulary

LANGUAGE = "en"
Named = list[tuple[int, int, str]]
Find = Callable[[Page, Named], Iterable[Finding]]


def _find_parties(page: Page, _: Named) -> Iterable[Finding]:
    return page.matcher.find(page)


RECOGNISERS: Mapping[str, Find] = MappingProxyType(
    {
        "party": _find_parties,
        "identifier": find_identifiers,
        "loose-number": find_loose_numbers,
        "phone": find_phones,
        "date": find_dates,
        "age": find_ages,
        "address": find_addresses,
        "door": find_doors,
        "home": find_homes,
        "place": find_places,
        "vocabulary": find_vocabulary,
        "short-form": find_short_forms,
        "cue": find_cued_names,
        "initials": find_initials,
        "speaker": find_speakers,
        "model": find_model_names,
        "unknown-word": find_unknown_words,
    }
)


class Reading(NlpArtifacts):
    """What Presidio hands to every recogniser: the page and what the model found on it."""

    def __init__(self, page: Page, named: Named) -> None:
        """Keep offsets only: spaCy's own objects die with their memory zone."""
        super().__init__([], cast("Doc", ()), [], [], cast("NlpEngine", None), LANGUAGE)
        self.page = page
        self.named = named


class RuleRecogniser(EntityRecognizer):
    """One of our rules, as Presidio wants it."""

    def __init__(self, rule: str, find: Find) -> None:
        """Register under the rule's name; no `entities=` filter is ever used."""
        self._rule = rule
        self._find = find
        super().__init__(supported_entities=[rule], name=rule, supported_language=LANGUAGE)

    def load(self) -> None:
        """Do nothing: rules are compiled on import."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts
    ) -> list[RecognizerResult]:
        """Return one result per finding; the type is unique, so that Presidio merges nothing."""
        if not isinstance(nlp_artifacts, Reading) or nlp_artifacts.page.text != text:
            raise RedactionError("Read the page first and hand its reading to the analyzer.")
        found = self._find(nlp_artifacts.page, nlp_artifacts.named)
        return [self._result(one, number) for number, one in enumerate(found)]

    def _result(self, one: Finding, number: int) -> RecognizerResult:
        return RecognizerResult(
            entity_type=f"{self._rule}/{number}",
            start=one.start,
            end=one.end,
            score=1.0,
            recognition_metadata={
                "finding": one,
                RecognizerResult.RECOGNIZER_NAME_KEY: self._rule,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            },
        )
