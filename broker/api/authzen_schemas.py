"""What goes over the wire as AuthZEN Authorization API 1.0 (OpenID, final of January 2026).

DO NOT rename a member: other people's enforcement points send and read them. Facts that belong to
who asks stand with the subject, those of the record with the resource, all others in the context.
"""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    model_validator,
)

from broker.api.examples import POLICY_VERSION, shown_as
from broker.api.schemas import Body
from broker.domain.context import FACT_NAMES
from broker.domain.decision import Ruling

MAX_EVALUATIONS = 64
"""Questions in one call; a round asks about the sixteen categories that one request may have."""
MAX_FACTS = 64
"""More than there are facts."""
ABOUT_SUBJECT = ("requester_agency", "requester_role")
ABOUT_RECORD = ("holder_agency", "subject_role", "record_age")
SAID_ELSEWHERE = frozenset(("purpose", "category", *ABOUT_SUBJECT, *ABOUT_RECORD))
"""Facts that the context may not hold."""


def _words(value: object) -> object:
    """Check for words before pydantic does: its message would name the caller's own member."""
    if isinstance(value, dict) and not all(isinstance(one, str) for one in value.values()):
        raise ValueError("a fact is a word in quotation marks")  # as pydantic asks
    return value


Word = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Named = Annotated[dict[str, str], Field(max_length=MAX_FACTS), BeforeValidator(_words)]
_NO_FACTS: Named = {}


class Subject(Body):
    """Who would ask. Only the properties count; the id is not looked up and not kept."""

    type: Literal["practitioner"]
    id: Word
    properties: Named = Field(default=_NO_FACTS, description=f"Facts: {', '.join(ABOUT_SUBJECT)}.")


class Action(Body):
    """What for: a purpose."""

    name: Word


class Resource(Body):
    """What would be shared: a category of a record."""

    type: Literal["record"]
    id: Word = Field(description="A category.")
    properties: Named = Field(default=_NO_FACTS, description=f"Facts: {', '.join(ABOUT_RECORD)}.")


class Context(RootModel[Named]):
    """All other facts; what is not said is unknown, and unknown is protected."""

    root: Named = Field(
        description=f"Facts: {', '.join(one for one in FACT_NAMES if one not in SAID_ELSEWHERE)}."
    )


class Evaluation(Body):
    """One question; in a list, a member that is missing is the one that stands beside the list."""

    subject: Subject | None = None
    action: Action | None = None
    resource: Resource | None = None
    context: Context | None = None


_SUBJECT = {
    "type": "practitioner",
    "id": "housing-1",
    "properties": {"requester_agency": "housing-la", "requester_role": "agency-spoc"},
}
_RESOURCE = {
    "type": "record",
    "id": "incident-summary",
    "properties": {
        "holder_agency": "police",
        "subject_role": "victim",
        "record_age": "within-window",
    },
}
_CONTEXT = {
    "recipient_agency": "housing-la",
    "recipient_perpetrator_facing": "no",
    "consent": "given-explicit",
    "risk": "high",
    "risk_age": "current",
    "case_listing": "listed",
    "agreement": "signed",
    "conflict": "none",
}
_QUESTION = {
    "subject": _SUBJECT,
    "action": {"name": "marac-research"},
    "resource": _RESOURCE,
    "context": _CONTEXT,
}
QUESTIONS = {
    **_QUESTION,
    "evaluations": [
        {},
        {"resource": {**_RESOURCE, "id": "counselling-notes"}},
    ],
    "options": {"evaluations_semantic": "execute_all"},
}


class EvaluationBody(Evaluation):
    """One question, complete."""

    model_config = shown_as(_QUESTION)

    subject: Subject
    action: Action
    resource: Resource


class Options(BaseModel):
    """How the questions are gone through; options that we do not know change nothing."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    evaluations_semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] = (
        "execute_all"
    )


class EvaluationsBody(Evaluation):
    """Several questions; without a list, one."""

    model_config = shown_as(QUESTIONS)

    evaluations: Annotated[tuple[Evaluation, ...], Field(max_length=MAX_EVALUATIONS)] = ()
    options: Options = Options()

    @model_validator(mode="after")
    def _something_is_asked(self) -> Self:
        if not self.evaluations and not (self.subject and self.action and self.resource):
            raise ValueError("a question has a subject, an action and a resource")
        return self


class Reason(BaseModel):
    """A reason by language."""

    en: str


class Fault(BaseModel):
    """Why a question in a list could not be read."""

    status: int
    message: str


class DecisionContext(BaseModel):
    """What goes with a decision.

    `reason_user` may be shown to whoever asked; `reason_admin` is for those who run the rules.
    """

    outcome: str | None = None
    rules: tuple[str, ...] = ()
    deciding_rules: tuple[str, ...] = ()
    obligations: tuple[str, ...] = Field(default=(), description="What releasing would oblige to.")
    unmet: tuple[str, ...] = Field(default=(), description="What has to be done before.")
    profile: str | None = Field(default=None, description="How the record would be redacted.")
    basis: tuple[str, ...] = ()
    policy_version: str
    sentence: str | None = None
    reason_user: Reason | None = None
    reason_admin: Reason | None = None
    error: Fault | None = None


_RELEASED = {
    "decision": True,
    "context": {
        "outcome": "permit-redacted",
        "rules": ["R07"],
        "deciding_rules": ["R07"],
        "obligations": ["ACK", "MIN", "NOX", "WM"],
        "unmet": [],
        "profile": "P-VICTIM-SAFE",
        "basis": ["a6-1e-public-task", "cda98-s115"],
        "policy_version": POLICY_VERSION,
        "sentence": "Listed high-risk case: what the meeting needs may be shared, redacted.",
        "reason_user": {
            "en": "Listed high-risk case: what the meeting needs may be shared, redacted."
        },
        "reason_admin": {"en": "permit-redacted by R07"},
    },
}


class DecisionOut(BaseModel):
    """`decision` is true only where something would be released in writing."""

    model_config = shown_as(_RELEASED)

    decision: bool
    context: DecisionContext

    @classmethod
    def of(cls, ruling: Ruling, version: str) -> "DecisionOut":
        """Show a ruling."""
        by = ", ".join(ruling.deciding_rules) or "no rule"
        return cls(
            decision=ruling.outcome.releases,
            context=DecisionContext(
                outcome=ruling.outcome,
                rules=ruling.rules,
                deciding_rules=ruling.deciding_rules,
                obligations=ruling.obligations,
                unmet=ruling.unmet,
                profile=ruling.profile,
                basis=ruling.basis,
                policy_version=version,
                sentence=ruling.sentence,
                reason_user=Reason(en=ruling.sentence),
                reason_admin=Reason(en=f"{ruling.outcome} by {by}"),
            ),
        )


DECISIONS = {"evaluations": [_RELEASED]}


class DecisionsOut(BaseModel):
    """The decisions in the order of the questions; shorter where the semantic stops early."""

    model_config = shown_as(DECISIONS)

    evaluations: tuple[DecisionOut, ...]


class Configuration(BaseModel):
    """Where a policy enforcement point asks."""

    model_config = shown_as(
        {
            "policy_decision_point": "https://broker.ashmere.example",
            "access_evaluation_endpoint": "https://broker.ashmere.example/access/v1/evaluation",
            "access_evaluations_endpoint": "https://broker.ashmere.example/access/v1/evaluations",
        }
    )

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str
