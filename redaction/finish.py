"""After detection: resolve, apply and lay out for the verifier, one text at a time.

Both doors come through here: a record of the pipeline, and a note of the command line.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from broker.domain.record import MAX_TEXT_CHARACTERS
from redaction.apply import Change, Naming, apply, changes
from redaction.findings import Finding
from redaction.labels import Label
from redaction.minimise import Unit
from redaction.profiles import Action, Profile
from redaction.propagate import stranger_keys
from redaction.pseudonyms import Pseudonyms
from redaction.resolve import Span, resolve
from redaction.unread import UnreadError, Why
from redaction.verify import Output

_ALLOWED_CONTROLS = frozenset("\n\t\r")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One text after its profile was applied; `unread` says why there is nothing of it."""

    unit: Unit
    profile: Profile
    text: str = field(repr=False)
    made: tuple[Change, ...] = field(repr=False)
    kept: tuple[str, ...] = field(repr=False)
    unread: str = ""

    def output(self) -> Output:
        """Return it as the verifier reads it."""
        place = "text" if self.unit.field_name is None else "field"
        where = f"item {self.unit.item} {place}"
        return Output(where=where, text=self.text, profile=self.profile, kept=self.kept)


def naming_of(key: bytes, units: Iterable[Unit], found: Iterable[tuple[Finding, ...]]) -> Naming:
    """Return who is who in one disclosure, under its pseudonym key."""
    strangers = [
        (unit.text, one)
        for unit, findings in zip(units, found, strict=True)
        for one in findings
        if one.label is Label.PERSON and not one.people
    ]
    return Naming(pseudonyms=Pseudonyms(key), strangers=stranger_keys(strangers))


def not_read(unit: Unit, why: Why, profile: Profile) -> Done:
    """Return what there is of a text that could not be read: nothing, and why."""
    return Done(unit=unit, profile=profile, text="", made=(), kept=(), unread=why)


def finish(unit: Unit, found: Sequence[Finding], profile: Profile, naming: Naming) -> Done:
    """Apply the profile to one text."""
    spans = resolve(unit.text, found, profile)
    made = changes(unit.text, spans, profile, naming)
    return Done(
        unit=unit,
        profile=profile,
        text=apply(unit.text, made),
        made=made,
        kept=_kept(unit.text, spans, made),
    )


def _kept(text: str, spans: Sequence[Span], made: Sequence[Change]) -> tuple[str, ...]:
    """Return what stays on purpose, so that the verifier can tell it from what slipped through."""
    stays = [text[s.start : s.end] for s in spans if s.cell.action is Action.KEEP]
    return (*stays, *(one.replacement for one in made))


def check_text(text: str) -> None:
    """Refuse what detection cannot be trusted with.

    Raises:
        UnreadError: too long, or with control characters other than line ends and tabs.

    """
    if len(text) > MAX_TEXT_CHARACTERS:
        message = f"Split the entry: its text is over {MAX_TEXT_CHARACTERS} characters."
        raise UnreadError(message, Why.OVER_CAP)
    if not text.isprintable() and any(map(_refused, text)):
        message = "Remove the control characters from the entry at its source."
        raise UnreadError(message, Why.CONTROL_CHARACTERS)


def _refused(character: str) -> bool:
    category = unicodedata.category(character)
    return category in _REFUSED_CATEGORIES and character not in _ALLOWED_CONTROLS
