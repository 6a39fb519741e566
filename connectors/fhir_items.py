"""Turns FHIR R4 resources into items of our categories. Pure: it reads nothing.

Only what carries a known code is an item at all: a diagnosis that `fhir_codes.csv` does not list
has no category, so no grant can cover it. A resource whose codes fall under several categories
needs all of them granted: an emergency visit in pregnancy says that there is a pregnancy.
"""

import base64
import binascii
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Final

from broker.domain.errors import SourceMismatchError
from broker.domain.ids import Category
from broker.domain.record import RecordItem
from connectors.fhir_documents import is_document

# Do not rename: agencies' integration engines write these into their resources.
RECORD_CATEGORY_SYSTEM: Final = "urn:marac-broker:record-category"
"""Code system of our category words, in a resource's `category`, `type` or `meta.tag`."""
RECORD_FIELD_EXTENSION: Final = "urn:marac-broker:record-field"
"""Extension with the parts `name` and `value`: one field of an item, in the holder's words."""

INJURY: Final = Category("injury-attendance")
MENTAL_HEALTH: Final = Category("mental-health-summary")
SUBSTANCE: Final = Category("substance-misuse")
MATERNITY: Final = Category("maternity")
MEDICATION: Final = Category("medication")

_BREAKS: Final = re.compile(r"\s*[\x00-\x1f\x85\u2028\u2029]\s*")
"""Line ends and other controls inside what we show as one line."""

Json = Mapping[str, object]
Codes = Mapping[tuple[str, str], Category]

_CLASSIFYING: Final = ("category", "type", "class", "code", "reasonCode")
_DATES: Final = {
    "Encounter": ("period.start",),
    "Condition": ("recordedDate", "onsetDateTime", "onsetPeriod.start"),
    "Procedure": ("performedDateTime", "performedPeriod.start"),
    "Observation": ("effectiveDateTime", "effectivePeriod.start", "effectiveInstant"),
    "MedicationRequest": ("authoredOn",),
    "DocumentReference": ("context.period.start", "date"),
}
"""Where each type says when it happened, best first."""
_TITLES: Final = ("description", "medicationCodeableConcept", "code", "type", "class")
_FIELDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "Encounter": (("until", "period.end"),),
    "Condition": (
        ("clinical status", "clinicalStatus"),
        ("resolved", "abatementDateTime"),
    ),
    "Procedure": (("status", "status"),),
    "Observation": (
        ("value", "valueQuantity"),
        ("value", "valueCodeableConcept"),
        ("value", "valueString"),
    ),
    "MedicationRequest": (("status", "status"), ("dose", "dosageInstruction")),
}
"""Fields shown of each type where the holder does not send its own."""


