"""The least that a door can do: raw ASGI on uvicorn, a body validated, a fixed answer."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from starlette.types import Receive, Scope, Send

from tests.bench.children import open_port, serve

Word = Annotated[str, StringConstraints(max_length=64)]
_ANSWER = b'{"status":"released"}'


class Body(BaseModel):
    """A share request's shape."""

    case_id: Word
    subject_id: Word
    purpose: Word
    categories: Annotated[tuple[Word, ...], Field(min_length=1, max_length=16)]
    holder: Word
    recipient: Word
    meeting_id: Word


async def floor(scope: Scope, receive: Receive, send: Send) -> None:
    """Read, validate, answer."""
    if scope["type"] != "http":
        return
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    Body.model_validate_json(content)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_ANSWER)).encode()),
    ]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": _ANSWER})


if __name__ == "__main__":
    serve(floor, open_port()[0])
