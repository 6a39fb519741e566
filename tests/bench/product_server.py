"""The broker itself, as `serve` runs it: filled with the benchmark's world, behind its own door.

Delivery does not run during the measurement, because the yardstick has none: an answer is a logged
and sealed disclosure in the outbox. What delivery costs afterwards is measured with the stages.
"""

import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from typing import Final

from broker.api.app import create_app
from broker.bootstrap import open_desk, prepare
from broker.service.deliver import deliver_until
from broker.service.desk import Desk
from broker.service.register import Register
from broker.settings import Settings
from tests.bench import world as worlds
from tests.bench.children import LOOPBACK, ChildError, open_port, serve
from tests.bench.world import World

PASSPHRASE: Final = "an invented passphrase, for the benchmark only"
REGISTERING: Final = 16
"""Threads that put the world on file."""
WORKERS: Final = 2
"""Redaction processes: the default of the settings."""


@contextmanager
def open_product(world: World, folder: str, base_url: str) -> Iterator[Desk]:
    """Open a broker with an SQLite file in its own folder, and put the world on file."""
    state = world.folder / folder
    state.mkdir()
    settings = Settings(
        database_url=f"sqlite+pysqlite:///{state / 'broker.sqlite'}",
        keys_directory=state / "keys",
        passphrase=PASSPHRASE,
        origin="ashmere.example/bench",
        issuer=worlds.ISSUER,
        jwks_url=world.jwks_url,
        redaction_workers=WORKERS,
    )
    _prepare(settings)
    with open_desk(settings, base_url=base_url, connectors=worlds.connectors(world)) as desk:
        _register(world, desk)
        yield desk


def _prepare(settings: Settings) -> None:
    """Make keys and tables beforehand, as operators do: what that loads is not the broker's."""
    maker = get_context("spawn").Process(target=prepare, args=(settings,))
    maker.start()
    maker.join()
    if maker.exitcode:
        raise ChildError("The benchmark's database could not be made.")


def _register(world: World, desk: Desk) -> None:
    register = Register(desk.ledger, desk.cases, desk.clock)
    for agency in worlds.agencies(world):
        register.agency(agency)
    register.practitioner(worlds.practitioner())
    register.system(worlds.system(world))
    register.key(worlds.recipient_key(world))
    with ThreadPoolExecutor(REGISTERING) as pool:  # Together, so that commits are shared.
        deque(pool.map(register.case, worlds.cases()), maxlen=0)
        deque(pool.map(register.meeting, worlds.meetings()), maxlen=0)


def main() -> None:
    """Serve until the parent leaves; deliver, beside answering, once the parent says so."""
    world = World.read(Path(sys.argv[1]))
    opened, port = open_port()
    base_url = f"http://{LOOPBACK}:{port}"
    with open_product(world, "product", base_url) as desk:
        stopped = Event()
        deliverer = Thread(target=deliver_until, args=(desk, stopped), daemon=True)
        try:
            serve(create_app(desk, base_url=base_url), opened, told=deliverer.start)
        finally:
            stopped.set()
            if deliverer.is_alive():
                deliverer.join()


if __name__ == "__main__":
    main()
