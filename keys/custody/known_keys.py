"""The public keys that a service holds for us, as it last told them.

Somebody may rotate a key while brokers run, on this machine or another, and no service tells us:
so it is asked again by and by, and a broker goes over to the new key without a restart.
"""

from collections.abc import Callable
from time import monotonic
from typing import Final

from broker.domain.errors import CustodyError, KeyServiceError

LOOK_AGAIN_SECONDS: Final = 5.0
"""How long a broker may go on signing with a key that is no longer the newest. One question in five
seconds is nothing to a service that makes every signature."""

PublicKeys = tuple[bytes, ...]


class KnownKeys:
    """Oldest first, by the key's name. Threads may share it: at worst two of them ask."""

    __slots__ = ("_ask", "_told")

    def __init__(self, ask: Callable[[str], PublicKeys]) -> None:
        """Know nothing yet; `ask` asks the service, and raises like Custody."""
        self._ask = ask
        self._told: dict[str, tuple[PublicKeys, float]] = {}

    def of(self, key: str) -> PublicKeys:
        """Return every public key of that name, looked up a few seconds ago at most.

        While the service cannot tell, or a token is pulled out, they are those it told before:
        signing fails then anyway.
        """
        keys, at = self._told.get(key, ((), 0.0))
        if not keys:
            return self.again(key)
        if monotonic() - at < LOOK_AGAIN_SECONDS:
            return keys
        # Before the question, so that other threads do not all wait for the same answer.
        self._told[key] = keys, monotonic()
        try:
            return self.again(key)
        except (KeyServiceError, CustodyError):
            return keys

    def again(self, key: str) -> PublicKeys:
        """Ask now."""
        found = self._ask(key)
        self._told[key] = found, monotonic()
        return found
