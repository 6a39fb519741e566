"""A loopback server that answers what it is told to: what other people's systems do on bad days."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from broker.domain.ids import Category
from broker.domain.ports import Connector
from broker.domain.record import RecordItem, RecordQuery
from connectors.fhir import FhirConnector
from connectors.http import HttpApi
from connectors.rest import RestConnector

Make = Callable[[str], Connector]
KEY = "a-bearer-key-nobody-may-see"
PERSON = "9990000123"
NUMBERS = "urn:numbers"
QUERY = RecordQuery(
    subject_ref=PERSON, categories=(Category("incident-summary"),), since=date(2020, 1, 1)
)

Answer = Callable[[str], bytes | None]
"""From the request's target to the raw answer; None: accept, and never answer."""
DRIP = b"<drip>"
"""An answer that ends so goes on for ever, a byte at a time."""


def response(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """Return a well-formed HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode() + body


@contextmanager
def hostile_server(answer: Answer) -> Iterator[str]:
    """Serve until left; yields the base URL."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.settimeout(0.05)
        accepting = threading.Thread(target=_accept, args=(listener, answer, ended))
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        finally:
            ended.set()
            accepting.join()


def _accept(listener: socket.socket, answer: Answer, ended: threading.Event) -> None:
    calls = []
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        calls.append(threading.Thread(target=_serve, args=(connection, answer, ended)))
        calls[-1].start()
    for one in calls:
        one.join()


def _serve(connection: socket.socket, answer: Answer, ended: threading.Event) -> None:
    with connection:
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = connection.recv(65_536)
            if not chunk:
                return
            head += chunk
        said = answer(head.split(b" ", 2)[1].decode())
        if said is None:
            ended.wait()
            return
        try:
            connection.sendall(said.removesuffix(DRIP))
            while said.endswith(DRIP) and not ended.wait(0.01):
                connection.sendall(b" ")
        except OSError:
            return  # The broker had heard enough.


def rest(url: str) -> Connector:
    """A connector to a REST API at the address."""
    return RestConnector(agency="ashmere-x", api=HttpApi(url=url, key=KEY))


def fhir(url: str) -> Connector:
    """A connector to a FHIR API at the address."""
    return FhirConnector(
        agency="ashmere-x", api=HttpApi(url=url, key=KEY), identifier_system=NUMBERS
    )


def answered(make: Make, answer: Answer) -> list[RecordItem]:
    """Return what the connector makes of a system that answers so."""
    with hostile_server(answer) as url:
        return list(make(url).fetch(QUERY))


def json_response(said: object) -> bytes:
    """Return a well-formed answer in JSON."""
    return response(json.dumps(said).encode())
