"""What recipients say of packages."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table('opened_receipts',
    sa.Column('ref', sa.String(length=64), nullable=False),
    sa.Column('data_key', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('entry', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('ref')
    )


def downgrade() -> None:
    """Drop what was created."""
    op.drop_table('opened_receipts')
