"""Whoever gets hold of the disks of a broker in use reads nothing about anybody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url

from broker.storage.blinding import DIRECTORY_KEY
from broker.storage.retention_rows import sealed_tables
from broker.storage.tables import metadata
from tests.erasures import STRANGE, rows_of, spellings, texts_of, world
from tests.postgres import Server

PUBLIC = {
    "alerts": "words of a rule, tokens, counts and blind indexes",
    "alerts_seen": "blind indexes",
    "cosigned": "checkpoints that witnesses signed",
    "log_entries": "tokens and words of the vocabulary; the log is read by others",
    "log_checkpoints": "signed roots over those",
    "policy_files": "the rules, which are published",
    "policy_alarms": "a blind index of a version and a day",
    "log_followers": "how far the log was read by what follows from it",
    "log_keys": "public keys",
    "log_terms": "hashes of words that the log has anyway",
    "erasures": "digests of keys that are gone",
    "emergencies": "a disclosure's random id, and a practitioner's blind index",
    "seen_proofs": "blind indexes of random numbers",
    "data_keys": "keys, wrapped by custody",
    "broker_secrets": "secrets, wrapped by custody",
}
"""Tables without a sealed document, and why that is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disks:
    """What is on the disks, in pieces that fit into memory."""

    pieces: tuple[bytes, ...]

    def hold(self, word: str) -> bool:
        """Whether a word is anywhere, in any spelling."""
        return any(one in piece for piece in self.pieces for one in spellings(word))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def disks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Disks]:
    """The files of a broker that has a case with traces everywhere, while it runs and after."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("rest")
        migrated: Path = request.getfixturevalue("migrated_sqlite")
        (folder / "broker.db").write_bytes(migrated.read_bytes())
        with world(f"sqlite:///{folder / 'broker.db'}") as made:
            names = {one.name for one in folder.glob("broker.db*")}
            assert names == {"broker.db", "broker.db-wal", "broker.db-shm"}
            found = [*_read(folder), texts_of(rows_of(made.store)).encode("latin-1", "replace")]
        yield Disks(pieces=(*found, *_read(folder)))
        return
    server: Server = request.getfixturevalue("postgresql")
    url = server.new_database("migrated")
    with world(url) as made:
        server.run("CHECKPOINT")
        rows = texts_of(rows_of(made.store)).encode("latin-1", "replace")
        data = server.folder / "data"
        pieces = (*_read(data / "base"), *_read(data / "pg_wal"))
    assert make_url(url).database
    yield Disks(pieces=(rows, *pieces))


def _read(folder: Path) -> Iterable[bytes]:
    return [one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()]


@pytest.mark.parametrize("word", STRANGE)
def test_no_name_number_address_reason_or_id_is_on_the_disks(disks: Disks, word: str) -> None:
    """Not in the database, its write-ahead and shared files, nor in any row, in any spelling."""
    assert not disks.hold(word)


def test_the_search_would_find_it(disks: Disks) -> None:
    """What may be read, the vocabulary's words, is found on the same disks."""
    assert disks.hold("marac-research")
    assert disks.hold("incident-summary")


def test_every_table_is_sealed_or_says_nothing() -> None:
    """A new table holds a sealed document, or it is written down here why it needs none."""
    open_to_all = {one.name for one in metadata.sorted_tables if "sealed" not in one.c}
    assert open_to_all <= set(PUBLIC)


def test_what_belongs_to_a_case_is_under_its_key(database_url: str) -> None:
    """Requests, packages, tasks, held records and holds name the data key that ends them."""
    names = {one.name for one in sealed_tables()}
    assert {"claims", "disclosures", "tasks", "reviews", "review_steps", "holds"} <= names
    with world(database_url) as made:
        rows = rows_of(made.store)
        for table in sealed_tables():
            column = list(table.c).index(table.c.data_key)
            assert DIRECTORY_KEY not in {row[column] for row in rows[table.name]}
