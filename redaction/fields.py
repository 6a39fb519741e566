"""Structured fields: the name of a field says what its value is, whatever the value looks like."""

import re

from redaction.findings import Finding
from redaction.labels import Label

RECOGNISER = "field"
_PEOPLE = (
    r"name|surname|forename|tenant|informant|reported by|referrer|caller|source|next of kin|author|"
    r"officer|worker|clinician|practitioner|landlord|contact"
)
_LABELS: tuple[tuple[Label, str], ...] = (
    (Label.DOB, r"dob|date of birth|birth date|birthdate|born"),
    (Label.POSTCODE, r"post ?code|zip|outward"),
    (Label.ADDRESS, r"address|addr|street|uprn|premises|placement|residence"),
    (Label.PHONE, r"phone|telephone|tel|mobile|fax|contact number"),
    (Label.EMAIL, r"e ?mail"),
    (Label.HANDLE, r"handle|social media|username|profile"),
    (Label.NHS_NUMBER, r"nhs|chi"),
    (Label.NINO, r"nino|national insurance|ni number"),
    (Label.PNC_ID, r"pnc"),
    (Label.UPN, r"upn"),
    (Label.VEHICLE_REG, r"vehicle|vrm|registration"),
    (Label.BANK, r"bank|sort code|account (?:no|number)|iban"),
    (Label.CASE_REF, r"reference|ref|(?:crime|case|log|tenancy) (?:no|number|id|ref)|urn"),
    (Label.SCHOOL, r"school|nursery|college"),
    (Label.WORKPLACE, r"employer|workplace|occupation"),
    (Label.ORG, r"surgery|practice|pharmacy|hospital|gp|clinic|ward"),
    (Label.REFUGE, r"refuge|hostel"),
    (Label.LOCATION, r"location|town|city|county|district"),
    (Label.DEMOGRAPHIC, r"ethnicity|religion|nationality|orientation|gender identity|immigration"),
    (Label.PERSON, _PEOPLE),
    (Label.ID_OTHER, r"id|identifier|number|uuid|nrn"),
)  # fmt: skip
_PATTERNS = tuple((label, re.compile(rf"\b(?:{words})\b")) for label, words in _LABELS)
_FREE = re.compile(
    r"\b(?:status|type|kind|category|outcome|reason|note|notes|summary|text|count|number of)\b"
)


def label_of(name: str) -> Label | None:
    """Return what the field holds by its name; None when its value is to be read as text."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    plain = re.sub(r"[\W_]+", " ", split).strip().lower()
    if _FREE.search(plain):
        return None
    return next((label for label, pattern in _PATTERNS if pattern.search(plain)), None)


def find_in_field(name: str, value: str) -> tuple[Finding, ...]:
    """Return one finding over the whole value, if the name says what it is."""
    label = label_of(name)
    if label is None or not any(map(str.isalnum, value)):
        return ()
    return (Finding(start=0, end=len(value), label=label, recogniser=RECOGNISER),)
