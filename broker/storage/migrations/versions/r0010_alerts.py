"""Alerts, and that somebody has looked at one."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what was logged before is watched no more."""
    op.create_table('alerts',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('rule', sa.String(length=64), nullable=False),
    sa.Column('watch', sa.String(length=32), nullable=False),
    sa.Column('counted', sa.BigInteger(), nullable=False),
    sa.Column('tell', sa.String(length=64), nullable=False),
    sa.Column('case_tag', sa.String(length=32), nullable=True),
    sa.Column('agency_kind', sa.String(length=64), nullable=True),
    sa.Column('trigger', sa.BigInteger(), nullable=False),
    sa.Column('raised_at', sa.BigInteger(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index('alerts_newest', 'alerts', ['raised_at'], unique=False)
    op.create_table('alerts_seen',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.execute("INSERT INTO log_followers (name, next)"
               " SELECT 'alerts', max(\"index\") + 1 FROM log_entries HAVING count(*) > 0")


def downgrade() -> None:
    """Drop what was created."""
    op.execute("DELETE FROM log_followers WHERE name = 'alerts'")
    op.drop_table('alerts_seen')
    op.drop_index('alerts_newest', table_name='alerts')
    op.drop_table('alerts')
