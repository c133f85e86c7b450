"""How long a store waits for its database, and how much it keeps meanwhile."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds and numbers; the defaults are a server's."""

    busy: float = 2.0
    """Seconds that a write waits for another process that holds SQLite's write lock, or for a silent PostgreSQL."""
    opening: float = 30.0
    """The same while a database is opened: another server may be bringing it up to date."""
    reconnect: float = 0.5
    """After the database could not be reached, seconds in which nobody tries again."""
    retry: float = 0.2
    """Seconds before the ledger's second attempt, doubling up to ``longest_retry``."""
    longest_retry: float = 5.0
    events: int = 50_000
    """Events kept while the database can't be written (some 30 MiB); what comes after them is lost."""
    saves: int = 10_000
    """Saves to one table that wait for a commit; who saves more is told that the database does not keep up."""


DEFAULT_PATIENCE = Patience()
