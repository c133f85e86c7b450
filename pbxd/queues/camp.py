"""Camp-on (ATT-2): calls that attendants put through to somebody busy, and what they are told of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pbxd.dialplan.source import FromDevice
from pbxd.dialplan.treatment import Transferred
from pbxd.queues.orders import Camp, Notify
from pbxd.queues.planning import members
from pbxd.speech.catalogue import catalogue

if TYPE_CHECKING:
    from pbxd.calls.messages import Messages
    from pbxd.config.snapshot import Configuration
    from pbxd.dialplan.situation import Situation
    from pbxd.org.organization import Organization

TEXT = "camp-on-waiting"
"""As it is said, it is written."""


def camp_of(situation: Situation, organization: Organization) -> Camp | None:
    """Whom to tell of a call that an attendant has put through; ``None`` where none has, or his group wants nothing.

    Of several groups that he belongs to the first that camps on counts.
    """
    transfers = (turn.outcome for turn in reversed(situation.turns) if isinstance(turn.outcome, Transferred))
    last = next(transfers, None)
    if last is None or not isinstance(last.by, FromDevice):
        return None
    by = last.by.user
    for group in organization.attendant_groups.values():
        attendants = tuple(one.user for one in members(group, organization))
        if group.camp_on is not None and by in attendants:
            wanted = group.camp_on
            return Camp(
                by=by,
                group=attendants,
                after=wanted.notify_attendant_after,
                all_after=wanted.notify_all_after,
            )
    return None


class Reminders:
    """Short messages to attendants; who is offline gets his when a phone of his registers."""

    def __init__(self, configuration: Callable[[], Configuration], messages: Messages) -> None:
        self._configuration = configuration
        self._messages = messages

    def send(self, name: str, what: Notify) -> None:
        """Tell each in his language."""
        organization = self._configuration().organizations.get(name)
        awaited = organization.users.get(what.queue.name) if organization is not None else None
        if organization is None or awaited is None:
            return
        texts = catalogue().messages[TEXT].texts
        for username in what.attendants:
            if (attendant := organization.users.get(username)) is not None:
                text = texts.get(attendant.language, texts["en"]).format(name=awaited.name)
                self._messages.tell(organization, awaited, attendant, text)
