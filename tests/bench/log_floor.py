"""What a durable disclosure cannot cost less than: its parts, with nothing between them.

The rows that the broker wrote are written once more, into a new file of the same tables and
settings, by bare `sqlite3` with the statements ready, one transaction for as many as there are
clients; beside it one signature for each transaction and one piece of JSON for each entry. No
check, no chain, no map and no thread is in it: no broker in this language is as fast.
"""

import json
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import PoolProxiedConnection

from broker.storage import upgrade
from broker.storage.engine import open_engine
from tests.bench.log_load import Load

TABLES: Final = ("disclosures", "tasks", "log_entries", "log_checkpoints")
_OF_ENTRY: Final = {
    "disclosures": "SELECT * FROM disclosures WHERE entry = ?",
    "tasks": "SELECT * FROM tasks WHERE entry = ?",
    "log_entries": 'SELECT * FROM log_entries WHERE "index" = ?',
    "log_checkpoints": "SELECT * FROM log_checkpoints WHERE size > ? ORDER BY size LIMIT 1",
}
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
Written = dict[str, list[tuple[Any, ...]]]
"""Rows of one disclosure, by their table."""


class Floor:
    """A file beside the broker's, of the same tables."""

    def __init__(self, load: Load, source: Path, folder: Path) -> None:
        """Make the file, and keep what signs."""
        url = f"sqlite:///{folder / 'floor.db'}"
        upgrade(url)
        self._keys = load.store.log.keys
        self._source = sqlite3.connect(source)
        self._engine = open_engine(url, writes=True)
        self._pooled: PoolProxiedConnection = self._engine.raw_connection()
        self._file: Any = self._pooled.driver_connection

    def rate(self, count: int, at_once: int) -> float:
        """Return disclosures a second, so many in a transaction, of what was written last."""
        written = self._newest(count)
        details = [json.loads(one["log_entries"][0][2])["detail"] for one in written]
        note = written[0]["log_checkpoints"][0][2].encode()
        into = {name: self._insert_into(name) for name in TABLES}
        began = time.perf_counter()
        for start in range(0, len(written), at_once):
            some = written[start : start + at_once]
            for detail in details[start : start + at_once]:
                _ENCODER.encode(detail).encode()
            self._keys.sign(note)
            self._commit(some, into)
        return len(written) / (time.perf_counter() - began)

    def close(self) -> None:
        """Let go of both files."""
        self._source.close()
        self._pooled.close()
        self._engine.dispose()

    def _commit(self, some: Sequence[Written], into: dict[str, str]) -> None:
        self._file.execute("BEGIN IMMEDIATE")
        for name in TABLES:
            # One checkpoint covers all of them.
            of = some[-1:] if name == "log_checkpoints" else some
            self._file.executemany(into[name], [row for one in of for row in one[name]])
        self._file.commit()

    def _newest(self, count: int) -> list[Written]:
        """Return the newest disclosures, oldest first; their claims are put in their place."""
        entries = self._source.execute(
            "SELECT entry FROM disclosures ORDER BY entry DESC LIMIT ?", (count,)
        ).fetchall()[::-1]
        claims = self._source.execute(
            "SELECT * FROM claims WHERE ref IN (SELECT claim FROM disclosures WHERE entry >= ?)",
            entries[0],
        ).fetchall()
        self._file.execute("BEGIN IMMEDIATE")
        self._file.executemany(self._insert_into("claims"), claims)
        self._file.commit()
        return [
            {name: self._source.execute(query, one).fetchall() for name, query in _OF_ENTRY.items()}
            for one in entries
        ]

    def _insert_into(self, name: str) -> str:
        columns = self._file.execute(f"SELECT count(*) FROM pragma_table_info('{name}')").fetchone()  # noqa: S608  # a name of ours
        # A checkpoint that covered several disclosures is there after the first of them.
        return f"INSERT OR IGNORE INTO {name} VALUES ({', '.join('?' * columns[0])})"  # noqa: S608
