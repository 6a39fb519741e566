"""Stands round every answer: when the request was complete, what no cache keeps, what went wrong.

An error that nobody foresaw ends here and says where it happened, never what it said: its words
may hold somebody's address.
"""

import logging
import time
import traceback
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broker.api.door import refuse
from broker.api.limits import limit_of, read_body
from broker.api.problems import TOO_LARGE, UNAVAILABLE

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware; the outermost."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand round `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def stamped(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        try:
            await self._answer(scope, receive, stamped)
        except ClientDisconnect:
            return  # Nobody is left to be answered, and nothing was asked in full.
        except Exception as error:  # noqa: BLE001  # whatever it was, the caller gets a problem
            _log.error("Unforeseen %s at %s", type(error).__name__, _place_of(error))
            if not begun:
                answer = await refuse(Request(scope), UNAVAILABLE)
                await answer(scope, receive, stamped)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        _clock_in(scope)
        limit = limit_of(scope)
        body = await read_body(receive, limit)
        # From here on, and not from its first byte: who sends slowly must not use up the time in
        # which every neutral answer is alike.
        _clock_in(scope)
        if body is None:
            most = f"Send at most {limit // 1024} KiB."
            answer = await refuse(Request(scope), TOO_LARGE, most)
            await answer(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


def _clock_in(scope: Scope) -> None:
    scope.setdefault("state", {})["arrived_at"] = time.monotonic()


def _place_of(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(frames[-3:]))


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand out the body once, then whatever the connection says."""
    told = False

    async def replayed() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
