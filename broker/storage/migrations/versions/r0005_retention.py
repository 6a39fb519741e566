"""Holds, keys of passing things, what was destroyed, and packages that were dropped."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and the columns."""
    op.create_table('holds',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('data_key', sa.String(length=64), nullable=False),
    sa.Column('revision', sa.BigInteger(), nullable=False),
    sa.Column('step', sa.String(length=16), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index('ix_holds_data_key', 'holds', ['data_key'], unique=False)
    op.create_table('periods',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('data_key', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_table('erasures',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('case_tag', sa.String(length=32), nullable=True),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index('ix_erasures_entry', 'erasures', ['entry'], unique=False)
    op.add_column('disclosures', sa.Column('dropped_at', sa.BigInteger(), nullable=True))
    op.add_column('disclosures', sa.Column('dropped_entry', sa.BigInteger(), nullable=True))
    op.add_column('kept_spans', sa.Column('kept_at', sa.BigInteger(), nullable=True))
    op.create_index('ix_kept_spans_kept_at', 'kept_spans', ['kept_at'], unique=False)


def downgrade() -> None:
    """Drop what was created."""
    op.drop_index('ix_kept_spans_kept_at', table_name='kept_spans')
    with op.batch_alter_table('kept_spans') as kept_spans:
        kept_spans.drop_column('kept_at')
    with op.batch_alter_table('disclosures') as disclosures:
        disclosures.drop_column('dropped_entry')
        disclosures.drop_column('dropped_at')
    op.drop_index('ix_erasures_entry', table_name='erasures')
    op.drop_table('erasures')
    op.drop_table('periods')
    op.drop_index('ix_holds_data_key', table_name='holds')
    op.drop_table('holds')
