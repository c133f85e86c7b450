"""Logging in at free seats, as calls see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pbxd.org.organization import Organization
    from pbxd.org.users import User


class Seating(Protocol):
    """Who sits where; both raise :class:`pbxd.store.interface.StoreError` where that can't be kept."""

    async def log_in(self, organization: Organization, device: str, extension: str, pin: str) -> User:
        """Have the line of ``extension`` on the free seat ``device``. Raises ``SeatError``."""
        ...

    async def log_out(self, organization: Organization, user: User, why: str) -> bool:
        """Empty the seat of a user; whether he had one."""
        ...
