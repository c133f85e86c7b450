"""Finding calls by number, name, result and organization; through what each went."""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
_calls = sa.table("calls", *(sa.column(name) for name in ("call", "caller", "called", "started", "legs")))
_keys = sa.table("call_keys", *(sa.column(name) for name in ("key", "started", "call")))


def upgrade() -> None:
    op.add_column("calls", sa.Column("turns", sa.Text, nullable=False, server_default="[]"))
    op.create_index("calls_result", "calls", ["result", "started"])
    op.create_index("calls_organization", "calls", ["organization", "started"])
    op.create_table(
        "call_keys",
        # Parts of it are compared, which only plain order makes sense of.
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True),
        sa.Column("started", sa.Double, primary_key=True),
        sa.Column("call", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    connection, last = op.get_bind(), ""
    while rows := connection.execute(
        sa.select(_calls).where(_calls.c.call > last).order_by(_calls.c.call).limit(AT_ONCE)
    ).all():
        found = [
            {"key": key, "started": row.started, "call": row.call} for row in rows for key in set(_keys_of(row)) - {""}
        ]
        if found:
            connection.execute(sa.insert(_keys), found)
        last = rows[-1].call


def _keys_of(row: sa.Row[tuple[object, ...]]) -> Iterator[str]:
    """As the records of that time have them; `pbxd ledger rebuild` finds what they don't tell."""
    yield _key(row.caller)
    yield _key(row.called)
    for leg in json.loads(row.legs):
        yield _key(leg["party"].encode("utf-8", "replace").decode())
        yield _key(leg["number"].encode("utf-8", "replace").decode())


def _key(text: str) -> str:
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return text.replace("\0", "")
    if len(digits) > 6:
        digits = digits.lstrip("0") or digits
    return f"#{digits[::-1]}"


def downgrade() -> None:
    op.drop_table("call_keys")
    for name in ("calls_result", "calls_organization"):
        op.drop_index(name, "calls")
    op.drop_column("calls", "turns")
