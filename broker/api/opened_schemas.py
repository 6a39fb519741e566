"""What goes over the wire about opened-receipts. Stable: add fields, never rename or drop one."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field
from pydantic import StringConstraints as Text

from broker.api.examples import DISCLOSURE, shown_as
from broker.api.schemas import Body
from broker.domain.opened import MAX_RECEIPT_CHARACTERS, OpenedReceipt
from broker.service.opened import Heard

_EXAMPLE_RECEIPT = "eyJhbGciOiJFUzI1NiJ9.eyJzdGF0ZSI6Im9wZW5lZCJ9.c2lnbmF0dXJl"
_EXAMPLE = {
    "state": "opened",
    "at": "2026-11-09T10:02:00Z",
    "until": None,
    "receipt": _EXAMPLE_RECEIPT,
}


class ReceiptBody(Body):
    """What your system signed about a package."""

    model_config = shown_as({"receipt": _EXAMPLE_RECEIPT})

    receipt: Annotated[
        str, Text(min_length=1, max_length=MAX_RECEIPT_CHARACTERS, pattern=r"^[A-Za-z0-9._-]*$")
    ] = Field(description="A compact JWS by your system's own key, as keys/FORMAT.md says.")


class OpenedReceiptOut(BaseModel):
    """One thing that was said of a package."""

    model_config = shown_as(_EXAMPLE)

    state: str = Field(description="opened, stored or deleted.")
    at: datetime = Field(description="When, by the recipient's clock.")
    until: datetime | None = Field(description="Until when it is stored, where it is.")
    receipt: str = Field(description="As it was signed.")

    @classmethod
    def of(cls, one: OpenedReceipt) -> "OpenedReceiptOut":
        """Show one."""
        return cls(state=one.state.value, at=one.at, until=one.until, receipt=one.text)


class OpenedReceiptsOut(BaseModel):
    """What was said of one package, in the order opened, stored, deleted."""

    model_config = shown_as({"disclosure_id": DISCLOSURE, "receipts": [_EXAMPLE]})

    disclosure_id: str
    receipts: tuple[OpenedReceiptOut, ...]

    @classmethod
    def of(cls, heard: Heard) -> "OpenedReceiptsOut":
        """Show all of it."""
        shown = tuple(OpenedReceiptOut.of(one) for one in heard.receipts)
        return cls(disclosure_id=heard.disclosure_id, receipts=shown)
