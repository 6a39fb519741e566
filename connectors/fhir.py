"""Reads a FHIR R4 server: one patient, only the resource types that a granted category needs.

The server is believed only so far: every resource must be of the type asked for and about the
patient asked for, and pages must lie on the same server. Plain text is read as an entry's own;
other documents are handed on as files, for redaction to write afresh or to leave out by name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from broker.domain.documents import MAX_DOCUMENTS
from broker.domain.errors import SourceMismatchError, SourceUnavailableError
from broker.domain.ids import Category
from broker.domain.record import RecordItem, RecordQuery
from connectors import fhir_items
from connectors.deadline import Deadline
from connectors.fhir_documents import document_of, is_document
from connectors.fhir_items import Codes, FhirReading, Json
from connectors.http import HttpApi, HttpReader
from connectors.references import can_be_reference
from connectors.router import MAX_FETCH_SECONDS

MAX_PAGES: Final = 20
"""Pages of one search; more is refused, never cut."""
PAGE_SIZE: Final = 100
"""Resources a page; the server may choose fewer."""
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")
_TYPES: Final[Mapping[Category, tuple[str, ...]]] = {
    fhir_items.INJURY: ("Encounter", "Condition", "Procedure"),
    fhir_items.MENTAL_HEALTH: ("Encounter", "Condition", "Observation"),
    fhir_items.SUBSTANCE: ("Condition", "Procedure", "Observation"),
    fhir_items.MATERNITY: ("Encounter", "Condition", "Procedure", "Observation"),
    fhir_items.MEDICATION: ("MedicationRequest",),
}
"""Resource types read for a category, besides documents."""
_NEWER: Final = {
    "Encounter": "date",
    "Observation": "date",
    "Procedure": "date",
    "MedicationRequest": "authoredon",
}
"""Search parameters that leave old resources with the server. Types that may carry their date in
several places are filtered here instead, so that none is missed."""


class FhirConnector:
    """Implements `ports.Connector` over a FHIR R4 API."""

    def __init__(
        self,
        *,
        agency: str,
        api: HttpApi,
        identifier_system: str | None,
        codes: Codes | None = None,
        search_by: str = "patient",
    ) -> None:
        """Take the API's address, and what our references to its patients are.

        `identifier_system` is the system of that identifier, such as the NHS number's; None where
        references are the server's own Patient ids. `codes` win over fhir_codes.csv. `search_by`
        is the parameter that names the patient: `patient`, or `subject` where that is quicker.
        """
        self._name = f"fhir {agency}"
        self._identifier_system = identifier_system
        self._search_by = search_by
        self._codes = {**fhir_items.standard_codes(), **(codes or {})}
        self._reader = HttpReader(name=self._name, api=api, accept="application/fhir+json")

    def __repr__(self) -> str:
        """Name the system only."""
        return f"FhirConnector({self._name!r})"

    @property
    def name(self) -> str:
        """Kind and agency."""
        return self._name

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Return the patient's dated resources of the asked categories."""
        if not query.categories or not can_be_reference(query.subject_ref):
            return ()
        deadline = Deadline(MAX_FETCH_SECONDS)
        patient_id = self._patient_id(query.subject_ref, deadline)
        if patient_id is None:
            return ()
        reading = self._reading(query, patient_id)
        items = self._items(reading, patient_id, query, deadline)
        return [one for one in items if one.recorded_on and one.recorded_on >= query.since]

    def check(self) -> str:
        """Search for a patient who cannot exist."""
        deadline = Deadline(MAX_FETCH_SECONDS)
        for _ in self._search("Patient", {"_id": "nobody"}, deadline):
            raise SourceMismatchError(f"{self._name} ignores what it is asked: do not use it.")
        return f"{self._name} answers searches for patients."

    def _patient_id(self, subject_ref: str, deadline: Deadline) -> str | None:
        """Return the server's id of the one patient meant, or None where it knows nobody."""
        system = self._identifier_system
        if system is None:
            return self._known_id(subject_ref, deadline)
        if any(mark in subject_ref for mark in "|,$\\"):
            return None  # These would make it a search for several people.
        found = list(self._search("Patient", {"identifier": f"{system}|{subject_ref}"}, deadline))
        if not found:
            return None
        if len(found) > 1:
            raise SourceMismatchError(
                f"{self._name} knows several patients by one number: ask the holder to merge them."
            )
        self._check_patient(
            any(
                (one.get("system"), one.get("value")) == (system, subject_ref)
                for one in _mappings(found[0].get("identifier"))
            )
            and _is_id(found[0].get("id"))
        )
        return str(found[0]["id"])

    def _known_id(self, subject_ref: str, deadline: Deadline) -> str | None:
        if not _is_id(subject_ref):
            return None
        found = self._reader.get_object(f"Patient/{subject_ref}", deadline)
        if found is None:
            return None
        self._check_patient(_resource(self._name, found, "Patient").get("id") == subject_ref)
        return subject_ref

    def _check_patient(self, is_the_one: bool) -> None:  # noqa: FBT001  # Read aloud, it is clear.
        if not is_the_one:
            raise SourceMismatchError(
                f"{self._name} answered with another patient: report it to the holder."
            )

    def _reading(self, query: RecordQuery, patient_id: str) -> FhirReading:
        reference = f"Patient/{patient_id}"
        return FhirReading(
            subject_ref=query.subject_ref,
            patients=frozenset({reference, self._reader.base + reference}),
            wanted=frozenset(query.categories),
            codes=self._codes,
        )

    def _items(
        self, reading: FhirReading, patient_id: str, query: RecordQuery, deadline: Deadline
    ) -> Iterator[RecordItem]:
        about = {self._search_by: f"Patient/{patient_id}"}
        search = partial(self._search, deadline=deadline)
        documented: set[str] = set()
        for document in search("DocumentReference", about):
            reading.check_patient(document)
            item = self._document(reading, document, query.since, deadline)
            if item is not None:
                documented |= _encounters(document)
                yield item
        for kind in dict.fromkeys(one for c in query.categories for one in _TYPES.get(c, ())):
            newer = {_NEWER[kind]: f"ge{query.since.isoformat()}"} if kind in _NEWER else {}
            for resource in search(kind, about | newer):
                reading.check_patient(resource)
                # A visit whose note is already an item would be told twice.
                if f"{kind}/{resource.get('id')}" not in documented:
                    item = reading.item(resource, fhir_items.notes(resource))
                    if item is not None:
                        yield item

    def _document(
        self, reading: FhirReading, document: Json, since: date, deadline: Deadline
    ) -> RecordItem | None:
        """Return the document as an item; its content is only read once a grant covers it."""
        covered = reading.item(document, None)
        if covered is None or covered.recorded_on is None or covered.recorded_on < since:
            return None
        attached = fhir_items.attachments(document)
        texts = [
            text for one in attached if (text := self._attachment_text(one, deadline)) is not None
        ]
        files = [one for one in attached if is_document(one)]
        if len(files) > MAX_DOCUMENTS:
            raise SourceMismatchError(
                f"{self._name} answered with over {MAX_DOCUMENTS} documents: narrow the dates."
            )
        binary = partial(self._binary, deadline=deadline)
        return replace(
            covered,
            text="\n\n".join(texts) if texts else None,
            documents=tuple(document_of(one, binary) for one in files),
        )

    def _binary(self, url: str, deadline: Deadline) -> Json | None:
        found = self._reader.get_object(self._reader.address(url), deadline)
        return None if found is None else _resource(self._name, found, "Binary")

    def _attachment_text(self, attachment: Json, deadline: Deadline) -> str | None:
        if not fhir_items.is_plain_text(attachment):
            return None
        inline = fhir_items.inline_text(attachment)
        if inline is not None or not isinstance(attachment.get("url"), str):
            return inline
        found = self._reader.get_object(self._reader.address(str(attachment["url"])), deadline)
        binary = _resource(self._name, found, "Binary")
        return fhir_items.inline_text(binary)

    def _search(self, kind: str, params: Mapping[str, str], deadline: Deadline) -> Iterator[Json]:
        """Yield every match of one type, page by page.

        Raises:
            SourceMismatchError: an outcome, another type, a page elsewhere, or no end.

        """
        asked: Mapping[str, str] | None = {**params, "_count": str(PAGE_SIZE)}
        address = kind
        for _ in range(MAX_PAGES):
            page = self._page(address, deadline, asked)
            for entry in _mappings(page.get("entry")):
                yield _resource(self._name, entry.get("resource"), kind)
            following = self._following(page)
            if following is None:
                return
            address, asked = following, None
        raise SourceMismatchError(
            f"{self._name} answered with over {MAX_PAGES} pages: narrow the dates or categories."
        )

    def _page(self, address: str, deadline: Deadline, asked: Mapping[str, str] | None) -> Json:
        found = self._reader.get_object(address, deadline, asked)
        if found is None:
            # A search that finds nothing answers with an empty bundle, so this is no search.
            raise SourceUnavailableError(
                f"{self._name} does not search at its address: correct it."
            )
        return _resource(self._name, found, "Bundle")

    def _following(self, page: Json) -> str | None:
        links = _mappings(page.get("link"))
        found = next((one.get("url") for one in links if one.get("relation") == "next"), None)
        return None if found is None else self._reader.address(str(found))


def _resource(name: str, found: object, kind: str) -> Json:
    if not isinstance(found, Mapping) or found.get("resourceType") != kind:
        raise SourceMismatchError(
            f"{name} answered with something other than a FHIR {kind}: report it to the holder."
        )
    return found


def _mappings(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _encounters(document: Json) -> set[str]:
    context = document.get("context")
    found = _mappings(context.get("encounter")) if isinstance(context, Mapping) else []
    return {str(one.get("reference")) for one in found}


def _is_id(text: object) -> bool:
    """Tell whether it is a FHIR id: 1 to 64 letters, digits, hyphens and dots (FHIR R4 2.24)."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None
