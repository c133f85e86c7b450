"""Conversations between the server and one party, written against :class:`Dialogue` alone: menus, mailboxes, ..."""

from pbxd.dialogues.dialogue import Dialogue, Heard, Stopped

__all__ = ["Dialogue", "Heard", "Stopped"]
