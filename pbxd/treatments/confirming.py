"""People who press a key before a call is theirs: on mobiles, whose own voicemail answers, too (QUE-4, HUNT-1)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from pbxd.calls.dialogue import LegDialogue
from pbxd.calls.rendezvous import Rendezvous
from pbxd.speech.sayings import Message

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.leg import Leg
    from pbxd.org.organization import Organization

TAKE = "1"
"""The key by which a person takes the call."""
ASKED = 3
"""How often he is asked."""


class Confirming:
    """Asks those who have answered, each in a task of ``group``."""

    def __init__(self, call: Call, organization: Organization, group: asyncio.TaskGroup) -> None:
        self._call = call
        self._organization = organization
        self._group = group
        self._asking: dict[Leg, asyncio.Task[None]] = {}

    def ask(self, leg: Leg, user: str, name: str, then: Callable[[bool], None]) -> None:
        """Ask the user on ``leg`` whether he takes a call, of the queue or group ``name`` if there is one, and tell
        ``then`` whether he does.
        """
        self._asking[leg] = self._group.create_task(self._ask(leg, user, name, then))

    async def _ask(self, leg: Leg, user: str, name: str, then: Callable[[bool], None]) -> None:
        what = Message("confirm-answer-for", {"group": name}) if name else Message("confirm-answer")
        language = self._organization.users[user].language
        with LegDialogue(self._call.kernel, leg, self._organization, language, unchanged) as party:
            taken = await _takes(party, what)
        del self._asking[leg]
        then(taken)

    def over(self, leg: Leg) -> None:
        """The leg has ended: nobody is there to answer."""
        if (task := self._asking.pop(leg, None)) is not None:
            task.cancel()

    def stop(self) -> None:
        """Ask nobody any more."""
        for task in self._asking.values():
            task.cancel()
        self._asking.clear()


class Asked(Rendezvous):
    """Where a leg arrives that ``ask`` is to ask first; once a person is there it goes on to where the others meet."""

    def __init__(self, call: Call, ask: Callable[[Leg], None]) -> None:
        super().__init__(call)
        self._asks = ask

    def arrive(self, leg: Leg) -> bool:
        self._asks(leg)
        return True


async def _takes(party: LegDialogue, what: Message) -> bool:
    for _ in range(ASKED):
        if await party.ask(what, keys=TAKE) == TAKE:
            return True
    return False


def unchanged(language: str) -> None:
    """Those who are asked do not choose their language here."""
