"""JSON bodies are read in one way only, so that nobody downstream can read another meaning.

RFC 8259 leaves open what a member given twice means, and Python's reader adds numbers and
encodings of its own; here each of them is refused (I-JSON, RFC 7493 section 2).
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from json import JSONDecodeError
from typing import Any, NoReturn

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response


def read_json(body: bytes) -> Any:  # noqa: ANN401  # pydantic gives it a type
    """Return what the body says.

    Raises:
        JSONDecodeError: it can be read in no way or in more than one; holds nothing of the body.

    """
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_constant
        )
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # Half a character has no encoding.
    except (ValueError, RecursionError) as error:
        place = error.pos if isinstance(error, JSONDecodeError) else 0
        raise JSONDecodeError("not JSON", "", place) from None
    return found


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _no_constant(_: str) -> NoReturn:
    raise ValueError("a number that JSON does not have")


def places_of(faults: Sequence[Mapping[str, Any]]) -> str:
    """Return the members at fault, never their values; a name we did not coin is a value."""
    return ", ".join(sorted({_place(one) for one in faults}))


def _place(fault: Mapping[str, Any]) -> str:
    coined = fault["loc"] if fault["type"] != "extra_forbidden" else (*fault["loc"][:-1], "unknown")
    return ".".join(str(part) for part in coined)


class _StrictRequest(Request):
    async def json(self) -> Any:  # noqa: ANN401  # as in Starlette
        """Read the body strictly."""
        return read_json(await self.body())


class StrictRoute(APIRoute):
    """A route whose JSON bodies are read by `read_json`."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return the handler, given requests that read strictly."""
        handle = super().get_route_handler()

        async def strictly(http: Request) -> Response:
            return await handle(_StrictRequest(http.scope, http.receive))

        return strictly
