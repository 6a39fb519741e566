"""Which terms of the W3C Data Privacy Vocabulary (DPV 2.1) our words come near to.

A word of ours keeps its own name; DPV's says to other people's software what kind of thing it is.
UK GDPR is not EU GDPR, so the articles that read alike are a close match and not the same thing.
DPV's personal data terms are wider than our categories: a broad match.
"""

import re
from collections.abc import Mapping

NAMESPACES: Mapping[str, str] = {
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "dpv": "https://w3id.org/dpv#",
    "dpv-odrl": "https://w3id.org/dpv/mappings/odrl#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dcterms": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
KINDS: Mapping[str, str] = {
    "purpose": "dpv:Purpose",
    "recipient_agency": "dpv:Recipient",
    "holder_agency": "dpv:DataController",
    "subject_role": "dpv:DataSubject",
    "category": "dpv:PersonalData",
    "consent": "dpv:ConsentStatus",
    "basis": "dpv:LegalBasis",
    "profile": "dpv:TechnicalOrganisationalMeasure",
}
"""What kind of thing the words of a fact, or of a cell, are."""
OPERANDS: Mapping[str, str] = {
    "purpose": "odrl:purpose",
    "recipient_agency": "odrl:recipient",
    "category": "dpv-odrl:PersonalData",
}
"""Facts that ODRL, or DPV's mapping to it, has a left operand for."""
_ARTICLE = re.compile(r"a(6-1|9-2)([a-j])-.+")
_CONSENT = {
    "given-explicit": "dpv:ConsentGiven",
    "given-verbal": "dpv:ConsentGiven",
    "given-limited": "dpv:ConsentGiven",
    "refused": "dpv:ConsentRefused",
    "withdrawn": "dpv:ConsentWithdrawn",
    "unknown": "dpv:ConsentUnknown",
}
_PERSONAL_DATA = {
    "identity-core": "pd:Identifying",
    "contact-safe": "pd:Contact",
    "address-current": "pd:PhysicalAddress",
    "address-safe": "pd:PhysicalAddress",
    "refuge-placement": "pd:PhysicalAddress",
    "household": "pd:FamilyStructure",
    "child-identity": "pd:Offspring",
    "child-school": "pd:School",
    "child-health": "pd:Health",
    "incident-summary": "pd:CriminalOffense",
    "incident-detail": "pd:CriminalOffense",
    "offending-history": "pd:CriminalConviction",
    "intelligence": "pd:Criminal",
    "bail-licence": "pd:Criminal",
    "custody-location": "pd:Location",
    "injury-attendance": "pd:PhysicalHealth",
    "maternity": "pd:MedicalHealth",
    "mental-health-summary": "pd:MentalHealth",
    "mental-health-detail": "pd:MentalHealth",
    "counselling-notes": "pd:MentalHealth",
    "substance-misuse": "pd:Health",
    "sexual-health": "pd:Sexual",
    "medication": "pd:Prescription",
    "care-needs-capacity": "pd:Disability",
    "tenancy": "pd:Ownership",
    "arrears-finance": "pd:FinancialStatus",
    "employment": "pd:CurrentEmployment",
    "immigration-nrpf": "pd:Residency",
    "equality-data": "pd:Demographic",
    "hba-network": "pd:Social",
    "victim-wishes": "pd:Preference",
    "perp-partner-details": "pd:Relationship",
    "images-audio": "pd:Picture",
    "device-digital": "pd:DeviceBased",
}


def match_of(fact: str, word: str) -> dict[str, str]:
    """Return how near DPV comes to a word: a property and a term, or nothing."""
    article = _ARTICLE.fullmatch(word) if fact == "basis" else None
    if article is not None:
        return {"skos:closeMatch": f"eu-gdpr:A{article[1]}-{article[2]}"}
    if fact == "consent" and word in _CONSENT:
        return {"skos:closeMatch": _CONSENT[word]}
    if fact == "category" and word in _PERSONAL_DATA:
        return {"skos:broadMatch": _PERSONAL_DATA[word]}
    return {}