def standard_codes() -> Codes:
    """Return the categories of `fhir_codes.csv`, by code system and code."""
    text = (files("connectors") / "fhir_codes.csv").read_text(encoding="utf-8")
    return {
        (row["system"], row["code"]): Category(row["category"])
        for row in csv.DictReader(text.splitlines(), strict=True)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirReading:
    """How one patient's resources are read.

    Args:
        patients: every form in which a resource may refer to the patient, such as `Patient/1`.
        wanted: the granted categories; nothing else becomes an item.

    """

    subject_ref: str = field(repr=False)
    patients: frozenset[str] = field(repr=False)
    wanted: frozenset[Category]
    codes: Codes = field(repr=False)

    def check_patient(self, resource: Json) -> None:
        """Raise unless the resource says that it is about the patient."""
        about = resource.get("subject", resource.get("patient"))
        if not isinstance(about, Mapping) or about.get("reference") not in self.patients:
            raise SourceMismatchError(
                "A FHIR resource is about another patient: report it to the holder."
            )

    def item(self, resource: Json, text: str | None) -> RecordItem | None:
        """Return the resource as an item, or None where no grant covers it."""
        category = self._category(resource)
        if category is None or _is_mistaken(resource):
            return None
        kind = _text_at(resource, "resourceType") or "resource"
        return RecordItem(
            item_id=f"{kind}/{_text_at(resource, 'id')}",
            subject_ref=self.subject_ref,
            category=category,
            title=_title(resource) or kind,
            recorded_on=_recorded_on(resource, _DATES.get(kind, ())),
            fields=(
                *(tuple(_extension_fields(resource)) or self._fields(resource, kind, category)),
                *_unread(resource),
            ),
            text=text,
        )

    def _category(self, resource: Json) -> Category | None:
        found = [one for one in map(self._of_coding, _classifying(resource)) if one is not None]
        if resource.get("resourceType") == "MedicationRequest":
            found.append(MEDICATION)
        # Empty means no: what has no category is covered by no grant.
        return found[0] if found and self.wanted.issuperset(found) else None

    def _of_coding(self, coding: Json) -> Category | None:
        system, code = str(coding.get("system")), str(coding.get("code"))
        if system == RECORD_CATEGORY_SYSTEM:
            return Category(code)
        return self.codes.get((system, code))

    def _fields(self, resource: Json, kind: str, category: Category) -> Iterator[tuple[str, str]]:
        for field_name, path in _FIELDS.get(kind, ()):
            value = _text_at(resource, path)
            if value:
                yield field_name, value
        for coding in _codings(resource.get("reasonCode")):
            # A reason without a granted category is another diagnosis: it stays with the holder.
            if self._of_coding(coding) == category and coding.get("display"):
                yield "reason", _line(str(coding["display"]))


def attachments(document: Json) -> tuple[Json, ...]:
    """Return a document's attachments."""
    contents = _mappings(document.get("content"))
    return tuple(one for content in contents for one in _mappings(content.get("attachment")))


def inline_text(attachment: Json) -> str | None:
    """Return an attachment's own text; None where it has none or is not plain text.

    Raises:
        SourceMismatchError: it says plain text and is not.

    """
    if not is_plain_text(attachment) or not isinstance(attachment.get("data"), str):
        return None
    return decode_text(str(attachment["data"]))


def is_plain_text(attachment: Json) -> bool:
    """Tell whether the content type is text/plain, whatever its parameters."""
    return str(attachment.get("contentType", "")).partition(";")[0].strip().lower() == "text/plain"


def decode_text(data: str) -> str:
    """Return base64 of UTF-8 as text.

    Raises:
        SourceMismatchError: it is something else.

    """
    try:
        return base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise SourceMismatchError(
            "A FHIR document is not UTF-8 text in base64: report it to the holder."
        ) from None


def notes(resource: Json) -> str | None:
    """Return the annotations of a resource as one text."""
    found = [str(one["text"]) for one in _mappings(resource.get("note")) if one.get("text")]
    return "\n\n".join(found) or None


def _classifying(resource: Json) -> Iterator[Json]:
    for name in _CLASSIFYING:
        yield from _codings(resource.get(name))
    meta = resource.get("meta")
    yield from _mappings(meta.get("tag") if isinstance(meta, Mapping) else None)


def _codings(value: object) -> Iterator[Json]:
    """Yield the codings of a Coding, a CodeableConcept, or a list of either."""
    for one in _mappings(value):
        yield from _mappings(one["coding"]) if "coding" in one else (one,)


def _mappings(value: object) -> Iterator[Json]:
    for one in value if isinstance(value, list) else (value,):
        if isinstance(one, Mapping):
            yield one


def _is_mistaken(resource: Json) -> bool:
    verification = _codings(resource.get("verificationStatus"))
    return (
        resource.get("status") == "entered-in-error"
        or resource.get("docStatus") == "entered-in-error"
        or any(one.get("code") in {"entered-in-error", "refuted"} for one in verification)
    )


def _recorded_on(resource: Json, paths: tuple[str, ...]) -> date | None:
    """Return the day; of a bare month or year its first day, which is the older reading."""
    for path in paths:
        said = _text_at(resource, path)
        if said:
            try:
                return date.fromisoformat((said[:10] + "-01-01")[:10])
            except ValueError:
                return None
    return None


def _title(resource: Json) -> str | None:
    return next((found for found in (_text_at(resource, one) for one in _TITLES) if found), None)


def _extension_fields(resource: Json) -> Iterator[tuple[str, str]]:
    for one in _mappings(resource.get("extension")):
        if one.get("url") == RECORD_FIELD_EXTENSION:
            parts = {
                str(part.get("url")): str(part.get("valueString"))
                for part in _mappings(one.get("extension"))
            }
            yield parts.get("name", ""), parts.get("value", "")


def _unread(resource: Json) -> Iterator[tuple[str, str]]:
    """Yield a field for each attachment that cannot be read, so that its absence is seen."""
    for one in attachments(resource):
        if not (is_plain_text(one) or is_document(one)):
            yield "attachment", "of a kind that is not read and not included: ask the holder"


def _text_at(resource: Json, path: str) -> str | None:
    """Return what stands at a dotted path as one line of text."""
    found: object = resource
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    said = _said(found)
    return _line(said) if said else None


def _said(value: object) -> str:
    """Return a string, or the words of the first concept, quantity or instruction."""
    if isinstance(value, str):
        return value
    for one in _mappings(value):
        if "value" in one:
            return f"{one['value']} {one.get('unit', '')}".strip()
        coding = next(_codings(one), {})
        return str(one.get("text") or coding.get("display") or coding.get("code") or "")
    return ""


def _line(text: str) -> str:
    return _BREAKS.sub(" ", text)
