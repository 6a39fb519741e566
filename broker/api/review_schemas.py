"""What goes over the wire about held records. Stable: add fields, never rename or drop one."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field
from pydantic import StringConstraints as Text

from broker.api.examples import DISCLOSURE, shown_as
from broker.api.schemas import Body, Word

MAX_EDITS = 200
"""More than anybody makes by hand in one record; leave a text out instead."""
MAX_OFFSET = 50_000
"""As long as a text may be (domain/record.py)."""
MAX_BECAUSE_CHARACTERS = 500
_NO_CONTROLS = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$"

_REVIEW = "3b9d0c8e7f6a5b4c3d2e1f0a9b8c7d6e"
_DIGEST = "9f1b5f6f2f0a4c7f9e3b8d6a1c4e2f7b9a0d3c5e8f1b4a6d7c9e0f2a3b5d8c61"
_WAITING = {
    "review_id": _REVIEW,
    "case_id": "MR-0401",
    "purpose": "marac-research",
    "categories": ["incident-summary"],
    "requester_agency": "housing-la",
    "held_at": "2026-11-09T10:00:00Z",
    "due_at": "2026-11-10T17:00:00Z",
    "expires_at": "2026-11-30T10:00:00Z",
    "state": "waiting",
    "flags": ["party-name"],
    "approvals": 0,
    "edited": False,
}
_PLACE = {"item": 0, "order": 2, "start": 14, "end": 41}
_EDITS = {
    "taken_out": [{**_PLACE, "reason": "informant-identity"}],
    "explained": [],
    "left_out": [],
}
_TEXT = {
    "item": 0,
    "order": 2,
    "name": None,
    "category": "incident-summary",
    "text": "The caller was w i l h e l m i n a from [address removed: safe-location].",
    "leaves": "The caller was w i l h e l m i n a from [address removed: safe-location].",
    "flagged": [{"kind": "party-name", "start": 15, "end": 34, "explainable": False, "open": True}],
    "removed": [
        {
            "label": "ADDRESS",
            "party_role": "victim",
            "reason": "safe-location",
            "rule": "P-VICTIM-SAFE/ADDRESS/victim",
            "recogniser": "address",
        }
    ],
}
_SHOWN = {
    **_WAITING,
    "permitted": True,
    "people_needed": 1,
    "digest": _DIGEST,
    "releasable": False,
    "texts": [_TEXT],
    "edits": {"taken_out": [], "explained": [], "left_out": []},
}

Because = Annotated[
    str, Text(min_length=1, max_length=MAX_BECAUSE_CHARACTERS, pattern=_NO_CONTROLS)
]
Position = Annotated[int, Field(ge=0, le=MAX_OFFSET, strict=True)]
Digest = Annotated[str, Text(pattern=r"^[0-9a-f]{64}$")]


class WaitingOut(BaseModel):
    """One held record, without a word of what is in it."""

    model_config = shown_as(_WAITING)

    review_id: str
    case_id: str
    purpose: str
    categories: tuple[str, ...]
    requester_agency: str = Field(description="Kind of agency that asks.")
    held_at: datetime
    due_at: datetime
    expires_at: datetime = Field(description="Then it is destroyed.")
    state: str = Field(description="`waiting` or `overdue`.")
    flags: tuple[str, ...] = Field(description="Kinds of finding that hold it.")
    approvals: int = Field(description="How many people have said yes to it as it is.")
    edited: bool


class QueueOut(BaseModel):
    """What waits for you, due first come first."""

    model_config = shown_as({"reviews": [_WAITING], "next": None})

    reviews: tuple[WaitingOut, ...]
    next: str | None = Field(description="Send it as `after` for the following page.")


class FlaggedOut(BaseModel):
    """A place that holds the record; offsets in code points of `text`."""

    kind: str
    start: int
    end: int
    explainable: bool = Field(description="Whether a reason is enough; otherwise it has to go.")
    open: bool = Field(description="Whether no edit has met it yet.")


class RemovedOut(BaseModel):
    """Something that was taken out, and why; never what it was."""

    label: str
    party_role: str | None
    reason: str
    rule: str
    recogniser: str


class TextOut(BaseModel):
    """One text of the record; `item` and `order` name it in edits."""

    item: int
    order: int = Field(description="0 is the title of its entry.")
    name: str | None = Field(
        description="The field's name; none for free text. A document's texts are called by their"
        " place, such as `(document 1) paragraph 2`; `(document 1)` stands for all of it."
    )
    category: str
    text: str = Field(description="As it was redacted; edits count in it.")
    leaves: str | None = Field(description="As it would leave with the edits; none if left out.")
    flagged: tuple[FlaggedOut, ...]
    removed: tuple[RemovedOut, ...]


class TakenOutBody(Body):
    """Something more that has to go."""

    item: Position
    order: Position
    start: Position
    end: Position
    reason: Word = Field(description="A redact-reason, such as `informant-identity`.")


class ExplainedBody(Body):
    """Why a flagged number or word is nobody's; a word counts wherever it stands."""

    item: Position
    order: Position
    start: Position
    end: Position
    because: Because = Field(description="Kept sealed with the record, never logged.")


class LeftOutBody(Body):
    """A text that does not leave; order 0 leaves out the whole entry."""

    item: Position
    order: Position


class EditsBody(Body):
    """Everything that is done to the record, in place of what was done before."""

    model_config = shown_as(_EDITS)

    taken_out: Annotated[tuple[TakenOutBody, ...], Field(max_length=MAX_EDITS)] = ()
    explained: Annotated[tuple[ExplainedBody, ...], Field(max_length=MAX_EDITS)] = ()
    left_out: Annotated[tuple[LeftOutBody, ...], Field(max_length=MAX_EDITS)] = ()


class ReviewOut(WaitingOut):
    """One held record as it would leave now."""

    model_config = shown_as(_SHOWN)

    permitted: bool = Field(
        description="Whether it would still be permitted; if not, no text is shown: refuse it."
    )
    people_needed: int = Field(description="How many different people must say yes.")
    digest: str | None = Field(description="Of what would leave; send it when you release.")
    releasable: bool = Field(description="Whether nothing flagged is open any more.")
    texts: tuple[TextOut, ...]
    edits: EditsBody


class ReleaseBody(Body):
    """Yes to exactly what you saw."""

    model_config = shown_as({"digest": _DIGEST})

    digest: Digest


class RefuseBody(Body):
    """No, and why."""

    model_config = shown_as({"because": "The whole note is about somebody else's case."})

    because: Because = Field(description="Stays with you: the requester learns nothing of it.")


class SaidOut(BaseModel):
    """What came of a yes or a no."""

    model_config = shown_as(
        {
            "review_id": _REVIEW,
            "status": "released",
            "people_needed": 1,
            "approvals": 1,
            "disclosure_id": DISCLOSURE,
        },
        {
            "review_id": _REVIEW,
            "status": "second-person",
            "people_needed": 2,
            "approvals": 1,
            "disclosure_id": None,
        },
    )

    review_id: str
    status: str = Field(
        description="`released`, `second-person` (one more must say yes), `refused`."
    )
    people_needed: int
    approvals: int
    disclosure_id: str | None
