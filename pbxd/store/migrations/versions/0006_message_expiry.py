"""Short messages that nobody fetches are not kept for ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("expires", sa.Double, nullable=False, server_default="0"))
    op.execute("UPDATE messages SET expires = sent + 2592000")  # 30 days


def downgrade() -> None:
    op.drop_column("messages", "expires")
