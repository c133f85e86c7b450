"""The schema as this version wants it; the migrations lead there, which a test compares."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData()


def _required_text(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, primary_key=primary_key)


bindings = Table(
    "bindings",
    metadata,
    _required_text("organization", primary_key=True),
    _required_text("device", primary_key=True),
    _required_text("contact", primary_key=True),
    _required_text("instance", primary_key=True),
    Column("reg_id", BigInteger, primary_key=True, autoincrement=False),
    _required_text("transport"),
    _required_text("local_host"),
    Column("local_port", Integer, nullable=False),
    _required_text("remote_host"),
    Column("remote_port", Integer, nullable=False),
    Column("expires", Double, nullable=False),
    Column("q", Integer, nullable=False),
    _required_text("call_id"),
    Column("cseq", BigInteger, nullable=False),
    _required_text("user_agent"),
    _required_text("path"),
)

messages = Table(
    "messages",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    _required_text("organization"),
    _required_text("recipient"),
    _required_text("sender"),
    _required_text("sender_name"),
    Column("sent", Double, nullable=False),
    Column("expires", Double, nullable=False, server_default="0"),
    _required_text("content_type"),
    Column("body", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    _required_text("organization"),
    _required_text("kind"),
    _required_text("user_name"),
    _required_text("channel"),
    _required_text("recipient"),
    _required_text("letter"),
    _required_text("state"),
    Column("created", Double, nullable=False),
    Column("due", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    _required_text("error"),
    Column("used", Double),
)

recordings = Table(
    "recordings",
    metadata,
    _required_text("id", primary_key=True),
    _required_text("organization"),
    _required_text("call"),
    _required_text("caller"),
    _required_text("callee"),
    _required_text("path"),
    Column("begun", Double, nullable=False),
    Column("ended", Double),
    Column("seconds", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Index("recordings_call", "call"),
    Index("recordings_expires", "expires"),
)

user_states = Table(
    "user_states",
    metadata,
    _required_text("organization", primary_key=True),
    _required_text("username", primary_key=True),
    _required_text("state"),
    Column("seen", Double, nullable=False),
)

extended_hours = Table(
    "extended_hours",
    metadata,
    _required_text("organization", primary_key=True),
    _required_text("scope", primary_key=True),
    Column("until", Double, nullable=False),
    _required_text("by_user"),
)

voice_messages = Table(
    "voice_messages",
    metadata,
    _required_text("id", primary_key=True),
    _required_text("organization"),
    _required_text("kind"),
    _required_text("mailbox"),
    _required_text("caller"),
    _required_text("caller_name"),
    Column("at", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    _required_text("path"),
    _required_text("state"),
    Column("changed", Double, nullable=False),
    _required_text("forwarded_from"),
    _required_text("comment"),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    _required_text("organization", primary_key=True),
    _required_text("kind", primary_key=True),
    _required_text("mailbox", primary_key=True),
    _required_text("pin"),
    _required_text("replaces"),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Double, nullable=False),
    _required_text("greeting"),
    Column("switched_off", Integer, nullable=False),
    Column("greeting_only", Integer, nullable=False),
)

agents = Table(
    "agents",
    metadata,
    _required_text("organization", primary_key=True),
    _required_text("username", primary_key=True),
    _required_text("queues"),
    Column("paused", Integer, nullable=False),
)

callbacks = Table(
    "callbacks",
    metadata,
    _required_text("organization", primary_key=True),
    _required_text("call", primary_key=True),
    _required_text("queue"),
    _required_text("kind"),
    _required_text("number"),
    _required_text("name"),
    _required_text("language"),
    Column("since", Double, nullable=False),
    Column("expires", Double),
    Column("attempts", Integer, nullable=False),
)

phones = Table(
    "phones",
    metadata,
    _required_text("organization", primary_key=True),
    _required_text("mac", primary_key=True),
    _required_text("secret"),
    Column("proved", Double, nullable=False),
    _required_text("ticket"),
    _required_text("model"),
    _required_text("firmware"),
    _required_text("address"),
    _required_text("description"),
    _required_text("lines"),
    _required_text("seated"),
    Column("since", Double, nullable=False),
    Column("first_seen", Double, nullable=False),
    Column("last_seen", Double, nullable=False),
    Column("refused", Double, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    _required_text("organization", primary_key=True),
    _required_text("ticket", primary_key=True),
    Column("made", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("revoked", Double, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    _required_text("type"),
    Column("call", Text),
    _required_text("payload"),
    Index("events_call", "call", sqlite_where=text("call IS NOT NULL"), postgresql_where=text("call IS NOT NULL")),
    Index("events_at", "at"),
)

calls = Table(
    "calls",
    metadata,
    _required_text("call", primary_key=True),
    _required_text("organization"),
    _required_text("caller"),
    _required_text("caller_name"),
    _required_text("called"),
    Column("started", Double, nullable=False),
    Column("answered", Double),
    Column("ended", Double),
    Column("seconds", Double, nullable=False),
    Column("talk_seconds", Double, nullable=False),
    _required_text("result"),
    Column("status", Integer, nullable=False),
    _required_text("reason"),
    Column("turns", Text, nullable=False, server_default="[]"),
    _required_text("legs"),
    Column("billing_ids", Text, nullable=False, server_default="[]"),
    Column("recordings", Integer, nullable=False, server_default="0"),
    Index("calls_started", "started"),
    Index("calls_result", "result", "started"),
    Index("calls_organization", "organization", "started"),
    Index("calls_running", "call", sqlite_where=text("ended IS NULL"), postgresql_where=text("ended IS NULL")),
)

call_keys = Table(
    "call_keys",
    metadata,
    Column("key", Text().with_variant(Text(collation="C"), "postgresql"), primary_key=True),
    Column("started", Double, primary_key=True),
    _required_text("call", primary_key=True),
    sqlite_with_rowid=False,
)
