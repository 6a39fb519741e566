"""Holds and destruction over the wire. Stable: add fields, never rename or drop one within /v1."""

import json
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from broker.api.examples import shown_as
from broker.api.policy_schemas import Reason
from broker.api.schemas import Body
from broker.domain.retention import Hold, HoldKind, HoldVerb
from broker.ledger.certificates import Certificate
from broker.service.retention_holds import Overview
from broker.service.retention_terms import CaseTerm

_EXAMPLE_HOLD = {
    "case_id": "MR-0401",
    "kind": "litigation",
    "step": "asked",
    "reason": "Claim issued at Hexley County Court.",
    "by": "coordinator-3",
    "before": None,
    "at": "2026-11-09T10:00:00Z",
}
_EXAMPLE_TERM = {
    "case_id": "MR-0388",
    "closed_at": "2019-11-20T10:00:00Z",
    "term": "T02",
    "over_at": "2026-11-21T10:00:00Z",
}
_EXAMPLE_CERTIFICATE = {
    "version": 1,
    "statement": {
        "version": 1,
        "origin": "ashmere.example/marac",
        "entry": 90122,
        "leaf_hash": "5d1c0b6f2f0a4c7f9e3b8d6a1c4e2f7b9a0d3c5e8f1b4a6d7c9e0f2a3b5d8c61",
        "at": "2026-11-09T10:00:00.000000Z",
        "case_tag": "9c1e5b7a3d2f4860b1c9d8e7f6a5b4c3",
        "data": "case-file",
        "key": "1fcbf9df732f3a51db261df1a071f48c97402ce358ff989cc02a46b8c7073df2",
        "rows": {"cases": 1, "claims": 12, "disclosures": 9, "tasks": 14},
        "term": "T02",
        "authority": "schedule",
        "copies_open_until": "2027-01-05T00:00:00.000000Z",
    },
    "signature": "ebg+yvdfraRaK7WPEQYX8wsxXhf4FRo7Jx0RjyPGCH0NRngFc+0Fh3ijZkRJ/+XfA1Iz58==",
}


class HoldBody(Body):
    """What to do with one hold."""

    model_config = shown_as(
        {
            "verb": "place",
            "kind": "litigation",
            "reason": "Claim issued at Hexley County Court.",
        }
    )

    verb: Literal["place", "lift"] = Field(description="place or lift; the second person does it.")
    kind: Literal["litigation", "death-review", "child-protection", "inquiry"] = Field(
        description="Why it is held; a case may be held for several reasons."
    )
    reason: Reason = Field(description="Kept sealed with the case, never logged.")

    @property
    def of(self) -> HoldKind:
        """The kind as a word of the domain."""
        return HoldKind(self.kind)

    @property
    def said(self) -> tuple[HoldVerb, str]:
        """What to do, and why."""
        return HoldVerb(self.verb), self.reason


class HoldOut(BaseModel):
    """One hold. Nothing of its case is destroyed unless its step is `lifted`."""

    model_config = shown_as(_EXAMPLE_HOLD)

    case_id: str
    kind: str
    step: str = Field(description="asked, placed, lift-asked or lifted.")
    reason: str = Field(description="Of the newest step.")
    by: str = Field(description="Who took the newest step.")
    before: str | None = Field(description="Who took the step before it.")
    at: datetime

    @classmethod
    def of(cls, hold: Hold) -> "HoldOut":
        """Show a hold."""
        return cls(
            case_id=hold.case_id,
            kind=hold.kind,
            step=hold.step,
            reason=hold.reason,
            by=hold.by,
            before=hold.before,
            at=hold.at,
        )


class CaseTermOut(BaseModel):
    """A case whose term is over within ninety days, or about which people have to decide."""

    case_id: str
    closed_at: datetime
    term: str = Field(description="The line of retention.csv; no-term where there is none.")
    over_at: datetime | None = Field(description="null: people have to decide.")

    @classmethod
    def of(cls, found: CaseTerm) -> "CaseTermOut":
        """Show where a case stands."""
        return cls(
            case_id=found.case.case_id,
            closed_at=found.closed_at,
            term=found.term.term_id,
            over_at=found.over_at,
        )


class CertificateOut(BaseModel):
    """One certificate of destruction, signed by the log's key."""

    document: dict[str, Any] = Field(description="Version, statement and Ed25519 signature.")
    text: str = Field(description="The same for people.")

    @classmethod
    def of(cls, made: Certificate) -> "CertificateOut":
        """Show a certificate."""
        return cls(document=json.loads(made.document), text=made.text)


class RetentionOut(BaseModel):
    """What is held, what is due, and what was destroyed."""

    model_config = shown_as(
        {
            "holds": [_EXAMPLE_HOLD],
            "due": [_EXAMPLE_TERM],
            "undecided": [],
            "certificates": [
                {"document": _EXAMPLE_CERTIFICATE, "text": "CERTIFICATE OF DESTRUCTION\n..."}
            ],
        }
    )

    holds: tuple[HoldOut, ...] = Field(description="Lifted ones too.")
    due: tuple[CaseTermOut, ...]
    undecided: tuple[CaseTermOut, ...]
    certificates: tuple[CertificateOut, ...] = Field(description="The newest first, at most 100.")

    @classmethod
    def of(cls, found: Overview) -> "RetentionOut":
        """Show all of it."""
        return cls(
            holds=tuple(HoldOut.of(one) for one in found.holds),
            due=tuple(CaseTermOut.of(one) for one in found.due),
            undecided=tuple(CaseTermOut.of(one) for one in found.undecided),
            certificates=tuple(CertificateOut.of(one) for one in found.certificates),
        )
