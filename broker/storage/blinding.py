"""Finding a row without naming anybody in it, and the broker's own secrets.

DO NOT change what is hashed into a reference: stored rows are found by the old results.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from broker.domain.errors import LedgerUnavailableError
from broker.domain.ports import Custody, RecordVault
from broker.storage.engine import take_log_lock
from broker.storage.tables import broker_secrets

SECRET_BYTES = 32
DIRECTORY_KEY = "directory"
"""Name of the data key for what belongs to no case."""
_CONTEXT = b"marac-broker secret v1 "


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """What the store was given when it was made.

    Args:
        index_key: makes blind indexes; without it nobody can test a guess against a row.
        broker_salt: makes the log's tokens for what belongs to no known case.
        directory_key: wrapped data key of the directory.

    """

    index_key: bytes = field(repr=False)
    broker_salt: bytes = field(repr=False)
    directory_key: bytes = field(repr=False)

    def ref(self, kind: str, *parts: str) -> str:
        """Return the blind index of an id: 64 hex digits that say nothing without the key."""
        message = "\x00".join((kind, *parts)).encode()
        return hmac.new(self.index_key, message, sha256).hexdigest()


def open_keyring(engine: Engine, custody: Custody, vault: RecordVault) -> Keyring:
    """Return the secrets; make them when there are none yet.

    Raises:
        CustodyError: they are another key-encryption key's.
        LedgerUnavailableError: the database does not answer.

    """
    try:
        with engine.begin() as connection:
            take_log_lock(connection)
            rows = connection.execute(select(broker_secrets.c.name, broker_secrets.c.wrapped))
            found = {row.name: row.wrapped for row in rows}
            if not found:
                # One transaction: a crash here leaves none, and the next start makes them.
                found = _new_secrets(custody, vault)
                values = [{"name": name, "wrapped": wrapped} for name, wrapped in found.items()]
                connection.execute(insert(broker_secrets), values)
    except SQLAlchemyError as error:
        raise LedgerUnavailableError(
            "The database does not answer: check that it runs and has room, then start again."
        ) from error
    return Keyring(
        index_key=custody.unwrap(found["index-key"], _CONTEXT + b"index-key"),
        broker_salt=custody.unwrap(found["broker-salt"], _CONTEXT + b"broker-salt"),
        directory_key=found["directory-key"],
    )


def rewrap_secrets(engine: Engine, custody: Custody) -> int:
    """Wrap the secrets anew that an older key-encryption key wrapped; return how many.

    Raises:
        LedgerUnavailableError: the database does not answer.

    """
    done = 0
    try:
        with engine.begin() as connection:
            take_log_lock(connection)
            for name in ("index-key", "broker-salt"):
                same, context = broker_secrets.c.name == name, _CONTEXT + name.encode()
                old = connection.execute(select(broker_secrets.c.wrapped).where(same)).scalar_one()
                if not custody.is_current(old):
                    new = custody.wrap(custody.unwrap(old, context), context)
                    connection.execute(update(broker_secrets).where(same).values(wrapped=new))
                    done += 1
    except SQLAlchemyError as error:
        raise LedgerUnavailableError(
            "The database does not answer: check that it runs and has room, then try again."
        ) from error
    return done


def _new_secrets(custody: Custody, vault: RecordVault) -> dict[str, bytes]:
    made = {
        name: custody.wrap(secrets.token_bytes(SECRET_BYTES), _CONTEXT + name.encode())
        for name in ("index-key", "broker-salt")
    }
    return {**made, "directory-key": vault.new_key(DIRECTORY_KEY)}
