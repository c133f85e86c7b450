"""What somebody hears who waits: the welcome, music or ringing tone, and from time to time where he stands (QUE-7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pbxd.calls.inbox import Inbox
from pbxd.media.sounds import Programme as Played
from pbxd.org.levels import PERSONAL_QUEUE_MUSIC, PERSONAL_QUEUE_STATUS, PERSONAL_QUEUE_WELCOME
from pbxd.queues.orders import Ringback, Say
from pbxd.speech.sayings import Length, Message
from pbxd.treatments.call_back import KEY
from pbxd.treatments.ring import RINGING

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.dialogue import LegDialogue
    from pbxd.org.organization import Organization
    from pbxd.org.services import Queue
    from pbxd.org.users import User
    from pbxd.speech.sayings import Saying

STATUS = "please-hold"
"""The system's status message."""
WHOLE_MINUTE = 60.0
"""An estimated wait is told in whole minutes: more would be a promise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What there is to hear."""

    welcome: Saying | None = None
    music: str | None = None
    """``None``: what held callers of the organization hear."""
    status: Saying = STATUS
    callback: str = "callback-offer"
    """By which message a callback is offered."""

    @classmethod
    def of_queue(cls, queue: Queue) -> Programme:
        prompts = queue.prompts
        return cls(welcome=prompts.welcome, music=prompts.music, status=prompts.status or STATUS)

    @classmethod
    def of_user(cls, user: User, organization: Organization) -> Programme:
        music = organization.effective(PERSONAL_QUEUE_MUSIC, user).value
        welcome = organization.effective(PERSONAL_QUEUE_WELCOME, user).value
        status = organization.effective(PERSONAL_QUEUE_STATUS, user).value
        return cls(
            welcome=welcome or Message("personal-queue", {"name": user.name}),
            music=music,
            status=status or STATUS,
            callback="callback-offer-person",
        )


class Entertainer:
    """Plays to the one who waits, and speaks when told to. Used by one task."""

    def __init__(self, call: Call, party: LegDialogue, programme: Programme) -> None:
        self._call = call
        self._party = party
        self._programme = programme
        self._told: Inbox[Say | Ringback] = Inbox()

    async def welcome(self, *, callback: bool) -> bool:
        """What is heard before one waits; whether the caller would rather be called back, where he is asked."""
        welcome = self._programme.welcome
        said: list[Saying] = [Message(self._programme.callback)] if callback else []
        if said or welcome is not None:
            said += [welcome] if welcome is not None else []
            return bool(await self._party.say(*said, until=KEY if callback else ""))
        return False

    def tell(self, what: Say | Ringback) -> None:
        """Have it heard as soon as what is being said is over."""
        self._told.put(what)

    async def run(self) -> None:
        """Entertain, until cancelled."""
        while True:
            async with self._party.music(self._programme.music):
                told = await self._told.next()
            while told is not None:
                told = await self._heard(told)

    async def _heard(self, told: Say | Ringback) -> Say | Ringback | None:
        """Carry it out; returns what comes instead of music, if anything."""
        match told:
            case Ringback(on=True):
                self._ring()
                return await self._told.next()
            case Ringback():
                return None
            case Say():
                await self._party.say(*self._words(told))
                return None

    def _ring(self) -> None:
        """Ringing tone, over whatever was heard before."""
        end, kernel = self._call.subject.stream.end, self._call.kernel
        if end is not None:
            kernel.engine.play(end.port, Played(ticket=next(kernel.tickets), sounds=RINGING, repeat=True))

    def _words(self, told: Say) -> Iterator[Saying]:
        if told.status:
            yield self._programme.status
        if told.position == 1:
            yield Message("queue-next")
        elif told.position is not None:
            yield Message("queue-position", {"position": told.position})
        if told.wait is not None:
            minutes = max(1, round(told.wait / WHOLE_MINUTE))
            yield Message("queue-wait", {"wait": Length(minutes * WHOLE_MINUTE)})
