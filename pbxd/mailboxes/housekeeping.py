"""Which messages have been kept long enough (VM-5). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pbxd.store.mailbox_rows import VoiceMessageRow

DAY = 86_400.0


def expired(messages: Iterable[VoiceMessageRow], keep_days: float, now: float) -> Iterator[VoiceMessageRow]:
    """Messages that somebody has listened to, or saved, ``keep_days`` ago; nobody deletes what nobody has heard."""
    for row in messages:
        if row.state in ("heard", "saved") and row.changed + keep_days * DAY <= now:
            yield row
