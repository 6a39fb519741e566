"""The tables as they are now. DO NOT change one without a migration in migrations/versions.

No column holds a name, a case id or a practitioner's id: `ref` is a blind index (see blinding)
and `sealed` is a document under a data key (see documents). `entry` is the log entry that wrote
the row and commits to its digest. A policy's `ref` is its version, which is public.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    TypeDecorator,
)

SCHEMA_REVISION = "0012"
"""Newest migration; a store of another revision is not opened."""

metadata = MetaData()

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """Microseconds since 1970 in UTC: sorts and compares alike on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the database; a naive time is a bug and raises."""
        del dialect
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From the database, aware."""
        del dialect
        return None if value is None else _EPOCH + value * _MICROSECOND


def _ref(name: str = "ref") -> Column[str]:
    return Column(name, String(64), primary_key=True)


def _sealed() -> Column[bytes]:
    return Column("sealed", LargeBinary, nullable=False)


def _entry() -> Column[int]:
    return Column("entry", BigInteger, nullable=False)


_PLACE = BigInteger().with_variant(Integer(), "sqlite")
"""On SQLite the number of the row itself, which needs no index beside the rows."""
log_entries = Table(
    "log_entries",
    metadata,
    Column("index", _PLACE, primary_key=True, autoincrement=False),
    Column("nodes", LargeBinary, nullable=False),
    Column("canonical", LargeBinary, nullable=False),
    Column("case_tag", String(32)),
    Column("case_number", BigInteger, nullable=False),
    Index("log_entries_of_case", "case_tag", "case_number", unique=True),
)
"""`nodes` are the hashes of the subtrees that the entry completed, its own leaf first."""
log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column("size", _PLACE, primary_key=True, autoincrement=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
)
broker_secrets = Table(
    "broker_secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)
agencies = Table("agencies", metadata, _ref(), _sealed(), _entry())
practitioners = Table("practitioners", metadata, _ref(), _sealed(), _entry())
systems = Table("systems", metadata, _ref(), _sealed(), _entry())
recipient_keys = Table(
    "recipient_keys",
    metadata,
    _ref(),
    Column("owner", String(64), nullable=False, index=True),
    _sealed(),
    _entry(),
)
cases = Table(
    "cases",
    metadata,
    _ref(),
    Column("advocate", String(64), nullable=False, index=True),
    Column("version", BigInteger, nullable=False),
    _sealed(),
    _entry(),
)
meetings = Table(
    "meetings",
    metadata,
    _ref(),
    Column("held_at", Moment, nullable=False, index=True),
    _sealed(),
    _entry(),
)
data_keys = Table(
    "data_keys",
    metadata,
    _ref(),
    Column("wrapped", LargeBinary, nullable=False),
    _entry(),
)
claims = Table(
    "claims",
    metadata,
    _ref(),
    Column("fingerprint", String(64), nullable=False),
    Column("data_key", String(64), nullable=False),
    _sealed(),
    _entry(),
)
disclosures = Table(
    "disclosures",
    metadata,
    _ref("disclosure_id"),
    Column("claim", String(64), ForeignKey("claims.ref"), nullable=False, unique=True),
    Column("data_key", String(64), nullable=False),
    _sealed(),
    Column("content", LargeBinary, nullable=False),
    _entry(),
    Column("next_attempt_at", Moment),
    Column("leased_until", Moment),
    Column("attempts", BigInteger, nullable=False),
    Column("delivered_at", Moment),
    Column("delivered_entry", BigInteger),
    Column("acknowledged_at", Moment),
    Column("acknowledged_entry", BigInteger),
    Column("stopped_at", Moment),
    Column("stopped_entry", BigInteger),
    Column("dropped_at", Moment),
    Column("dropped_entry", BigInteger),
    Index("disclosures_due", "next_attempt_at"),
)
tasks = Table(
    "tasks",
    metadata,
    _ref(),
    Column("data_key", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("code", String(64), nullable=False),
    Column("disclosure_id", String(64)),
    Column("due_at", Moment, nullable=False),
    _sealed(),
    _entry(),
    Column("done_at", Moment),
    Column("done_entry", BigInteger),
    Column("evidence", LargeBinary),
    Index("tasks_of", "owner", "due_at"),
)
reviews = Table(
    "reviews",
    metadata,
    _ref(),
    Column("data_key", String(64), nullable=False),
    Column("claim", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    _sealed(),
    _entry(),
    Index("reviews_of", "owner", "due_at"),
    Index("reviews_due", "due_at"),
)
review_steps = Table(
    "review_steps",
    metadata,
    _ref(),
    Column("data_key", String(64), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    _sealed(),
    _entry(),
)
emergencies = Table(
    "emergencies",
    metadata,
    _ref(),
    Column("practitioner", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    _entry(),
    Index("emergencies_of", "practitioner", "at"),
)
kept_spans = Table(
    "kept_spans",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("kept_at", Moment, index=True),
)
seen_proofs = Table(
    "seen_proofs",
    metadata,
    _ref(),
    Column("expires_at", Moment, nullable=False, index=True),
)
policy_versions = Table(
    "policy_versions",
    metadata,
    _ref(),
    Column("revision", BigInteger, nullable=False),
    Column("step", String(16), nullable=False),
    _sealed(),
    _entry(),
)
policy_files = Table(
    "policy_files",
    metadata,
    _ref(),
    Column("content", LargeBinary, nullable=False),
    _entry(),
)
policy_publications = Table(
    "policy_publications",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("version", String(64), nullable=False),
    Column("effective_at", Moment, nullable=False),
    _sealed(),
    _entry(),
    Column("in_force_at", Moment),
    Column("in_force_entry", BigInteger),
    Column("refused_at", Moment),
    Column("refused_entry", BigInteger),
)
policy_alarms = Table("policy_alarms", metadata, _ref(), _entry())
holds = Table(
    "holds",
    metadata,
    _ref(),
    Column("data_key", String(64), nullable=False, index=True),
    Column("revision", BigInteger, nullable=False),
    Column("step", String(16), nullable=False),
    _sealed(),
    _entry(),
)
periods = Table(
    "periods",
    metadata,
    _ref(),
    Column("data_key", String(64), nullable=False),
    _sealed(),
    _entry(),
)
erasures = Table(
    "erasures",
    metadata,
    _ref(),
    Column("case_tag", String(32)),
    Column("entry", BigInteger, nullable=False, index=True),
)
challenges = Table(
    "challenges",
    metadata,
    _ref(),
    Column("data_key", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("step", String(16), nullable=False),
    _sealed(),
    _entry(),
    Index("challenges_of", "owner", "due_at"),
    Index("challenges_of_case", "data_key", "due_at"),
)
alerts = Table(
    "alerts",
    metadata,
    _ref(),
    Column("rule", String(64), nullable=False),
    Column("watch", String(32), nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("tell", String(64), nullable=False),
    Column("case_tag", String(32)),
    Column("agency_kind", String(64)),
    Column("trigger", BigInteger, nullable=False),
    Column("raised_at", Moment, nullable=False),
    _entry(),
    Index("alerts_newest", "raised_at"),
)
alerts_seen = Table("alerts_seen", metadata, _ref(), Column("at", Moment, nullable=False), _entry())
opened_receipts = Table(
    "opened_receipts",
    metadata,
    _ref(),
    Column("data_key", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    _sealed(),
    _entry(),
)
"""`ref` is the disclosure and the state: each is said, or missed, once."""
log_keys = Table("log_keys", metadata, _ref(), _entry())
"""`ref` is the public key in hex; the first key of the log has no row."""
log_terms = Table(
    "log_terms",
    metadata,
    Column("term", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
log_followers = Table(
    "log_followers",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("next", BigInteger, nullable=False),
)
"""How far what follows from the log alone has been made of it: `next` is the first entry left."""
cosigned = Table(
    "cosigned",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
    Column("witnesses", BigInteger, nullable=False),
)
"""Checkpoints with cosignatures, and of how many of our witnesses; see FORMAT.md."""
