"""Applies decisions to a text with Presidio's anonymizer, on spans that no longer overlap.

The result is a fresh text. Presidio merges and reorders spans of its own accord, so each span goes
in under a name of its own, and what comes out is checked against what went in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from broker.domain.errors import RedactionError
from redaction.anonymise import anonymised
from redaction.generalise import generalise
from redaction.neutral import marker, neutral_word
from redaction.profiles import Action, Profile
from redaction.propagate import plain_name
from redaction.pseudonyms import Pseudonyms
from redaction.resolve import Span
from redaction.unremarkable import Plain, unremarkable


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
    gone = [span for span in spans if span.cell.action is not Action.KEEP]
    decided = [_decided(span, text, profile, naming) for span in gone]
    if profile.silent:
        decided = unremarkable(text, decided)
    return tuple(
        Change(
            span=replace(span, start=one.start, end=one.end),
            replacement=one.word,
            original=text[one.start : one.end],
        )
        for span, one in zip(gone, decided, strict=True)
    )


def _decided(span: Span, text: str, profile: Profile, naming: Naming) -> Plain:
    """Return the token, the coarser value or the word for one span."""
    label, original = span.finding.label, text[span.start : span.end]
    fixed = _fixed(span, original, naming)
    word = fixed or (
        neutral_word(label, original) if profile.silent else marker(label, span.cell.reason)
    )
    return Plain(start=span.start, end=span.end, label=label, word=word, fixed=fixed is not None)


def _fixed(span: Span, original: str, naming: Naming) -> str | None:
    """Return what the action asks for; a name that several people share is nobody's token."""
    if span.cell.action is Action.GENERALISE:
        return generalise(span.finding.label, original)
    if span.cell.action is Action.PSEUDONYM and len(span.finding.people) <= 1:
        return naming.pseudonyms.token(span.finding.label, naming.identity(span, original))
    return None


def apply(text: str, made: Sequence[Change]) -> str:
    """Return the text with every change made.

    Raises:
        RedactionError: the anonymizer did not make exactly these changes.

    """
    if not made:
        return text
    result = anonymised(text, [(one.span.start, one.span.end, one.replacement) for one in made])
    if result != _expected(text, made):
        raise RedactionError("The anonymizer changed other ranges; nothing of this may leave.")
    return result


def _expected(text: str, made: Sequence[Change]) -> str:
    """Build the same text by slicing: two ways that must agree."""
    parts, position = [], 0
    for one in made:
        parts += [text[position : one.span.start], one.replacement]
        position = one.span.end
    return "".join([*parts, text[position:]])
