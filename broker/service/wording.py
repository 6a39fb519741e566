"""The words of the log as an advocate says them. A word that is not here is said as it stands."""

from collections.abc import Mapping

from broker.domain.ledger import JsonValue

Detail = Mapping[str, JsonValue]

_PURPOSES = {
    "marac-research": "research before the MARAC meeting",
    "marac-referral": "a referral to the MARAC",
    "marac-emergency": "an emergency",
    "marac-action": "an action that the MARAC agreed",
    "marac-transfer": "passing the case to another area",
    "marac-flag": "a mark on an agency's file",
    "idva-support": "the support you give",
    "s47-enquiry": "an enquiry into whether a child is at risk of harm",
    "unknown": "a purpose that was not said",
}
CONSENTS = {
    "given-explicit": "your client agreed",
    "given-verbal": "your client agreed, by word of mouth",
    "given-limited": "your client agreed within limits",
    "not-sought-unsafe": "asking your client was not safe",
    "not-sought-impractical": "your client could not be asked",
    "refused": "your client had refused",
    "withdrawn": "your client had withdrawn agreement",
    "lacks-capacity": "your client was not able to decide",
    "given-suspected-coerced": "your client's yes may have been forced",
    "refused-suspected-coerced": "your client's no may have been forced",
    "child-gillick-competent": "the young person was able to decide",
    "parental": "a parent agreed",
    "unknown": "what your client wants was not on file",
}
_AGENCIES = {
    "childrens-social-care": "Children's social care",
    "adult-social-care": "Adult social care",
    "idva-service": "The advocacy service",
    "refuge": "A specialist support service",
    "by-and-for-service": "A specialist support service",
    "housing-la": "Council housing",
    "housing-rsl": "A housing association",
    "health-acute": "The hospital",
    "health-gp": "The GP practice",
    "health-community": "Community health",
    "marac-coordination": "The MARAC coordinator",
    "unknown": "An agency",
}
_ROLES = {
    "agency-spoc": "its single point of contact",
    "deputy-spoc": "the deputy of its single point of contact",
    "holder-rep": "who answers for its records",
    "ig-lead": "its information governance lead",
    "dpo": "its data protection officer",
    "caldicott-guardian": "its Caldicott guardian",
    "manager-approver": "a manager",
    "idva": "an advocate",
    "idva-manager": "a manager of advocates",
    "isva": "an advocate",
    "requester": "a practitioner",
    "officer-in-case": "the officer in the case",
    "auditor": "an auditor",
    "sysadmin-no-content": "an administrator",
}
_REASONS = {
    "safe-location": "where somebody can be found",
    "location-inference": "what would tell where somebody lives",
    "informant-identity": "who told",
    "dvds-applicant": "who asked under Clare's Law",
    "other-victim": "another victim",
    "other-child": "another child",
    "third-party-health": "somebody else's health",
    "not-relevant": "what has nothing to do with it",
    "disproportionate": "more than was needed",
    "out-of-time": "what is too old",
    "opinion-unverified": "opinions that nobody checked",
    "counselling-presumption": "what was said in counselling",
    "privilege": "legal advice",
    "immigration": "immigration status",
    "consent-condition": "what your client did not agree to",
    "identifier-not-needed": "names and numbers that were not needed",
    "staff-safety": "who works there",
    "ongoing-operation": "a police operation",
    "adoption-confidential": "an adoption",
    "free-text-unreviewed": "text that nobody had looked at",
}


def reason_of(reason: str) -> str:
    """Return why something was removed (domain brief 2.8)."""
    return _REASONS.get(reason, plain(reason))


def purpose_of(detail: Detail) -> str:
    """Return what it was for."""
    purpose = word(detail, "purpose")
    return _PURPOSES.get(purpose, f"the purpose {purpose}")


def agency(detail: Detail, side: str) -> str:
    """Return the kind of agency on one side of an event, to begin a sentence with."""
    named = detail.get(side)
    return agency_of(word(named, "agency_kind") if isinstance(named, Mapping) else "")


def agency_of(kind: str) -> str:
    """Return a kind of agency; one that might tell where somebody lives is not named."""
    return _AGENCIES.get(kind, kind.replace("-", " ").capitalize() or "An agency")


def person(detail: Detail, side: str) -> str:
    """Return the kind of agency and the role of whoever acted."""
    named = detail.get(side)
    role = word(named, "role") if isinstance(named, Mapping) else "unknown"
    who = agency(detail, side)
    return who if role == "unknown" else f"{who} ({_ROLES.get(role, plain(role))})"


def plain(one: JsonValue) -> str:
    """Return a word of the vocabulary without its hyphens."""
    return str(one).replace("-", " ")


def listing(words: tuple[JsonValue, ...]) -> str:
    """Return words in a row."""
    return ", ".join(plain(one) for one in words) or "nothing"


def counted(number: int, one: str, more: str) -> str:
    """Return how many there are of something."""
    return f"1 {one}" if number == 1 else f"{number} {more}"


def number(detail: Detail, key: str) -> int:
    """Return a count; 0 where the entry has none."""
    value = detail.get(key)
    return value if isinstance(value, int) else 0


def word(detail: Detail, key: str) -> str:
    """Return a word; `unknown` where the entry has none."""
    value = detail.get(key)
    return value if isinstance(value, str) else "unknown"


def many(detail: Detail, key: str) -> tuple[JsonValue, ...]:
    """Return several; none where the entry has none."""
    value = detail.get(key)
    return tuple(value) if isinstance(value, tuple | list) else ()


def rulings_of(detail: Detail) -> tuple[Detail, ...]:
    """Return the answers of a decision, one for each category."""
    return tuple(one for one in many(detail, "rulings") if isinstance(one, Mapping))


def facts_of(ruling: Detail) -> Detail:
    """Return what was looked at for one category."""
    facts = ruling.get("facts")
    return facts if isinstance(facts, Mapping) else {}
