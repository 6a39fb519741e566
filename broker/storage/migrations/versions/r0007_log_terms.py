"""What a search of the log goes by."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; the log is indexed from its first entry on."""
    op.create_table('log_terms',
    sa.Column('term', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('index', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('term', 'at', 'index'),
    sqlite_with_rowid=False
    )
    op.create_table('log_followers',
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('next', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )


def downgrade() -> None:
    """Drop what was created."""
    op.drop_table('log_followers')
    op.drop_table('log_terms')
