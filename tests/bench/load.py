"""Sends requests over kept-alive connections and notes how long each took and how it ended.

Requests are made and signed before the clock starts. The generator shares the machine's cores with
the server, as everything in the report does, so it does as little as it can: no client library,
and one task per client.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import uvloop

from tests.bench.children import LOOPBACK
from tests.bench.outside import PATH, Asker

ANSWER_SECONDS: Final = 60.0
"""A request that takes longer is counted as lost."""
LOST: Final = 0
"""The status of a request that got no answer."""
RELEASED: Final = 201


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measurement.

    Args:
        seconds: from the first request to the last answer.
        latencies: of the answers with status 201, in seconds.
        statuses: how often each status came; 0 for no answer.
        cpu_seconds: processor time of the side that answered, all its processes; None: not told.

    """

    clients: int
    seconds: float
    latencies: tuple[float, ...]
    statuses: Mapping[int, int]
    cpu_seconds: float | None = None

    @property
    def rate(self) -> float:
        """Releases per second."""
        return len(self.latencies) / self.seconds

    @property
    def errors(self) -> int:
        """Requests that were not answered with a release."""
        return sum(count for status, count in self.statuses.items() if status != RELEASED)


def requests_for(asker: Asker, port: int, bodies: Iterable[Mapping[str, object]]) -> list[bytes]:
    """Return complete HTTP requests, each with its own proof and idempotency key."""
    base_url = f"http://{LOOPBACK}:{port}"
    token = asker.token(base_url)
    return [post(port, PATH, body, asker.headers(base_url, token)) for body in bodies]


def post(port: int, path: str, body: Mapping[str, object], headers: Mapping[str, str]) -> bytes:
    """Return one request as bytes."""
    content = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", f"Host: {LOOPBACK}:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["Content-Type: application/json", f"Content-Length: {len(content)}", "", ""]
    return "\r\n".join(lines).encode("ascii") + content


def measure(port: int, requests: Iterable[bytes], *, clients: int, seconds: float) -> Measured:
    """Send until the time or the requests are over; every client finishes what it began."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(port, requests, clients, seconds))


async def _measure(port: int, requests: Iterable[bytes], clients: int, seconds: float) -> Measured:
    waiting = iter(requests)
    answers: list[tuple[int, float]] = []
    connected = [await _Connection.open(port) for _ in range(clients)]
    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(*(_client(one, waiting, answers, until) for one in connected))
    ended = time.perf_counter()
    for one in connected:
        one.writer.close()
    return Measured(
        clients=clients,
        seconds=ended - began,
        latencies=tuple(took for status, took in answers if status == RELEASED),
        statuses=dict(Counter(status for status, _ in answers)),
    )


@dataclass(kw_only=True)
class _Connection:
    """Kept alive, and opened again when the server closed it, as any client does."""

    port: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int) -> "_Connection":
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        return cls(port=port, reader=reader, writer=writer)

    async def open_again(self) -> None:
        self.writer.close()
        self.reader, self.writer = await asyncio.open_connection(LOOPBACK, self.port)

    async def answer(self, request: bytes) -> int:
        """Send, and once more where the server had closed the connection since the last answer."""
        try:
            return await self._status(request)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            if isinstance(error, asyncio.IncompleteReadError) and error.partial:
                raise
        await self.open_again()
        return await self._status(request)

    async def _status(self, request: bytes) -> int:
        """Send, read the response to its end, and return its status."""
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        _, _, after = head.partition(b"content-length:")
        length, _, _ = after.partition(b"\r\n")
        await self.reader.readexactly(int(length))
        if b"connection: close" in head:
            await self.open_again()
        return int(head[9:12])


async def _client(
    connection: _Connection,
    waiting: Iterator[bytes],
    answers: list[tuple[int, float]],
    until: float,
) -> None:
    for request in waiting:
        began = time.perf_counter()
        try:
            status = await asyncio.wait_for(connection.answer(request), ANSWER_SECONDS)
        except (TimeoutError, OSError, EOFError, ValueError):
            status = LOST
            await connection.open_again()
        ended = time.perf_counter()
        answers.append((status, ended - began))
        if ended >= until:
            return
