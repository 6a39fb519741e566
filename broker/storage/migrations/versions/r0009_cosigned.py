"""Checkpoints that witnesses cosigned."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table('cosigned',
    sa.Column('size', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('witnesses', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('size')
    )


def downgrade() -> None:
    """Drop what was created."""
    op.drop_table('cosigned')
