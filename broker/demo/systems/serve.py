"""The HTTP systems that are written in Python, all in one process.

Reads one line of JSON, prints {"url": ...} once it listens, and ends when its standard input does.
"""

import hashlib
import hmac
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from broker.demo.systems.mailbox import mailbox_app
from broker.demo.systems.social_care import social_care_app

PARENT_CHECK_SECONDS: Final = 1.0


def mailbox_key(secret: str, agency: str) -> str:
    """Return the key with which an agency reads its own mailbox."""
    return hmac.new(secret.encode(), agency.encode(), hashlib.sha256).hexdigest()


def application(instructions: Mapping[str, object]) -> Starlette:
    """Return every system named in the instructions, each under its own path."""
    secret = str(instructions["mailbox_secret"])
    mailboxes = mailbox_app(
        Path(str(instructions["mailboxes"])), lambda agency: mailbox_key(secret, agency)
    )
    social_care = instructions["social_care"]
    systems: list[BaseRoute] = [
        Mount(f"/social-care/{agency}", social_care_app(Path(one["database"]), one["key"]))
        for agency, one in (social_care.items() if isinstance(social_care, dict) else ())
    ]
    return Starlette(routes=[*systems, Mount("/mailboxes", mailboxes)])


def main() -> None:
    """Serve until the process that started this one is gone."""
    instructions = json.loads(sys.stdin.buffer.readline())
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    server = uvicorn.Server(
        uvicorn.Config(
            application(instructions), log_level="warning", access_log=False, lifespan="off"
        )
    )
    for wait in (_until_input_ends, _until_orphaned):
        threading.Thread(target=_stop_after, args=(wait, server), daemon=True).start()
    # Calls that arrive before the server accepts wait in the listener's backlog.
    print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
    server.run(sockets=[listener])


def _stop_after(wait: Callable[[], None], server: uvicorn.Server) -> None:
    wait()
    server.should_exit = server.force_exit = True


def _until_input_ends() -> None:
    sys.stdin.buffer.read()


def _until_orphaned() -> None:
    """Return when the parent is gone: a process it forked may still hold our input open."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)


if __name__ == "__main__":
    main()
