"""What stands in the place of something removed: a marker, or a word that nobody notices.

In the silent style the sentence must read on as if nothing had been there, so the words are as
plain as the notes themselves: `a place`, `someone`, `a number`. They never say what is untrue.
"""

import re

from redaction.labels import Label

SOMEONE = "someone"
A_NUMBER = "a number"
_A_PLACE = "a place"
_A_DATE, _THEN = "a date", "then"
_A_PERSON = "a person"
_PLACES = frozenset({
    Label.ADDRESS, Label.POSTCODE, Label.SAFE_LOCATION, Label.REFUGE, Label.SCHOOL,
    Label.WORKPLACE, Label.ORG, Label.LOCATION,
})  # fmt: skip
_WORDS = {
    Label.PERSON: SOMEONE,
    Label.EMAIL: "an address",
    Label.URL: "an address",
    Label.HANDLE: "a name",
}
_SERVICES = (
    (re.compile(r"order|non-mol", re.IGNORECASE), "an order"),
    (re.compile(r"plan|scheme|harden|programme", re.IGNORECASE), "a plan"),
    (re.compile(r"dash|dara", re.IGNORECASE), "a form"),
    (re.compile(r"marac|mash|law|dvds", re.IGNORECASE), "a meeting"),
    (re.compile(r"worker|advocate|adviser|advisor|idva|isva|isac", re.IGNORECASE), "a worker"),
    (re.compile(r"refuge|safe ?house", re.IGNORECASE), _A_PLACE),
)
_MARKED = {
    Label.PERSON: "name",
    Label.DOB: "date of birth",
    Label.SAFE_LOCATION: "location",
    Label.EMAIL: "e-mail",
    Label.HANDLE: "user name",
    Label.URL: "link",
    Label.NHS_NUMBER: "NHS number",
    Label.NINO: "NI number",
    Label.PNC_ID: "PNC number",
    Label.CRO: "CRO number",
    Label.CRN: "CRN",
    Label.NOMS: "prison number",
    Label.UPN: "UPN",
    Label.PHONE: "phone number",
    Label.VEHICLE_REG: "registration",
    Label.BANK: "bank details",
    Label.CASE_REF: "reference",
    Label.ID_OTHER: "number",
    Label.ORG: "organisation",
    Label.DEMOGRAPHIC: "characteristic",
}
"""The others are called as they are, in small letters."""


def marked_word(label: Label) -> str:
    """Return how a marker calls a kind of thing."""
    return _MARKED.get(label, label.value.lower().replace("_", " "))


def marker(label: Label, reason: str) -> str:
    """Return `[address removed: safe-location]`."""
    return f"[{marked_word(label)} removed: {reason}]"


def neutral_word(label: Label, original: str) -> str:
    """Return the plain word for what was removed, with its article."""
    if label in _PLACES:
        return _A_PLACE
    if label in {Label.DATE, Label.DOB}:
        return _A_DATE if any(map(str.isdigit, original)) else _THEN
    if label is Label.SERVICE:
        return next((word for form, word in _SERVICES if form.search(original)), "a service")
    if label is Label.DEMOGRAPHIC:
        return _A_PERSON
    return _WORDS.get(label, A_NUMBER)
