"""Tasks, counted emergency releases, and deliveries that were stopped."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and the columns."""
    op.create_table('tasks',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('data_key', sa.String(length=64), nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('disclosure_id', sa.String(length=64), nullable=True),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=True),
    sa.Column('done_entry', sa.BigInteger(), nullable=True),
    sa.Column('evidence', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index('tasks_of', 'tasks', ['owner', 'due_at'], unique=False)
    op.create_table('emergencies',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('practitioner', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )
    op.create_index('emergencies_of', 'emergencies', ['practitioner', 'at'], unique=False)
    op.add_column('disclosures', sa.Column('stopped_at', sa.BigInteger(), nullable=True))
    op.add_column('disclosures', sa.Column('stopped_entry', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop what was created."""
    with op.batch_alter_table('disclosures') as disclosures:
        disclosures.drop_column('stopped_entry')
        disclosures.drop_column('stopped_at')
    op.drop_index('emergencies_of', table_name='emergencies')
    op.drop_table('emergencies')
    op.drop_index('tasks_of', table_name='tasks')
    op.drop_table('tasks')
