"""The first schema: log, secrets, directory, cases, claims, disclosures, caches."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""
    op.create_table('agencies',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_table('broker_secrets',
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.create_table('cases',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('advocate', sa.String(length=64), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index(op.f('ix_cases_advocate'), 'cases', ['advocate'], unique=False)
    op.create_table('claims',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('data_key', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_table('data_keys',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_table('kept_spans',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('log_checkpoints',
    sa.Column('size', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('frontier', sa.LargeBinary(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('size')
    )
    op.create_table('log_entries',
    sa.Column('index', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('canonical', sa.LargeBinary(), nullable=False),
    sa.Column('case_tag', sa.String(length=32), nullable=True),
    sa.Column('case_number', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('index')
    )
    op.create_index('log_entries_of_case', 'log_entries', ['case_tag', 'case_number'], unique=True)
    op.create_table('log_nodes',
    sa.Column('level', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('level', 'position'),
    sqlite_with_rowid=False
    )
    op.create_table('meetings',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('held_at', sa.BigInteger(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index(op.f('ix_meetings_held_at'), 'meetings', ['held_at'], unique=False)
    op.create_table('practitioners',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_table('recipient_keys',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index(op.f('ix_recipient_keys_owner'), 'recipient_keys', ['owner'], unique=False)
    op.create_table('seen_proofs',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index(op.f('ix_seen_proofs_expires_at'), 'seen_proofs', ['expires_at'], unique=False)
    op.create_table('systems',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_table('disclosures',
    sa.Column('disclosure_id', sa.String(length=64), nullable=False),
    sa.Column('claim', sa.String(length=64), nullable=False),
    sa.Column('data_key', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.Column('next_attempt_at', sa.BigInteger(), nullable=True),
    sa.Column('leased_until', sa.BigInteger(), nullable=True),
    sa.Column('attempts', sa.BigInteger(), nullable=False),
    sa.Column('delivered_at', sa.BigInteger(), nullable=True),
    sa.Column('delivered_entry', sa.BigInteger(), nullable=True),
    sa.Column('acknowledged_at', sa.BigInteger(), nullable=True),
    sa.Column('acknowledged_entry', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['claim'], ['claims.ref'], ),
    sa.PrimaryKeyConstraint('disclosure_id'),
    sa.UniqueConstraint('claim')
    )
    op.create_index('disclosures_due', 'disclosures', ['next_attempt_at'], unique=False)


def downgrade() -> None:
    """Drop everything."""
    op.drop_index('disclosures_due', table_name='disclosures')
    op.drop_table('disclosures')
    op.drop_table('systems')
    op.drop_index(op.f('ix_seen_proofs_expires_at'), table_name='seen_proofs')
    op.drop_table('seen_proofs')
    op.drop_index(op.f('ix_recipient_keys_owner'), table_name='recipient_keys')
    op.drop_table('recipient_keys')
    op.drop_table('practitioners')
    op.drop_index(op.f('ix_meetings_held_at'), table_name='meetings')
    op.drop_table('meetings')
    op.drop_table('log_nodes')
    op.drop_index('log_entries_of_case', table_name='log_entries')
    op.drop_table('log_entries')
    op.drop_table('log_checkpoints')
    op.drop_table('kept_spans')
    op.drop_table('data_keys')
    op.drop_table('claims')
    op.drop_index(op.f('ix_cases_advocate'), table_name='cases')
    op.drop_table('cases')
    op.drop_table('broker_secrets')
    op.drop_table('agencies')
