"""Every form in which a case can be written to a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from broker.exports.audit_events import write_audit_events
from broker.exports.consent_records import write_consent_records
from broker.exports.document import write_document
from broker.exports.page import write_page
from broker.exports.sheet import write_sheet
from broker.service.report import CaseReport


class Form(StrEnum):
    """What the file is."""

    PDF = "pdf"
    CSV = "csv"
    JSON = "json"
    FHIR = "fhir"
    CONSENT = "27560"


@dataclass(frozen=True, slots=True)
class _Writer:
    media_type: str
    write: Callable[[CaseReport], bytes]


_WRITERS: Mapping[Form, _Writer] = {
    Form.PDF: _Writer("application/pdf", write_page),
    Form.CSV: _Writer("text/csv; charset=utf-8", write_sheet),
    Form.JSON: _Writer("application/json", write_document),
    Form.FHIR: _Writer("application/fhir+json", write_audit_events),
    Form.CONSENT: _Writer("application/json", write_consent_records),
}


def write(report: CaseReport, form: Form) -> bytes:
    """Return the file."""
    return _WRITERS[form].write(report)


def media_type_of(form: Form) -> str:
    """Return what a browser is told that the file is."""
    return _WRITERS[form].media_type
