"""A case's timeline as a file: for its advocate, and for an IG lead who is tied to nobody in it."""

from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.problems import AUTHENTICATION, MALFORMED, NEUTRAL, UNAVAILABLE, documented
from broker.api.schemas import Identifier
from broker.domain.ids import CaseId
from broker.exports.write import Form, media_type_of, write
from broker.service.report import case_report

router = APIRouter(tags=["cases"])
_ENDS = {Form.PDF: "pdf", Form.CSV: "csv"}
_SHOWN: dict[str, Any] = {
    "application/pdf": {"example": "%PDF-1.3 ..."},
    "text/csv": {"example": '"format","number","at","kind","sentence",...'},
    "application/json": {"example": {"format": "marac-broker-timeline", "version": 1}},
    "application/fhir+json": {"example": {"resourceType": "Bundle", "type": "collection"}},
}
Wanted = Annotated[
    Form,
    Query(
        description="`pdf` to read, `csv` for a spreadsheet, `json` with every proof, `fhir`:"
        " AuditEvents by IHE BALP, `27560`: what the client said, as ISO/IEC TS 27560 has it."
    ),
]


@router.get(
    "/v1/cases/{case_id}/export",
    response_class=Response,
    responses={
        200: {"description": "The file.", "content": _SHOWN},
        **documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
    },
)
async def export_case(
    case_id: Identifier, http: Request, requester: Authenticated, desk: TheDesk, form: Wanted
) -> Response:
    """Write a case's timeline to a file; that it was written is its own newest entry."""

    def made() -> bytes | None:
        report = case_report(desk, requester, CaseId(case_id), form.value)
        return None if report is None else write(report, form)

    content = await anyio.to_thread.run_sync(made)
    if content is None:
        return await neutral(http)
    # The name says nothing of what is inside.
    name = f"record.{_ENDS.get(form, 'json')}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=media_type_of(form), headers=headers)
