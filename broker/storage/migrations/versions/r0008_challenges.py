"""Challenges to disclosures."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table('challenges',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('data_key', sa.String(length=64), nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('step', sa.String(length=16), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index('challenges_of', 'challenges', ['owner', 'due_at'], unique=False)
    op.create_index('challenges_of_case', 'challenges', ['data_key', 'due_at'], unique=False)


def downgrade() -> None:
    """Drop what was created."""
    op.drop_index('challenges_of_case', table_name='challenges')
    op.drop_index('challenges_of', table_name='challenges')
    op.drop_table('challenges')
