"""A witness's door: C2SP tlog-witness over HTTP, `POST /add-checkpoint` and nothing else."""

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from broker.commands.witness_state import Witness
from broker.domain.errors import BrokerError, CustodyError
from broker.ledger.witness import (
    MAX_REQUEST_BYTES,
    Answer,
    WitnessRefusalError,
    read_asked,
)

PATH = "/add-checkpoint"
SECONDS = 10.0
"""For one request to arrive: a log is a machine."""
SIZE_TYPE = "text/x.tlog.size"
_PLAIN = "text/plain; charset=utf-8"


def _handler(witness: Witness, say: Callable[[str], None]) -> type[BaseHTTPRequestHandler]:
    """Return what answers one connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "marac-witness"
        sys_version = ""
        timeout: ClassVar[float] = SECONDS

        def do_POST(self) -> None:
            """Answer a request to cosign."""
            status, kind, text = _answered(witness, self.path, self._body())
            say(f"{status} {text.strip() if status != Answer.COSIGNED else 'cosigned'}")
            raw = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", f"{len(raw)}")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(raw)
            self.close_connection = True

        def _body(self) -> bytes | None:
            """Read what was sent; None where its length is not told or over the limit."""
            told = self.headers.get("Content-Length", "")
            if not (told.isascii() and told.isdigit()) or int(told) > MAX_REQUEST_BYTES:
                return None
            return self.rfile.read(int(told))

        def log_message(self, *_: object) -> None:
            """Say nothing here: `say` does."""

    return Handler


def _answered(witness: Witness, path: str, body: bytes | None) -> tuple[int, str, str]:
    """Return status, media type and text."""
    if path != PATH:
        return HTTPStatus.NOT_FOUND, _PLAIN, f"Only {PATH} is here.\n"
    if body is None:
        return HTTPStatus.BAD_REQUEST, _PLAIN, "Say the length, which is bounded.\n"
    try:
        line = witness.cosign(read_asked(body))
    except WitnessRefusalError as refused:
        kind = SIZE_TYPE if refused.answer is Answer.ANOTHER_SIZE else _PLAIN
        return refused.answer, kind, f"{refused}\n"
    except CustodyError as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, f"{error}\n"
    except BrokerError as error:
        return Answer.MALFORMED, _PLAIN, f"{error}\n"
    return Answer.COSIGNED, _PLAIN, f"{line}\n"


def witness_server(
    witness: Witness, host: str, port: int, say: Callable[[str], None]
) -> ThreadingHTTPServer:
    """Return a server that listens; `say` is told of each request, without what was sent."""
    server = ThreadingHTTPServer((host, port), _handler(witness, say))
    server.daemon_threads = True
    return server
