"""Bodies are small: a larger one is cut off while it arrives, before anything reads it."""

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

MAX_BODY_BYTES = 64 * 1024
"""A share request with reasons of the greatest length is below 12 KiB."""
PACK_PATH = "/v1/policies"
MAX_PACK_BODY_BYTES = 16 * 1024 * 1024
"""A policy pack of 20,000 rules, the largest that is loaded, has 6 MiB, and 8 as base64."""


def limit_of(scope: Scope) -> int:
    """Return how many bytes a body may have at this address."""
    drafts = scope["method"] == "POST" and scope["path"] == PACK_PATH
    return MAX_PACK_BODY_BYTES if drafts else MAX_BODY_BYTES


async def read_body(receive: Receive, limit: int = MAX_BODY_BYTES) -> bytes | None:
    """Return the whole body, or None as soon as it passes the limit in bytes.

    Raises:
        ClientDisconnect: the caller went away before the end.

    """
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            return None
    return bytes(body)
