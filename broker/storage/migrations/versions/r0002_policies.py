"""Policy versions, their files, their publications, and which alarms were logged."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table('policy_versions',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('step', sa.String(length=16), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_table('policy_files',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_table('policy_publications',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('effective_at', sa.BigInteger(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.Column('in_force_at', sa.BigInteger(), nullable=True),
    sa.Column('in_force_entry', sa.BigInteger(), nullable=True),
    sa.Column('refused_at', sa.BigInteger(), nullable=True),
    sa.Column('refused_entry', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('number')
    )
    op.create_table('policy_alarms',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table('policy_alarms')
    op.drop_table('policy_publications')
    op.drop_table('policy_files')
    op.drop_table('policy_versions')
