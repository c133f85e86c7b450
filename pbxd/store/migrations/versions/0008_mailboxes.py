"""Mailboxes: the messages in them, and what their owners have set."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _text(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, primary_key=primary_key)


def upgrade() -> None:
    op.create_table(
        "voice_messages",
        _text("id", primary_key=True),
        _text("organization"),
        _text("kind"),
        _text("mailbox"),
        _text("caller"),
        _text("caller_name"),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        _text("path"),
        _text("state"),
        sa.Column("changed", sa.Double, nullable=False),
        _text("forwarded_from"),
        _text("comment"),
    )
    op.create_table(
        "mailboxes",
        _text("organization", primary_key=True),
        _text("kind", primary_key=True),
        _text("mailbox", primary_key=True),
        _text("pin"),
        _text("replaces"),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.Double, nullable=False),
        _text("greeting"),
        sa.Column("switched_off", sa.Integer, nullable=False),
        sa.Column("greeting_only", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("mailboxes")
    op.drop_table("voice_messages")
