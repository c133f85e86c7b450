"""Wrong PINs: how many are too many, and for how long nobody gets in then. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pbxd.store.mailbox_rows import MailboxRow

TRIES: Final = 5
"""Wrong PINs in a row after which the mailbox is locked, and again after as many more."""
FIRST: Final = 15 * 60.0
"""Seconds of the first lock; each one after it takes twice as long."""
LONGEST: Final = 24 * 3600.0


def after_wrong(row: MailboxRow, now: float) -> MailboxRow:
    """The mailbox once another PIN was wrong at ``now`` (wall-clock seconds)."""
    failures = row.failures + 1
    if failures % TRIES:
        return replace(row, failures=failures)
    times = failures // TRIES - 1
    seconds = LONGEST if times > 16 else min(LONGEST, FIRST * 2**times)
    return replace(row, failures=failures, locked_until=now + seconds)


def after_right(row: MailboxRow) -> MailboxRow:
    """The mailbox once somebody got in."""
    return replace(row, failures=0, locked_until=0.0)


def is_locked(row: MailboxRow, now: float) -> bool:
    """Whether no PIN is taken, be it the right one. A clock that was set back does not lock for longer than ever."""
    return now < row.locked_until <= now + LONGEST
