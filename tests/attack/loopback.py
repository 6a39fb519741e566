"""A real server on a port of its own, for as long as a test needs it."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

STARTS_WITHIN_SECONDS = 20


@contextmanager
def serving(make: Callable[[str], ASGIApp]) -> Iterator[str]:
    """Serve what `make` returns for its base URL; yield that URL."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(
            uvicorn.Config(make(url), log_config=None, lifespan="off", ws="none", access_log=False)
        )
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            _wait(server, thread)
            yield url
        finally:
            server.should_exit = True
            thread.join()


def _wait(server: uvicorn.Server, thread: Thread) -> None:
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < until
        time.sleep(0.005)
