"""Child processes of the benchmark: each serves on loopback, says where, and ends with us.

A child announces itself with one JSON line on standard output, and leaves when it is told to or
when its standard input closes, which it does when the benchmark dies.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

LOOPBACK: Final = "127.0.0.1"
ENDING_SECONDS: Final = 10.0
"""How long a child may take to leave before it is killed."""
STDERR_CHARACTERS: Final = 2_000
"""How much of a failed child's last words are shown."""


class ChildError(RuntimeError):
    """A child did not start or did not answer; holds the end of what it wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A running child.

    Args:
        said: what it announced.
        ready_seconds: from its start to its announcement.

    """

    process: subprocess.Popen[str] = field(repr=False)
    said: Mapping[str, Any]
    ready_seconds: float

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def port(self) -> int:
        """Where it serves."""
        return int(self.said["port"])

    def tell(self) -> None:
        """Say something to it; what that means is the child's own business."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        """Ask it to leave, and kill it by its id if it does not."""
        self.process.terminate()
        try:
            self.process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def start(module: str, world: Path, *arguments: str) -> Child:
    """Start `python -m module` and wait for its announcement.

    Raises:
        ChildError: it ended instead.

    """
    began = time.perf_counter()
    errors = world.with_name(f"{module.rpartition('.')[2]}-{time.monotonic_ns()}.stderr")
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(world), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        said = json.loads(line)
    except ValueError:
        process.kill()
        process.wait()
        words = errors.read_text(encoding="utf-8", errors="replace")[-STDERR_CHARACTERS:]
        raise ChildError(f"{module} did not start:\n{words}") from None
    return Child(process=process, said=said, ready_seconds=time.perf_counter() - began)


def announce(**said: object) -> None:
    """Tell the parent, as a child."""
    print(json.dumps(said), flush=True)  # noqa: T201  # this is how a child speaks


def listen_to_parent(told: Callable[[], None]) -> None:
    """Call `told` for a line on standard input, and end this process when that closes."""

    def listen() -> None:
        with suppress(OSError, ValueError):
            for _ in sys.stdin:
                told()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=listen, daemon=True).start()


def open_port() -> tuple[socket.socket, int]:
    """Return a listening-to-be socket on a port that the system chose."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((LOOPBACK, 0))
    return opened, int(opened.getsockname()[1])


class _Announcing(uvicorn.Server):
    """Tells the parent when it takes requests."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets is not None
        announce(port=sockets[0].getsockname()[1])


def serve(app: ASGIApp, opened: socket.socket, told: Callable[[], None] = lambda: None) -> None:
    """Serve until the parent leaves; `told` is called when the parent says something."""
    listen_to_parent(told)
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", log_level="error", access_log=False
    )
    _Announcing(config).run(sockets=[opened])
