"""Phones that come for their settings, and the tickets that they come with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _text(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, primary_key=primary_key)


def _moment(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False)


def upgrade() -> None:
    op.create_table(
        "phones",
        _text("organization", primary_key=True),
        _text("mac", primary_key=True),
        _text("secret"),
        _moment("proved"),
        _text("ticket"),
        *(_text(name) for name in ("model", "firmware", "address", "description", "lines", "seated")),
        *(_moment(name) for name in ("since", "first_seen", "last_seen", "refused")),
    )
    op.create_table(
        "tickets",
        _text("organization", primary_key=True),
        _text("ticket", primary_key=True),
        *(_moment(name) for name in ("made", "expires", "revoked")),
    )


def downgrade() -> None:
    op.drop_table("tickets")
    op.drop_table("phones")
