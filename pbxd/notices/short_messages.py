"""SMS that users write (CALL-11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.notices.gsm import MAX_PARTS, encoded
from pbxd.notices.outbox import Notice, Outbox
from pbxd.notices.people import sms_to

if TYPE_CHECKING:
    from pbxd.calls.texting import ShortMessage
    from pbxd.store.interface import Done

KIND = "message"


class SmsCarrier:
    """A :class:`pbxd.calls.texting.Carrier`: SMS go by way of the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def can_text(self) -> bool:
        return self._outbox.can("sms")

    def fits(self, text: str) -> bool:
        return len(encoded(text).parts) <= MAX_PARTS

    def carry(self, message: ShortMessage, done: Done) -> None:
        sms = sms_to(message.to, sender=message.sender, number=message.number, text=message.text)
        self._outbox.put(Notice(organization=message.organization, kind=KIND, user=message.user, letter=sms), done)
