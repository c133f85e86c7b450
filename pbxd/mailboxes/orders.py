"""What an operator asks about mailboxes, and has done to them."""

from __future__ import annotations

from typing import Any

from pbxd.errors import PbxdError
from pbxd.mailboxes.lockout import after_right
from pbxd.mailboxes.mailroom import Mailroom
from pbxd.store.mailbox_rows import MailboxKey, VoiceMessageRow


class MailboxOrders:
    """Answers in plain data. Also for mailboxes whose owner is configured no more."""

    def __init__(self, mailroom: Mailroom) -> None:
        self._mailroom = mailroom

    def list(self, organization: str | None = None) -> dict[str, Any]:
        """Every mailbox that anything is kept of."""
        boxes = [box for box in self._mailroom.boxes() if organization in (None, box.organization)]
        return {"mailboxes": [self._summary(box) for box in boxes]}

    def show(self, mailbox: str, organization: str | None = None) -> dict[str, Any]:
        """The messages of a mailbox, the oldest first. Raises :class:`PbxdError` for one that nothing is kept of."""
        box = self._find(mailbox, organization)
        messages = [self._message(row) for row in self._mailroom.messages(box)]
        return {**self._summary(box), "messages": messages}

    def delete(self, mailbox: str, message: str, organization: str | None = None) -> dict[str, Any]:
        """Delete a message, or with ``all`` every one. Raises :class:`PbxdError` where there is none."""
        box = self._find(mailbox, organization)
        rows = [row for row in self._mailroom.messages(box) if message in ("all", row.id)]
        if not rows and message != "all":
            raise PbxdError(f"the mailbox of {mailbox} has no message {message}")
        self._mailroom.purge(rows)
        return {"deleted": len(rows)}

    def unlock(self, mailbox: str, organization: str | None = None) -> dict[str, Any]:
        """Take PINs again, though there were too many wrong ones. Raises :class:`PbxdError` as :meth:`show`."""
        row = self._mailroom.row(self._find(mailbox, organization))
        self._mailroom.settle_at_once(after_right(row))
        return {"failures": row.failures}

    def _find(self, mailbox: str, organization: str | None) -> MailboxKey:
        """A user's mailbox comes before a group's of the same name."""
        wanted = [box for box in self._mailroom.boxes() if box.mailbox == mailbox]
        found = [box for box in wanted if organization in (None, box.organization)]
        if not found:
            raise PbxdError(f"nothing is kept of a mailbox of {mailbox}; `pbxd mailbox list` shows those there are")
        if len({box.organization for box in found}) > 1:
            raise PbxdError(f"--organization must say which: {', '.join(sorted(box.organization for box in found))}")
        return max(found, key=lambda box: box.kind)

    def _summary(self, box: MailboxKey) -> dict[str, Any]:
        counts, row = self._mailroom.counts(box), self._mailroom.row(box)
        return {
            **box._asdict(),
            "new": counts.new,
            "old": counts.old,
            "bytes": sum(one.bytes for one in self._mailroom.messages(box)),
            "locked_until": row.locked_until if row.locked_until > self._mailroom.office.wall() else None,
            "switched_off": row.switched_off,
        }

    def _message(self, row: VoiceMessageRow) -> dict[str, Any]:
        return {
            "id": row.id,
            "state": row.state,
            "at": row.at,
            "seconds": round(row.seconds, 1),
            "caller": row.caller,
            "caller_name": row.caller_name,
            "forwarded_from": row.forwarded_from,
            "path": str(self._mailroom.spool.absolute(row.path)),
        }
