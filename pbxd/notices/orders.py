"""What an operator asks about letters that wait, and has done with them."""

from __future__ import annotations

from typing import Any

from pbxd.errors import PbxdError
from pbxd.notices.outbox import Outbox
from pbxd.store.rows import OutboxRow


class NoticeOrders:
    """``pbxd notices``, on the server's side."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def listed(self) -> dict[str, Any]:
        """What waits, and what was given up."""
        return {"notices": [_described(row) for row in self._outbox.rows() if row.state != "sent"]}

    def retry(self, notice: int | None = None) -> dict[str, Any]:
        """Try one, or all of them, now. Raises :class:`PbxdError` for one that is not there."""
        return {"notices": self._some(self._outbox.retry(notice), notice)}

    def drop(self, notice: int | None = None) -> dict[str, Any]:
        """Forget one, or all that were given up. Raises :class:`PbxdError` for one that is not there."""
        return {"notices": self._some(self._outbox.drop(notice), notice)}

    def _some(self, found: list[int], notice: int | None) -> list[int]:
        if notice is not None and not found:
            raise PbxdError(f"no notice {notice} waits or was given up; `pbxd notices list` lists them")
        return found


def _described(row: OutboxRow) -> dict[str, Any]:
    """All but what it says."""
    return {
        "notice": row.seq,
        "state": row.state,
        "organization": row.organization,
        "kind": row.kind,
        "channel": row.channel,
        "user": row.user,
        "to": row.recipient,
        "written": row.created,
        "due": row.due,
        "attempts": row.attempts,
        "error": row.error,
    }
