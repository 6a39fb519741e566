"""Asking a Transit engine over HTTPS, and being let in: by a token, or by an AppRole.

The engine's certificate is always checked, redirects are not followed, proxies of the environment
are ignored. A token is a secret: it comes from a file, never from a setting or an argument.
"""

import logging
import ssl
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import quote

import httpx

from broker.domain.errors import CustodyError, SettingsError
from keys.custody.process import PerProcess
from keys.custody.refusals import not_admitted, not_ready, unavailable
from keys.encoding import read_object
from keys.files import read_whole

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 5.0
_REFUSED: Final = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
_SHUT_OUT: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Where the engine is and what opens it.

    Args:
        address: `https://host:port`.
        mount: where the engine stands; `transit` unless it was put elsewhere.
        name: what the names of our keys begin with.
        token_file: holds a token, which something else renews. Or:
        role_file: an AppRole's role id, and
        secret_file: its secret id; the broker then fetches and renews its token itself.
        ca_file: authorities that may vouch for the engine; None: those of the machine.

    """

    address: str
    mount: str
    name: str
    token_file: Path | None = None
    role_file: Path | None = None
    secret_file: Path | None = None
    ca_file: Path | None = None


class TransitClient:
    """The engine, as whoever uses its keys asks it."""

    __slots__ = ("_engine", "_here")

    def __init__(self, engine: Engine) -> None:
        """Connect to nothing yet."""
        self._engine = engine
        self._here = PerProcess(lambda: _Here(engine))

    def read(self, address: str) -> Mapping[str, object] | None:
        """Return what is there, or None. Raises KeyServiceError."""
        answer = self._ask("GET", address, None)
        return None if answer.status_code == HTTPStatus.NOT_FOUND else _data(answer)

    def write(
        self, address: str, asked: Mapping[str, object], wrong: CustodyError | None = None
    ) -> Mapping[str, object]:
        """Return the answer.

        Raises:
            CustodyError: `wrong`, where the engine refuses what was asked; or it has no such key.
            KeyServiceError: it cannot be reached, or does not let us in.

        """
        answer = self._ask("POST", address, asked)
        if wrong is not None and answer.status_code in _REFUSED:
            raise wrong
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise not_ready("The Transit engine")
        return {} if answer.status_code == HTTPStatus.NO_CONTENT else _data(answer)

    def _ask(self, method: str, address: str, asked: Mapping[str, object] | None) -> httpx.Response:
        """Ask; a token that is no longer good is fetched again, once."""
        here, path = self._here.value(), f"/v1/{self._engine.mount}/{quote(address)}"
        token = here.token()
        answer = here.ask(method, path, asked, token)
        if answer.status_code in _SHUT_OUT:
            answer = here.ask(method, path, asked, here.token(instead_of=token))
        if answer.status_code in _SHUT_OUT:
            raise not_admitted()
        return answer


class _Here:
    """What one process has of the engine: connections, and the token it was let in by."""

    __slots__ = ("__weakref__", "_engine", "_http", "_lock", "_token")

    def __init__(self, engine: Engine) -> None:
        # They write addresses and answers, in which nobody has to look for our keys.
        logging.getLogger("httpx").disabled = True
        logging.getLogger("httpcore").setLevel(logging.CRITICAL)
        self._engine = engine
        self._http = httpx.Client(
            base_url=engine.address,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            verify=_tls(engine.ca_file),
        )
        weakref.finalize(self, self._http.close)
        self._lock = Lock()
        self._token = ""

    def ask(
        self, method: str, path: str, asked: Mapping[str, object] | None, token: str = ""
    ) -> httpx.Response:
        """Return an answer that says something; KeyServiceError for none."""
        headers = {"X-Vault-Token": token} if token else {}
        try:
            answer = self._http.request(method, path, json=asked, headers=headers)
        except (httpx.HTTPError, ssl.SSLError):
            # It holds the request, and with it the token, so it must not travel with ours.
            raise unavailable() from None
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise unavailable("is sealed or out of order")
        return answer

    def token(self, instead_of: str | None = None) -> str:
        """Return the token; another one than `instead_of`, which was refused."""
        with self._lock:
            if not self._token or self._token == instead_of:
                self._token = self._let_in()
            return self._token

    def _let_in(self) -> str:
        engine = self._engine
        if engine.role_file is None or engine.secret_file is None:
            return _first_line(engine.token_file)
        asked = {
            "role_id": _first_line(engine.role_file),
            "secret_id": _first_line(engine.secret_file),
        }
        answer = self.ask("POST", "/v1/auth/approle/login", asked)
        if answer.status_code != HTTPStatus.OK:
            raise not_admitted()
        told = _object(answer).get("auth")
        token = told.get("client_token") if isinstance(told, dict) else None
        if not isinstance(token, str):
            raise unavailable("answers with something else")
        return token


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError:
        raise SettingsError("MARAC_CUSTODY: the ca-file is no PEM file that can be read.") from None


def _first_line(file: Path | None) -> str:
    content = b"" if file is None else read_whole(file)
    lines = content.decode("ascii", "replace").splitlines()
    if not lines or not lines[0].isprintable() or not lines[0].isascii():
        raise CustodyError("The file of the token or of the AppRole holds none: fill it.")
    return lines[0].strip()


def _data(answer: httpx.Response) -> Mapping[str, object]:
    if answer.status_code != HTTPStatus.OK:
        raise unavailable("refuses")
    found = _object(answer).get("data")
    if not isinstance(found, dict):
        raise unavailable("answers with something else")
    return found


def _object(answer: httpx.Response) -> Mapping[str, object]:
    try:
        return read_object(answer.content)
    except ValueError:
        raise unavailable("answers with something else") from None
