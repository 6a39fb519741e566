"""Searching the log: for auditors and IG leads, and for an advocate about her own client."""

from typing import Annotated

import anyio
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.problems import (
    AUTHENTICATION,
    INVALID,
    MALFORMED,
    NEUTRAL,
    UNAVAILABLE,
    documented,
)
from broker.api.schemas import Identifier, Moment, Word
from broker.api.search_schemas import CURSOR, PageOut, read_cursor
from broker.domain.ids import AgencyKind, CaseId, CaseTag, Purpose, RuleId
from broker.domain.search import Search
from broker.domain.words import EventKind, Outcome
from broker.service.search import MAX_PAGE, search_log

router = APIRouter(tags=["log"])
PAGE = 50


class Asked(BaseModel):
    """What is searched for: everything given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: EventKind | None = Field(default=None, description="Kind of event.")
    purpose: Word | None = None
    outcome: Outcome | None = None
    agency_kind: Word | None = Field(
        default=None, description="Of whoever asked, held, received, reviewed or was turned away."
    )
    rule: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] | None = Field(
        default=None, description="A rule that matched, such as `R07-identity`."
    )
    case: Identifier | None = Field(
        default=None, description="For an IG lead, or an advocate about a client of her own."
    )
    case_tag: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = Field(
        default=None, description="The case as the log names it."
    )
    since: Moment | None = None
    until: Moment | None = Field(default=None, description="The first moment that is too late.")
    after: Annotated[str, Field(pattern=CURSOR)] | None = Field(
        default=None, description="`next` of the page before."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = PAGE

    @property
    def search(self) -> Search:
        """The same in words of the domain."""
        return Search(
            kind=self.kind,
            purpose=None if self.purpose is None else Purpose(self.purpose),
            outcome=self.outcome,
            agency_kind=None if self.agency_kind is None else AgencyKind(self.agency_kind),
            rule=None if self.rule is None else RuleId(self.rule),
            case_tag=None if self.case_tag is None else CaseTag(self.case_tag),
            since=self.since,
            until=self.until,
            after=read_cursor(self.after),
        )


@router.get(
    "/v1/log/search",
    response_model=PageOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, INVALID, UNAVAILABLE),
)
async def search(
    http: Request, requester: Authenticated, desk: TheDesk, asked: Annotated[Asked, Query()]
) -> JSONResponse:
    """Search the log, newest first; each page is an entry itself before it is shown."""
    case = None if asked.case is None else CaseId(asked.case)
    page = await anyio.to_thread.run_sync(
        search_log, desk, requester, asked.search, case, asked.limit
    )
    if page is None:
        return await neutral(http)
    return JSONResponse(PageOut.of(page).model_dump(mode="json"))
