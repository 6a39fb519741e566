"""A real mailbox server of the tests' own, on loopback, in a thread."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from broker.demo.systems.mailbox import mailbox_app


@contextmanager
def mailbox_server(folder: Path) -> Iterator[str]:
    """Serve mailboxes kept in `folder` until the end of the block; yields the base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = mailbox_app(folder, lambda agency: f"key-of-{agency}")
        config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def delivered(folder: Path) -> list[str]:
    """Return the disclosure ids of everything that has left, sorted."""
    return sorted(one.name for one in folder.glob("*/*") if not one.name.endswith(".part"))
