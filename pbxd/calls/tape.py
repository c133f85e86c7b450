"""What of a conversation is recorded: what rules and settings want, and what a party demands meanwhile (CALL-8)."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pbxd.calls.recorder import Wish
from pbxd.dialplan.source import FromDevice
from pbxd.events import RecordingPaused
from pbxd.org.levels import RECORDING_ANNOUNCED
from pbxd.speech.sayings import Message

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.media.engine import PortId
    from pbxd.org.organization import Organization
    from pbxd.org.users import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A party's, by code: record from now on, or pause. It holds for as long as he takes part."""

    organization: Organization
    user: User
    on: bool

    @property
    def wish(self) -> Wish:
        """To record, on his behalf."""
        announced = self.organization.effective(RECORDING_ANNOUNCED, self.user).value
        return Wish(self.organization, announced, by=self.user.username)

    @property
    def message(self) -> Message:
        """What both parties are told of it."""
        return Message("recording-started" if self.on else "recording-paused")


class Tape:
    """The recording of one conversation, whoever takes part in it; for as long as its ``with`` block lasts.

    What is recorded between two pauses is a file of its own, and so is what two parties say when one of them is
    another than before.
    """

    __slots__ = ("_call", "_demand", "_news", "_port", "_wanted")

    def __init__(self, call: Call, wanted: Wish | None) -> None:
        """``wanted`` is what holds while nobody demands anything."""
        self._call = call
        self._wanted = wanted
        self._demand: Demand | None = None
        self._news: Demand | None = None
        self._port: PortId | None = None

    def __enter__(self) -> Self:
        self._call.tape = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call.tape = None
        self._end()

    @property
    def runs(self) -> bool:
        """Whether what is said is recorded."""
        return self._port is not None

    @property
    def forbidden(self) -> bool:
        """Whether a rule says that the call is not to be recorded."""
        return self._call.shown.recording is False

    def begin(self) -> None:
        """Record those who talk now, in a new file, where that is wanted; what was recorded before is complete."""
        self._end()
        if self._demand is not None and not self._takes_part(self._demand):
            self._demand = self._news = None
        wanted = self._wanted
        if self._demand is not None:
            wanted = self._demand.wish if self._demand.on else None
        conversation = self._call.conversation
        if conversation is not None and wanted is not None:
            self._port = self._call.kernel.recorder.begin(self._call, wanted, conversation.peer)

    def demand(self, demand: Demand) -> None:
        """A party wants this from now on; where it changes anything, the parties are told.

        Whether it could be done is seen from :attr:`runs`.
        """
        if demand.on is self.runs:
            return
        before, self._demand = self._demand, demand
        self.begin()
        if self.runs is not demand.on:
            self._demand = before
            return
        if not demand.on:
            kernel, user = self._call.kernel, demand.user.username
            kernel.bus.emit(RecordingPaused(at=kernel.wall, call=self._call.id, by=user))
        if demand.wish.announced:
            self._news = demand
            self._call.wake()

    def news(self) -> Demand | None:
        """What the parties have not been told yet."""
        news, self._news = self._news, None
        return news

    def _end(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            self._call.kernel.engine.finish_recording(port)

    def _takes_part(self, demand: Demand) -> bool:
        conversation, wanted = self._call.conversation, (demand.organization.name, demand.user.username)
        if conversation is None:
            return False
        sources = (self._call.subject.source, conversation.peer.source)
        return any((one.organization, one.user) == wanted for one in sources if isinstance(one, FromDevice))


def tape_of(call: Call, phone: FromDevice) -> Tape | None:
    """The recording of what a user talks on besides ``call``: at the same phone rather than at others of his, and whom
    he has on hold rather than whom he talks to. ``None`` where he talks to nobody.
    """
    found: list[tuple[bool, bool, Tape]] = []
    for device, leg in call.kernel.legs.talking(phone.organization, phone.user):
        tape = leg.owner.tape if leg.owner is not None and leg.owner is not call else None
        if tape is not None:
            found.append((device != phone.device, not leg.held, tape))
    return min(found, key=lambda one: one[:2])[2] if found else None
