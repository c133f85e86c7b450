"""Call records say how many recordings there are of the call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("recordings", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("calls", "recordings")
