"""Alive, and ready: two questions that an operator's tools ask."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from broker.api.door import TheDesk
from broker.api.examples import POLICY_VERSION, shown_as
from broker.api.problems import UNAVAILABLE, documented

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The process answers."""

    model_config = shown_as({"status": "alive"})

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """The broker can decide, redact, seal and log."""

    model_config = shown_as(
        {"status": "ready", "policy_version": POLICY_VERSION, "policy_alarms": 0, "log_size": 412}
    )

    status: Literal["ready"] = "ready"
    policy_version: str
    policy_alarms: int = Field(
        default=0, description="What an IG lead has to look at: reviews due, publications refused."
    )
    log_size: int


@router.get("/health")
async def health() -> Health:
    """Say that the process answers."""
    return Health()


@router.get("/ready", responses=documented(UNAVAILABLE))
def ready(desk: TheDesk) -> Readiness:
    """Say that a share request would be taken: the log is readable and a policy is in force."""
    checkpoint = desk.log.checkpoint()
    return Readiness(
        policy_version=desk.policy.version,
        policy_alarms=len(desk.rules.alarms),
        log_size=checkpoint.size if checkpoint else 0,
    )
