"""Bodies are small: a larger one is cut off while it arrives, before anything reads it."""

from starlette.requests import ClientDisconnect
from starlette.types import Receive

MAX_BODY_BYTES = 64 * 1024
"""A share request with reasons of the greatest length is below 12 KiB."""


async def read_body(receive: Receive) -> bytes | None:
    """Return the whole body, or None as soon as it passes MAX_BODY_BYTES.

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
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)
