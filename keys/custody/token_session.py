"""Asking a PKCS#11 token: one session for each process, opened again when it has ended."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from broker.domain.errors import CustodyError
from keys.custody.process import PerProcess
from keys.custody.refusals import not_installed, unavailable
from keys.files import read_whole

if TYPE_CHECKING:
    from pkcs11 import Session

ATTEMPTS: Final = 2
"""Once through the session there is, once through a new one: a token may have been reset."""

T = TypeVar("T")

_beginnings: Counter[Path] = Counter()
"""How often each library of this process was begun anew; sessions from before are dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Where the token is and what opens it.

    Args:
        module: the vendor's PKCS#11 library.
        label: the token's.
        pin_file: holds the user's PIN on its first line.
        name: what the labels of our objects begin with.

    """

    module: Path
    label: str
    pin_file: Path
    name: str


@dataclass(slots=True)
class _Here:
    """What one process has of the token. A session serves one call at a time."""

    session: "Session | None" = None
    begun: int = 0
    lock: Lock = field(default_factory=Lock)


class TokenSession:
    """The token, as whoever uses its keys asks it."""

    __slots__ = ("_here", "_home", "token")

    def __init__(self, token: Token) -> None:
        """Open nothing yet. Raises SettingsError where the extra is not installed."""
        try:
            import pkcs11  # noqa: F401, PLC0415  # an extra that may not be installed
        except ImportError:
            raise not_installed("pkcs11") from None
        self.token = token
        self._home = os.getpid()
        self._here = PerProcess(_Here)

    def ask(
        self,
        work: "Callable[[Session], T]",
        *,
        wrong: CustodyError | None = None,
        writes: bool = False,
    ) -> T:
        """Return what the token answers.

        Args:
            work: what to do; done again in a new session if the first cannot do it.
            wrong: the error of a token that works, but cannot do this.
            writes: whether the work makes objects.

        Raises:
            KeyServiceError: the token cannot be reached.

        """
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415  # see __init__

        here = self._here.value()
        with here.lock:
            if writes or here.begun != _beginnings[self.token.module]:
                here.session = None
            for attempt in range(ATTEMPTS):
                afresh = attempt > 0 or os.getpid() != self._home
                session = here.session = here.session or self._opened(afresh=afresh, writes=writes)
                here.begun = _beginnings[self.token.module]
                try:
                    return work(session)
                except PKCS11Error as error:
                    # Its traceback holds searches of a session that has ended.
                    failure, here.session = error.with_traceback(None), None
            raise (wrong or unavailable("refuses")) from failure

    def _opened(self, *, afresh: bool, writes: bool) -> "Session":
        import pkcs11  # noqa: PLC0415  # see __init__

        pin = _pin(self.token.pin_file)
        try:
            library = pkcs11.lib(str(self.token.module))
            if afresh:
                # A fork may not use its parent's handles, and a token that was away is only seen
                # by a library that looks again.
                _beginnings[self.token.module] += 1
                library.reinitialize()
            token = library.get_token(token_label=self.token.label)
            try:
                return token.open(user_pin=pin, rw=writes)
            except pkcs11.UserAlreadyLoggedIn:
                return token.open(rw=writes)  # Another custody of this process is at it.
        except RuntimeError as error:
            if isinstance(error, pkcs11.GeneralError) and not afresh:
                return self._opened(afresh=True, writes=writes)
            raise unavailable() from error


def _pin(file: Path) -> str:
    """Return the PIN; read each time, so that it is not kept and may be changed."""
    try:
        lines = read_whole(file).decode("utf-8").splitlines()
    except UnicodeDecodeError:
        lines = []
    if not lines:
        raise CustodyError(f"{file.name} holds no PIN; put it on its first line.")
    return lines[0]
