"""The list before the meeting."""

import anyio
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.problems import AUTHENTICATION, MALFORMED, NEUTRAL, UNAVAILABLE, documented
from broker.api.schemas import Identifier, ListedCaseOut, ListOut, PersonOut
from broker.domain.ids import MeetingId
from broker.service.research import ResearchList, research_list

router = APIRouter(tags=["meetings"])


@router.get(
    "/v1/meetings/{meeting_id}/cases",
    response_model=ListOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def cases(
    meeting_id: Identifier, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Read the cases that your agency may research for this meeting."""
    found = await anyio.to_thread.run_sync(research_list, desk, requester, MeetingId(meeting_id))
    if found is None:
        return await neutral(http)
    return JSONResponse(_shown(found).model_dump(mode="json"))


def _shown(found: ResearchList) -> ListOut:
    return ListOut(
        meeting_id=found.meeting.meeting_id,
        closes_at=found.meeting.closes_at,
        cases=tuple(
            ListedCaseOut(
                case_id=case.case_id,
                people=tuple(
                    PersonOut(
                        subject_id=one.subject_id,
                        role=one.role,
                        names=one.names,
                        date_of_birth=one.date_of_birth,
                        own_reference=one.reference_at(found.agency_id),
                    )
                    for one in found.people_of(case)
                ),
            )
            for case in found.cases
        ),
    )
