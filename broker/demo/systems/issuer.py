"""The agencies' token issuer as a process: `python -m broker.demo.systems.issuer`.

Reads one line of JSON, prints {"url": ...} once it listens, and ends when its standard input does.
"""

import json
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from broker.demo.county.model import County
from broker.demo.office import system_key_file
from broker.demo.systems.identity import RegisteredSystem, identity_app
from broker.demo.systems.process import SystemProcess
from broker.domain.ids import AgencyId, PractitionerId, Role
from broker.domain.people import Practitioner
from connectors.tokens import SigningKey


class IssuerClock:
    """The issuer's own clock, in UTC."""

    def now(self) -> datetime:
        """Return this moment."""
        return datetime.now(UTC)


def start_issuer(
    county: County, keys: Path, passphrase: str, audience: str, log: Path
) -> SystemProcess:
    """Start an issuer that knows the public half of every agency's system key."""
    systems = [
        {
            "agency": agency.agency_id,
            "jwk": _public(keys, agency.agency_id, passphrase),
            "practitioners": [
                {"id": one.practitioner_id, "role": one.role}
                for one in county.practitioners
                if one.agency_id == agency.agency_id
            ],
        }
        for agency in county.agencies
    ]
    return SystemProcess(
        [sys.executable, "-m", "broker.demo.systems.issuer"],
        log=log,
        instructions={"audience": audience, "systems": systems},
    )


def main() -> None:
    """Serve until the process that started this one is gone."""
    instructions = json.loads(sys.stdin.buffer.readline())
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = identity_app(
        issuer=url,
        audience=instructions["audience"],
        signing_key=SigningKey.generate(),
        systems=_systems(instructions["systems"]),
        clock=IssuerClock(),
    )
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    )
    threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    print(json.dumps({"url": url}), flush=True)
    server.run(sockets=[listener])


def _public(keys: Path, agency_id: AgencyId, passphrase: str) -> Mapping[str, str]:
    return SigningKey.read(system_key_file(keys, agency_id).read_bytes(), passphrase).public_jwk()


def _systems(listed: Sequence[Mapping[str, Any]]) -> tuple[RegisteredSystem, ...]:
    return tuple(
        RegisteredSystem(
            public_jwk=one["jwk"],
            agency_id=AgencyId(one["agency"]),
            practitioners=tuple(
                Practitioner(
                    practitioner_id=PractitionerId(person["id"]),
                    agency_id=AgencyId(one["agency"]),
                    role=Role(person["role"]),
                    name="",
                )
                for person in one["practitioners"]
            ),
        )
        for one in listed
    )


def _end_with_input(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = server.force_exit = True


if __name__ == "__main__":
    main()
