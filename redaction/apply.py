"""Applies decisions to a text with Presidio's anonymizer, on spans that no longer overlap.

The result is a fresh text. Presidio merges and reorders spans of its own accord, so each span goes
in under a name of its own, and what comes out is checked against what went in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig, RecognizerResult

from broker.domain.errors import RedactionError
from redaction.generalise import generalise
from redaction.labels import Label
from redaction.profiles import Action, Profile
from redaction.propagate import plain_name
from redaction.pseudonyms import Pseudonyms
from redaction.resolve import Span

_SILENT = {Label.PERSON: "someone", Label.DATE: "then"}
_SILENT_PLACE = "a place"
_PLACES = frozenset(
    {Label.ADDRESS, Label.SAFE_LOCATION, Label.LOCATION, Label.SCHOOL, Label.WORKPLACE, Label.ORG}
)
_AFTER_GAP = frozenset(" \n.,;:!?)")
_ENGINE = AnonymizerEngine()  # type: ignore[no-untyped-call]  # Presidio annotates in part


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One span that does not stay, and what stands in its place."""

    span: Span
    replacement: str
    original: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Who is who in one disclosure: its tokens, and the full names behind strangers' parts."""

    pseudonyms: Pseudonyms = field(repr=False)
    strangers: dict[str, str] = field(repr=False)

    def identity(self, span: Span, text: str) -> str:
        """Return what makes two mentions the same: the person of the case, or the name."""
        if span.finding.people:
            return "case/" + "/".join(map(str, span.finding.people))
        name = plain_name(text)
        return "stranger/" + self.strangers.get(name, name)


def changes(
    text: str, spans: Sequence[Span], profile: Profile, naming: Naming
) -> tuple[Change, ...]:
    """Return what each span that does not stay becomes."""
    made: list[Change] = []
    for span in spans:
        if span.cell.action is not Action.KEEP:
            original = text[span.start : span.end]
            replacement = _replacement(span, original, profile, naming)
            whole = span if replacement else _with_blank(text, span, made)
            made.append(
                Change(span=whole, replacement=replacement, original=text[whole.start : whole.end])
            )
    return tuple(made)


def _with_blank(text: str, span: Span, made: Sequence[Change]) -> Span:
    """Take the blank before a removal that leaves nothing: two blanks in a row would show it."""
    before = span.start - 1
    free = before >= (made[-1].span.end if made else 0)
    ends = span.end == len(text) or text[span.end] in _AFTER_GAP
    return replace(span, start=before) if free and ends and text[before] == " " else span


def _replacement(span: Span, original: str, profile: Profile, naming: Naming) -> str:
    label = span.finding.label
    if span.cell.action is Action.GENERALISE:
        coarser = generalise(label, original)
        if coarser is not None:
            return coarser
    if span.cell.action is Action.PSEUDONYM:
        return naming.pseudonyms.token(label, naming.identity(span, original))
    if profile.silent:
        return _SILENT_PLACE if label in _PLACES else _SILENT.get(label, "")
    return f"[removed: {span.cell.reason}]"


def apply(text: str, made: Sequence[Change]) -> str:
    """Return the text with every change made.

    Raises:
        RedactionError: the anonymizer did not make exactly these changes.

    """
    if not made:
        return text
    names = [f"CHANGE_{number}" for number in range(len(made))]
    result = _ENGINE.anonymize(
        text=text,
        analyzer_results=[
            RecognizerResult(entity_type=name, start=one.span.start, end=one.span.end, score=1.0)
            for name, one in zip(names, made, strict=True)
        ],
        operators={name: _operator(one) for name, one in zip(names, made, strict=True)},
        merge_entities_with_spaces=False,
    )
    if result.text != _expected(text, made):
        raise RedactionError("The anonymizer changed other ranges; nothing of this may leave.")
    return str(result.text)


def _operator(one: Change) -> OperatorConfig:
    return OperatorConfig("custom", {"lambda": lambda _: one.replacement})


def _expected(text: str, made: Sequence[Change]) -> str:
    """Build the same text by slicing: two ways that must agree."""
    parts, position = [], 0
    for one in made:
        parts += [text[position : one.span.start], one.replacement]
        position = one.span.end
    return "".join([*parts, text[position:]])
