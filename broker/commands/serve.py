"""`marac-broker serve`: the API as a service, and the county beside it when asked for."""

import os
import socket
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from broker import settings as settings_module
from broker.api.app import create_app
from broker.bootstrap import open_desk, prepare
from broker.service.alert_watch import watch_log_until
from broker.service.deliver import deliver_until
from broker.service.desk import Desk
from broker.service.opened_watch import flag_unheard_until
from broker.service.reject import note_counted_until
from broker.service.review_watch import see_to_reviews_until
from broker.settings import Settings

BACKLOG = 256
SHUTDOWN_SECONDS = 10


def serve(
    *,
    state: Annotated[
        Path | None, typer.Option(help="Folder of an embedded broker, made on first use.")
    ] = None,
    county: Annotated[
        bool, typer.Option("--county", help="With the synthetic county and its systems.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="0 takes a free one.")] = None,
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", help="End with whoever started it.")
    ] = False,
) -> None:
    """Serve the API."""
    if state is not None:
        os.environ["MARAC_STATE"] = str(state)
    settings = settings_module.from_environment(os.environ)
    if state is not None:
        prepare(settings)
    with ExitStack() as stack:
        listener = stack.enter_context(_listen(settings, port))
        base_url = settings.base_url or f"http://{settings.host}:{listener.getsockname()[1]}"
        if county:
            # Thirty megabytes of the county's systems, which only a county needs.
            from broker.demo.neighbourhood import Neighbourhood  # noqa: PLC0415

            neighbours = stack.enter_context(Neighbourhood.start(settings, state, base_url))
            settings = neighbours.settings
            desk = stack.enter_context(
                open_desk(settings, base_url=base_url, connectors=neighbours.connectors)
            )
            neighbours.register(desk)
        else:
            desk = stack.enter_context(open_desk(settings, base_url=base_url))
        _run(settings, desk, base_url, listener, until_stdin_closes=until_stdin_closes)


def _listen(settings: Settings, port: int | None) -> socket.socket:
    """Take the port before anything else, so that callers can be told where we are."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((settings.host, settings.port if port is None else port))
    listener.listen(BACKLOG)
    return listener


def _run(
    settings: Settings,
    desk: Desk,
    base_url: str,
    listener: socket.socket,
    *,
    until_stdin_closes: bool,
) -> None:
    """Serve and deliver until a signal, or until standard input closes."""
    app = create_app(
        desk, base_url=base_url, trust_client_certificate=settings.trust_client_certificate
    )
    # No access log: the addresses hold case ids.
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = uvicorn.Server(config)
    stopped = threading.Event()
    workers = [
        threading.Thread(target=work, args=(desk, stopped), daemon=True)
        for work in (
            deliver_until,
            see_to_reviews_until,
            watch_log_until,
            flag_unheard_until,
            note_counted_until,
        )
    ]
    for worker in workers:
        worker.start()
    if until_stdin_closes:
        threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
    typer.echo(f"marac-broker answers at {base_url}")
    try:
        server.run(sockets=[listener])
    finally:
        stopped.set()
        for worker in workers:
            worker.join(SHUTDOWN_SECONDS)


def _end_with_stdin(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True
