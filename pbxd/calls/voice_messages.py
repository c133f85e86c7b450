"""Voice messages for programs: what is in a mailbox, where its sound is, heard, saved, deleted (VM-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from pbxd.calls.mailboxes import box_of_group, box_of_user
from pbxd.errors import PbxdError
from pbxd.org.licences import UNIFIED_INBOX, may_use

if TYPE_CHECKING:
    from pbxd.config.snapshot import Configuration
    from pbxd.mailboxes import Box, Mailroom, VoiceMessageRow
    from pbxd.org.organization import Organization

MARKS: Final = ("heard", "saved")


class VoiceMessages:
    """Answers in plain data. Every request names the mailbox; ``user`` is who asks, where that is one user only."""

    def __init__(self, configuration: Callable[[], Configuration], mailroom: Mailroom) -> None:
        self._configuration = configuration
        self._mailroom = mailroom

    def commands(self) -> Mapping[str, Callable[..., Any]]:
        """What the control socket can ask for."""
        return {
            "messages": self.messages,
            "message": self.message,
            "message-sound": self.sound,
            "message-mark": self.mark,
            "message-delete": self.delete,
            "message-linked": self.linked,
        }

    def messages(self, **which: str | None) -> dict[str, Any]:
        """What is in a mailbox, new ones first. Raises :class:`PbxdError` for one that there is not."""
        return {"messages": [_described(row) for row in self._box(**which).messages()]}

    def message(self, message: str, **which: str | None) -> dict[str, Any]:
        """One of them. Raises :class:`PbxdError` where it is not there."""
        return _described(_row(self._box(**which), message))

    def sound(self, message: str, part: str = "message", **which: str | None) -> dict[str, Any]:
        """Where its sound is, or that of the comment of whoever sent it on. Raises as :meth:`message`."""
        box = self._box(**which)
        row = _row(box, message)
        if part == "comment" and not row.comment:
            raise PbxdError(f"nobody has said anything about the message {message}")
        return {"path": box.sound(row.comment if part == "comment" else row.path), "message": row.id}

    async def mark(self, message: str, state: str, **which: str | None) -> dict[str, Any]:
        """Have it count as heard, or keep it; on disk when this returns. Raises as :meth:`message`, ``StoreError``."""
        box = self._box(**which)
        row = _row(box, message)
        match state:
            case "heard" | "saved":
                return _described(await box.mark(row, state))
        raise PbxdError(f"a message is marked {' or '.join(MARKS)}")

    async def delete(self, message: str, **which: str | None) -> dict[str, Any]:
        """Delete it for good, which nothing undoes. Raises as :meth:`mark`."""
        box = self._box(**which)
        row = await box.mark(_row(box, message), "deleted")
        self._mailroom.purge([row])
        return {"deleted": 1}

    def linked(self, link: str) -> dict[str, Any]:
        """Where the sound is that a link is for; ``path`` is ``None`` where it opens nothing, whatever the reason."""
        office = self._mailroom.office
        message = office.links.message(link, office.wall())
        row = self._mailroom.find(message) if message is not None else None
        if row is None:
            return {"path": None}
        return {"path": str(self._mailroom.spool.absolute(row.path)), "message": row.id}

    def _box(
        self, kind: str | None, mailbox: str | None, organization: str | None = None, user: str | None = None
    ) -> Box:
        organizations = self._configuration().organizations
        among = [one for name, one in organizations.items() if organization in (None, name)]
        found = [box for one in among for box in self._boxes(one, kind, mailbox or "", user)]
        if not found:
            raise PbxdError(f"there is no such mailbox: {mailbox}")
        if len(found) > 1:
            raise PbxdError("whose mailbox? `organization` must say")
        return found[0]

    def _boxes(self, organization: Organization, kind: str | None, mailbox: str, by: str | None) -> Iterator[Box]:
        """The mailbox of that name, if whoever asks may: his own, and those of his groups.

        Somebody to whom the application for that is not allowed opens none (USR-7).
        """
        listener = organization.users.get(by) if by is not None else None
        if listener is not None and not may_use(organization, listener, UNIFIED_INBOX):
            return
        if kind == "user":
            user = organization.users.get(mailbox)
            if user is not None and by in (None, mailbox):
                yield box_of_user(self._mailroom, organization, user)
            return
        group = organization.mailboxes.get(mailbox)
        if group is None:
            return
        if by is None or (listener is not None and not set(group.groups).isdisjoint(listener.groups)):
            yield box_of_group(self._mailroom, organization, group)


def _row(box: Box, message: str) -> VoiceMessageRow:
    for row in box.messages():
        if row.id == message:
            return row
    raise PbxdError(f"the mailbox has no message {message}")


def _described(row: VoiceMessageRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "at": row.at,
        "seconds": round(row.seconds, 1),
        "bytes": row.bytes,
        "caller": row.caller,
        "caller_name": row.caller_name,
        "forwarded_from": row.forwarded_from,
        "commented": bool(row.comment),
    }
