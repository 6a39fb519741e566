"""PostgreSQL tells who listens that another broker changed the policy.

Listening is an acceleration: whoever waits looks again after its time all the same, so a
connection that is lost costs a moment and never a change.
"""

import time
from typing import Final

import psycopg
from sqlalchemy.engine import URL

from broker.storage.engine import CONNECT_TIMEOUT_SECONDS
from broker.storage.policy_rows import CHANNEL

RECONNECT_SECONDS: Final = 5.0
"""Between two attempts to listen again, so that a database that is down is not hammered."""


class PostgresBell:
    """Implements policy_ports.PolicyBell on one connection of its own. For one thread."""

    def __init__(self, url: URL) -> None:
        """Connect at the first wait."""
        self._url = url.set(drivername="postgresql")
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._retry_at = 0.0

    def wait(self, seconds: float) -> None:
        """Return after `seconds`, or as soon as somebody rings."""
        if self._connection is None:
            self._connect()
        if self._connection is None:
            time.sleep(seconds)
            return
        try:
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                return
        except psycopg.Error:
            self.close()

    def close(self) -> None:
        """Stop listening."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> None:
        if time.monotonic() < self._retry_at:
            return
        self._retry_at = time.monotonic() + RECONNECT_SECONDS
        try:
            made = psycopg.connect(
                self._url.render_as_string(hide_password=False),
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
            )
            made.execute(f"LISTEN {CHANNEL}".encode())
        except psycopg.Error:
            return
        self._connection = made
