"""A recipient agency's mailbox: packages are put by the broker and fetched by the agency.

    PUT /{agency}/packages/{disclosure id}   201 taken, 200 already there, 409 another one is
    GET /{agency}/packages                   the ids, for the agency's key
    GET /{agency}/packages/{disclosure id}   the package, for the agency's key

What is acknowledged is on disk: content, name and folder are synced before the answer.
"""

import os
import re
from collections.abc import Callable
from hmac import compare_digest
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MAX_PACKAGE_BYTES: Final = 16 * 1024 * 1024
"""Well above the largest package the broker seals."""
_AGENCY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_PACKAGE: Final = re.compile(r"[0-9a-f]{32}")


def mailbox_app(folder: Path, key_of: Callable[[str], str]) -> Starlette:
    """Return the mailboxes under one folder; `key_of` gives an agency's bearer key."""

    async def put(request: Request) -> Response:
        place = _place(folder, request)
        if place is None:
            return Response(status_code=404)
        content = await _body(request)
        if content is None:
            return Response(status_code=413)
        return Response(status_code=await run_in_threadpool(keep, place, content))

    def get(request: Request) -> Response:
        place = _place(folder, request)
        if place is None or not _may_read(request, key_of):
            return Response(status_code=404)
        if not place.is_file():
            return Response(status_code=404)
        return Response(place.read_bytes(), media_type="application/jose")

    def listing(request: Request) -> Response:
        agency = str(request.path_params["agency"])
        if not _AGENCY.fullmatch(agency) or not _may_read(request, key_of):
            return Response(status_code=404)
        names = [one.name for one in (folder / agency).glob("*") if _PACKAGE.fullmatch(one.name)]
        return JSONResponse({"packages": sorted(names)})

    return Starlette(
        routes=[
            Route("/{agency}/packages/{package}", put, methods=["PUT"]),
            Route("/{agency}/packages/{package}", get),
            Route("/{agency}/packages", listing),
        ]
    )


def keep(place: Path, content: bytes) -> int:
    """Store a package once, durably; return the HTTP status that says what happened."""
    if not place.parent.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        _sync(place.parent.parent)
    part = place.with_name(f"{place.name}.{os.getpid()}.{id(content)}.part")
    with part.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    # If we die here only a .part is left, and the broker puts the package again.
    try:
        os.link(part, place)
    except FileExistsError:
        return 200 if place.read_bytes() == content else 409
    finally:
        part.unlink()
        _sync(place.parent)
    return 201


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _place(folder: Path, request: Request) -> Path | None:
    agency, package = str(request.path_params["agency"]), str(request.path_params["package"])
    if not _AGENCY.fullmatch(agency) or not _PACKAGE.fullmatch(package):
        return None
    return folder / agency / package


def _may_read(request: Request, key_of: Callable[[str], str]) -> bool:
    expected = f"Bearer {key_of(str(request.path_params['agency']))}"
    return compare_digest(request.headers.get("Authorization", "").encode(), expected.encode())


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_PACKAGE_BYTES:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)
