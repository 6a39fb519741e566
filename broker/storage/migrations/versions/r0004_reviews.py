"""Held records that wait for a person, and what was done about them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table('reviews',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('data_key', sa.String(length=64), nullable=False),
    sa.Column('claim', sa.String(length=64), nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index('reviews_of', 'reviews', ['owner', 'due_at'], unique=False)
    op.create_index('reviews_due', 'reviews', ['due_at'], unique=False)
    op.create_table('review_steps',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('data_key', sa.String(length=64), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )


def downgrade() -> None:
    """Drop what was created."""
    op.drop_table('review_steps')
    op.drop_index('reviews_due', table_name='reviews')
    op.drop_index('reviews_of', table_name='reviews')
    op.drop_table('reviews')
