"""Where agents are logged in, and who is to be called back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _text(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, primary_key=primary_key)


def upgrade() -> None:
    op.create_table(
        "agents",
        _text("organization", primary_key=True),
        _text("username", primary_key=True),
        _text("queues"),
        sa.Column("paused", sa.Integer, nullable=False),
    )
    op.create_table(
        "callbacks",
        _text("organization", primary_key=True),
        _text("call", primary_key=True),
        _text("queue"),
        _text("kind"),
        _text("number"),
        _text("name"),
        _text("language"),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("expires", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("callbacks")
    op.drop_table("agents")
