"""What users have set, and hours that somebody extended for a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, primary_key=primary_key)


def upgrade() -> None:
    op.create_table(
        "user_states",
        _text("organization", primary_key=True),
        _text("username", primary_key=True),
        _text("state"),
        sa.Column("seen", sa.Double, nullable=False),
    )
    op.create_table(
        "extended_hours",
        _text("organization", primary_key=True),
        _text("scope", primary_key=True),
        sa.Column("until", sa.Double, nullable=False),
        _text("by_user"),
    )


def downgrade() -> None:
    op.drop_table("extended_hours")
    op.drop_table("user_states")
