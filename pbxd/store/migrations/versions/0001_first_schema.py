"""Bindings, the ledger of events, and call records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    op.create_table(
        "bindings",
        *(_text(name) for name in ("organization", "device", "contact", "instance")),
        sa.Column("reg_id", sa.BigInteger, nullable=False),
        *(_text(name) for name in ("transport", "local_host")),
        sa.Column("local_port", sa.Integer, nullable=False),
        _text("remote_host"),
        sa.Column("remote_port", sa.Integer, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("q", sa.Integer, nullable=False),
        _text("call_id"),
        sa.Column("cseq", sa.BigInteger, nullable=False),
        *(_text(name) for name in ("user_agent", "path")),
        sa.PrimaryKeyConstraint("organization", "device", "contact", "instance", "reg_id"),
    )
    op.create_table(
        "events",
        # SQLite gives the quick row id only to a column of type INTEGER, which has 64 bits there.
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        _text("type"),
        sa.Column("call", sa.Text),
        _text("payload"),
    )
    of_a_call = sa.text("call IS NOT NULL")
    op.create_index("events_call", "events", ["call"], sqlite_where=of_a_call, postgresql_where=of_a_call)
    op.create_index("events_at", "events", ["at"])
    op.create_table(
        "calls",
        sa.Column("call", sa.Text, primary_key=True),
        *(_text(name) for name in ("organization", "caller", "caller_name", "called")),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("answered", sa.Double),
        sa.Column("ended", sa.Double),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("talk_seconds", sa.Double, nullable=False),
        _text("result"),
        sa.Column("status", sa.Integer, nullable=False),
        *(_text(name) for name in ("reason", "legs")),
    )
    op.create_index("calls_started", "calls", ["started"])
    running = sa.text("ended IS NULL")
    op.create_index("calls_running", "calls", ["call"], sqlite_where=running, postgresql_where=running)


def downgrade() -> None:
    for table in ("calls", "events", "bindings"):
        op.drop_table(table)
