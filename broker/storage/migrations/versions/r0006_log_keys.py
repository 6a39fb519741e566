"""The keys that the log had after its first one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table('log_keys',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )


def downgrade() -> None:
    """Drop what was created."""
    op.drop_table('log_keys')
