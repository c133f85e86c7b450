"""What a call for help tells, and who learns of it (NUM-4)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """The section ``emergency`` of an organization, or of a group that is somewhere else."""

    callback_number: str
    """Canonical: what the emergency services see, and call back."""
    location: str | None = None
    """Where help is to come to, as people write it."""
    location_uri: str | None = None
    """Where a machine finds the same: told to trunks in Geolocation (RFC 6442)."""
    notify: tuple[str, ...] = ()
    """Usernames that are told at once."""
