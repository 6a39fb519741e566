"""What a found thing is called. Profiles, receipts and stored spans all use these words.

DO NOT RENAME: stored spans and receipts hold them. New labels go anywhere; a profile that does not
name a label removes it.
"""

from enum import StrEnum


class Label(StrEnum):
    """Kinds of identifiers, direct ones first."""

    PERSON = "PERSON"
    DOB = "DOB"
    ADDRESS = "ADDRESS"
    POSTCODE = "POSTCODE"
    SAFE_LOCATION = "SAFE_LOCATION"
    """Any part of an address that the record marks as safe."""
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    HANDLE = "HANDLE"
    URL = "URL"
    NHS_NUMBER = "NHS_NUMBER"
    NINO = "NINO"
    PNC_ID = "PNC_ID"
    CRO = "CRO"
    CRN = "CRN"
    NOMS = "NOMS"
    UPN = "UPN"
    VEHICLE_REG = "VEHICLE_REG"
    PASSPORT = "PASSPORT"
    DRIVING_LICENCE = "DRIVING_LICENCE"
    BANK = "BANK"
    CASE_REF = "CASE_REF"
    ID_OTHER = "ID_OTHER"
    REFUGE = "REFUGE"
    SCHOOL = "SCHOOL"
    WORKPLACE = "WORKPLACE"
    ORG = "ORG"
    LOCATION = "LOCATION"
    DATE = "DATE"
    AGE = "AGE"
    DEMOGRAPHIC = "DEMOGRAPHIC"
    SERVICE = "SERVICE"
    """That an advocate, a refuge, a MARAC or a support service exists in her life."""
