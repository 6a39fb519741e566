"""The tree's nodes stand with the entries that completed them, and SQLite's rows by their numbers.

One table and one index less to write to for every entry. What is stored stays what it was: a node
that was missing or changed is so afterwards, for `ledger verify` to find.
"""

from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_AT_ONCE = 1_000
_HASH_BYTES = 32
_COMPLETED_BY = "((position + 1) << CAST(level AS integer)) - 1"


def upgrade() -> None:
    """Move the nodes."""
    if op.get_bind().dialect.name == "sqlite":
        _make_anew()
    else:
        op.add_column('log_entries', sa.Column('nodes', sa.LargeBinary(), nullable=True))
        op.execute(
            "UPDATE log_entries SET nodes = made.nodes FROM ("
            f"SELECT {_COMPLETED_BY} AS place, string_agg(hash, ''::bytea ORDER BY level) AS nodes "
            "FROM log_nodes GROUP BY 1) AS made WHERE made.place = log_entries.index"
        )
        op.execute("UPDATE log_entries SET nodes = ''::bytea WHERE nodes IS NULL")
        op.alter_column('log_entries', 'nodes', nullable=False)
    op.drop_table('log_nodes')


def _make_anew() -> None:
    """Make both tables anew: SQLite changes no key of a table that is there."""
    connection = op.get_bind()
    op.drop_index('log_entries_of_case', table_name='log_entries')
    op.rename_table('log_entries', 'old_entries')
    op.create_table('log_entries',
    sa.Column('index', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('nodes', sa.LargeBinary(), nullable=False),
    sa.Column('canonical', sa.LargeBinary(), nullable=False),
    sa.Column('case_tag', sa.String(length=32), nullable=True),
    sa.Column('case_number', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('index')
    )
    entry = 'SELECT "index", {}, canonical, case_tag, case_number FROM old_entries WHERE "index" {}'
    into = 'INSERT INTO log_entries ("index", nodes, canonical, case_tag, case_number) '
    nodes = _packed_nodes(connection)
    while some := list(islice(nodes, _AT_ONCE)):
        connection.exec_driver_sql(into + entry.format("?", "= ?"), some)
    rest = 'NOT IN (SELECT "index" FROM log_entries)'
    connection.exec_driver_sql(into + entry.format("x''", rest))
    op.drop_table('old_entries')
    op.create_index('log_entries_of_case', 'log_entries', ['case_tag', 'case_number'], unique=True)
    op.rename_table('log_checkpoints', 'old_checkpoints')
    op.create_table('log_checkpoints',
    sa.Column('size', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('frontier', sa.LargeBinary(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('size')
    )
    op.execute(
        "INSERT INTO log_checkpoints (size, frontier, note) "
        "SELECT size, frontier, note FROM old_checkpoints"
    )
    op.drop_table('old_checkpoints')


def _packed_nodes(connection: sa.Connection) -> Iterator[tuple[bytes, int]]:
    """Yield what an entry completed, and its place."""
    found = connection.exec_driver_sql(
        f"SELECT {_COMPLETED_BY} AS place, hash FROM log_nodes ORDER BY place, level"
    )
    for place, rows in groupby(found, key=itemgetter(0)):
        yield b"".join(hashed for _, hashed in rows), place


def downgrade() -> None:
    """Give the nodes their table again; SQLite's keys serve the older version as they are."""
    nodes = op.create_table('log_nodes',
    sa.Column('level', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('level', 'position'),
    sqlite_with_rowid=False
    )
    connection, last = op.get_bind(), -1
    entries = sa.table('log_entries', sa.column('index'), sa.column('nodes'))
    query = sa.select(entries).order_by(entries.c.index).limit(_AT_ONCE)
    while some := connection.execute(query.where(entries.c.index > last)).all():
        last = some[-1][0]
        rows = [row for place, packed in some for row in _nodes_of(place, packed)]
        if rows:
            connection.execute(nodes.insert(), rows)
    with op.batch_alter_table('log_entries') as table:
        table.drop_column('nodes')


def _nodes_of(index: int, packed: bytes) -> Iterator[dict[str, object]]:
    for level, start in enumerate(range(0, len(packed), _HASH_BYTES)):
        hashed = packed[start : start + _HASH_BYTES]
        yield {"level": level, "position": ((index + 1) >> level) - 1, "hash": hashed}
