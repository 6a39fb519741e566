"""The only SQLAlchemy: tables, stores, the sequencer of the log, the outbox, migrations.

Start reading at store.py. Everything that changes state goes through the sequencer, together
with its log entry; every row about a case or a person is sealed and found by a blind index.
"""

from broker.storage.schema import upgrade
from broker.storage.store import Store, open_store

__all__ = ["Store", "open_store", "upgrade"]
