"""Alerts: for whoever's duty it is to look. To anybody else there are none."""

from datetime import datetime
from typing import Annotated, Literal

import anyio
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from broker.api.door import Authenticated, TheDesk, neutral
from broker.api.examples import shown_as
from broker.api.problems import (
    AUTHENTICATION,
    INVALID,
    MALFORMED,
    NEUTRAL,
    UNAVAILABLE,
    documented,
)
from broker.api.schemas import Identifier
from broker.domain.alert import Alert, AlertId
from broker.service.alerts import acknowledge_alert, alerts_of
from broker.service.sentences_office import pattern_of

router = APIRouter(tags=["alerts"])
_EXAMPLE = {
    "alert_id": "3b9d0c8e7f6a5b4c3d2e1f0a9b8c7d6e",
    "rule": "A03",
    "watch": "unlisted-attempts",
    "sentence": "Somebody tried again and again to see what is not for them (Council housing, 3 "
    "times).",
    "count": 3,
    "case_tag": "9c1e5b7a3d2f4860b1c9d8e7f6a5b4c3",
    "agency_kind": "housing-la",
    "trigger": 410,
    "entry": 411,
    "raised_at": "2026-11-09T10:00:00Z",
    "seen_at": None,
}
State = Annotated[
    Literal["open", "acknowledged"],
    Query(description="`open`: nobody has looked; `acknowledged`: somebody has."),
]


class AlertOut(BaseModel):
    """A pattern in the log that an IG lead's line describes; it names nobody."""

    model_config = shown_as(_EXAMPLE)

    alert_id: str
    rule: str = Field(description="The line of alerts.csv.")
    watch: str
    sentence: str = Field(description="What it is about, in plain English.")
    count: int
    case_tag: str | None = Field(description="The case as the log names it.")
    agency_kind: str | None = Field(description="Of whoever did it.")
    trigger: int = Field(description="The entry with which the count was full.")
    entry: int = Field(description="The entry that says so.")
    raised_at: datetime
    seen_at: datetime | None

    @classmethod
    def of(cls, one: Alert) -> "AlertOut":
        """Show an alert."""
        said = pattern_of(one.watch, one.agency_kind, one.count)
        return cls(
            alert_id=one.alert_id,
            rule=one.rule_id,
            watch=one.watch,
            sentence=f"{said[0].upper()}{said[1:]}.",
            count=one.count,
            case_tag=one.case_tag,
            agency_kind=one.agency_kind,
            trigger=one.trigger,
            entry=one.entry,
            raised_at=one.raised_at,
            seen_at=one.seen_at,
        )


class AlertsOut(BaseModel):
    """Alerts that it is your duty to look at, newest first."""

    model_config = shown_as({"alerts": [_EXAMPLE]})

    alerts: tuple[AlertOut, ...]


@router.get(
    "/v1/alerts",
    response_model=AlertsOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, UNAVAILABLE),
)
async def read_alerts(
    http: Request, requester: Authenticated, desk: TheDesk, state: State = "open"
) -> JSONResponse:
    """Read the alerts about your clients, or about other teams for an IG lead or an auditor."""
    seen = state == "acknowledged"
    found = await anyio.to_thread.run_sync(lambda: alerts_of(desk, requester, seen=seen))
    if found is None:
        return await neutral(http)
    shown = AlertsOut(alerts=tuple(AlertOut.of(one) for one in found))
    return JSONResponse(shown.model_dump(mode="json"))


@router.post(
    "/v1/alerts/{alert_id}/acknowledgement",
    status_code=201,
    response_model=AlertOut,
    responses=documented(AUTHENTICATION, NEUTRAL, MALFORMED, INVALID, UNAVAILABLE),
)
async def acknowledge(
    alert_id: Identifier, http: Request, requester: Authenticated, desk: TheDesk
) -> JSONResponse:
    """Say that you have looked at an alert; the first who does is on record."""
    found = await anyio.to_thread.run_sync(acknowledge_alert, desk, requester, AlertId(alert_id))
    if found is None:
        return await neutral(http)
    return JSONResponse(AlertOut.of(found).model_dump(mode="json"), 201)
