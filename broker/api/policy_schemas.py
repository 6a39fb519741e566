"""Policy versions over the wire. Stable: add fields, never rename or drop one within /v1."""

import base64
import binascii
from datetime import datetime
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    field_validator,
)
from pydantic import StringConstraints as Text

from broker.api.examples import POLICY_VERSION, shown_as
from broker.api.schemas import Body, Moment, Truth
from broker.domain.policy import PolicyFiles
from broker.service.policy_view import Overview, PolicySeen, PublicationSeen

MAX_FILES = 512
"""More than a pack has purposes, areas and tables of tests."""
MAX_REASON_CHARACTERS = 500
_EXAMPLE_FILE = {
    "name": "guards.csv",
    "content": "aWQsZWZmZWN0LG91dGNvbWUK",
}
_EXAMPLE_PUBLICATION = {
    "number": 7,
    "kind": "publication",
    "standing": "in-force",
    "effective_at": "2026-11-09T07:00:00Z",
    "published_at": "2026-11-06T15:42:00Z",
    "publisher": "coordinator-3",
    "second": None,
    "reason": None,
    "previous": None,
}
_EXAMPLE_VERSION = {
    "version": POLICY_VERSION,
    "step": "published",
    "author": "coordinator-3",
    "drafted_at": "2026-11-06T14:02:00Z",
    "submitter": "coordinator-3",
    "submitted_at": "2026-11-06T14:10:00Z",
    "approver": "acute-3",
    "approved_at": "2026-11-06T15:31:00Z",
    "rollback_asked_by": None,
    "rollback_asked_at": None,
    "publications": [_EXAMPLE_PUBLICATION],
}


def _decoded(value: object) -> object:
    """Read base64 in one way only."""
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None


Version = Annotated[str, Text(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[
    str,
    Text(
        max_length=128,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*){0,2}$",
    ),
]
Content = Annotated[
    bytes,
    BeforeValidator(_decoded),
    PlainSerializer(lambda content: base64.b64encode(content).decode(), return_type=str),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
Reason = Annotated[
    str,
    Text(
        min_length=3,
        max_length=MAX_REASON_CHARACTERS,
        pattern=r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$",
    ),
]


class PolicyFile(Body):
    """One file of a pack, byte for byte."""

    name: FileName = Field(description="Its name below the pack's folder.")
    content: Content = Field(description="Base64.")


class DraftBody(Body):
    """A pack to put on file."""

    model_config = shown_as({"files": [_EXAMPLE_FILE]})

    files: Annotated[tuple[PolicyFile, ...], Field(min_length=1, max_length=MAX_FILES)]

    @field_validator("files")
    @classmethod
    def _none_twice(cls, value: tuple[PolicyFile, ...]) -> tuple[PolicyFile, ...]:
        if len({one.name.casefold() for one in value}) != len(value):
            raise ValueError("a file is there twice")
        return value

    def by_name(self) -> PolicyFiles:
        """Return the files as a pack."""
        return {one.name: one.content for one in self.files}


class PublishBody(Body):
    """From when the version counts."""

    model_config = shown_as({"effective_at": "2026-11-09T07:00:00Z"}, {})

    effective_at: Moment | None = Field(
        default=None, description="With its time zone, and to come; left out: at once."
    )


class RollbackBody(Body):
    """Why an earlier version is needed again."""

    model_config = shown_as({"reason": "R22 refused what the panel agreed.", "emergency": False})

    reason: Reason = Field(description="Kept sealed with the publication, never logged.")
    emergency: Truth = Field(
        default=False, description="One person is enough; it is logged and raises an alarm."
    )


class PublicationOut(BaseModel):
    """One signed publication of a version."""

    number: int
    kind: str = Field(description="publication, rollback or emergency-rollback.")
    standing: str = Field(description="scheduled, in-force, superseded or refused.")
    effective_at: datetime
    published_at: datetime | None = Field(description="null where the row is damaged, as below.")
    publisher: str | None
    second: str | None = Field(description="Who asked for a rollback first.")
    reason: str | None
    previous: str | None = Field(description="The version of the publication before.")

    @classmethod
    def of(cls, seen: PublicationSeen) -> "PublicationOut":
        """Show a publication."""
        stated = seen.stated
        return cls(
            number=seen.stored.number,
            kind="damaged" if stated is None else stated.kind,
            standing=seen.standing,
            effective_at=seen.stored.effective_at,
            published_at=None if stated is None else stated.published_at,
            publisher=None if stated is None else stated.publisher,
            second=None if stated is None else stated.second,
            reason=None if stated is None else stated.reason,
            previous=None if stated is None else stated.previous,
        )


class PolicyOut(BaseModel):
    """One version: who had a hand in it, when, and how it was put in force."""

    model_config = shown_as(_EXAMPLE_VERSION)

    version: str = Field(description="SHA-256 over every file of the pack, hex.")
    step: str = Field(description="draft, submitted, approved or published.")
    author: str
    drafted_at: datetime
    submitter: str | None
    submitted_at: datetime | None
    approver: str | None
    approved_at: datetime | None
    rollback_asked_by: str | None
    rollback_asked_at: datetime | None
    publications: tuple[PublicationOut, ...] = Field(description="Newest first.")

    @classmethod
    def of(cls, seen: PolicySeen) -> "PolicyOut":
        """Show a version."""
        record, asked = seen.record, seen.record.rollback
        return cls(
            version=record.version,
            step=record.step,
            author=record.author,
            drafted_at=record.drafted_at,
            submitter=record.submitter,
            submitted_at=record.submitted_at,
            approver=record.approver,
            approved_at=record.approved_at,
            rollback_asked_by=None if asked is None else asked.asked_by,
            rollback_asked_at=None if asked is None else asked.asked_at,
            publications=tuple(PublicationOut.of(one) for one in seen.publications),
        )


class PoliciesOut(BaseModel):
    """Every version, newest first."""

    model_config = shown_as(
        {"in_force": POLICY_VERSION, "alarms": [], "versions": [_EXAMPLE_VERSION]}
    )

    in_force: str = Field(description="The version this broker decides by.")
    alarms: tuple[str, ...] = Field(description="What an IG lead has to look at.")
    versions: tuple[PolicyOut, ...]

    @classmethod
    def of(cls, found: Overview) -> "PoliciesOut":
        """Show all of them."""
        return cls(
            in_force=found.in_force,
            alarms=found.alarms,
            versions=tuple(PolicyOut.of(one) for one in found.versions),
        )


class FilesOut(BaseModel):
    """The files of one version."""

    model_config = shown_as({"version": POLICY_VERSION, "files": [_EXAMPLE_FILE]})

    version: str
    files: tuple[PolicyFile, ...]

    @classmethod
    def of(cls, version: str, files: PolicyFiles) -> "FilesOut":
        """Show the files, by name."""
        named = (PolicyFile.model_construct(name=one, content=files[one]) for one in sorted(files))
        return cls.model_construct(version=version, files=tuple(named))
