"""Which calls are recorded (CALL-8), and for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pbxd.calls.recordings import DAY
from pbxd.dialplan.source import FromDevice
from pbxd.events import RecordingEnded, RecordingStarted
from pbxd.media.engine import Ending
from pbxd.media.sounds import Recording
from pbxd.org.levels import RECORDING, RECORDING_ANNOUNCED, RECORDING_KEEP_DAYS
from pbxd.org.presence import standing
from pbxd.store.rows import RecordingRow

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.leg import Leg
    from pbxd.calls.recordings import Recordings
    from pbxd.media.engine import PortId, Recorded
    from pbxd.org.organization import Organization
    from pbxd.org.users import User


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody's that a conversation be recorded."""

    organization: Organization
    announced: bool
    by: str = ""
    """The user who wants it by a code; empty: a rule, a profile or a setting does."""


class Reel:
    """What a call has of recordings."""

    __slots__ = ("files", "queue")

    def __init__(self) -> None:
        self.files = 0
        """So far."""
        self.queue: Organization | None = None
        """Whose queue wants the call's next conversation recorded."""


def wish(call: Call, peer: Leg) -> Wish | None:
    """Whether the conversation is to be recorded: by a rule, by the queue that the call came through, or because one
    of the two wants his calls recorded.
    """
    wanted = [one for leg in (call.subject, peer) if (one := _wish_of(call, leg)) is not None]
    queue, call.reel.queue = call.reel.queue, None
    if queue is not None:
        wanted.insert(0, Wish(queue, queue.effective(RECORDING_ANNOUNCED).value))
    if call.shown.recording is False or not wanted:
        return None
    return Wish(wanted[0].organization, any(one.announced for one in wanted))


def _wish_of(call: Call, leg: Leg) -> Wish | None:
    source = leg.source
    organization = call.facts.configuration.organizations.get(source.organization)
    if organization is None:
        return None
    user = organization.users.get(source.user) if isinstance(source, FromDevice) else None
    asked = call.shown.recording or (user is not None and _wants(call, organization, user))
    announced = organization.effective(RECORDING_ANNOUNCED, user).value
    return Wish(organization, announced) if asked else None


def _wants(call: Call, organization: Organization, user: User) -> bool:
    """By his profile, if that says so, and otherwise by the nearest level that does."""
    state = call.facts.state(organization.name, user.username)
    profile = standing(state, organization, user, call.kernel.wall).profile
    if profile is not None and profile.recording is not None:
        return profile.recording
    return organization.effective(RECORDING, user).value


class Recorder:
    """Records conversations: a file for each pair of parties, so that a transfer begins a new one."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings
        self._running: dict[int, tuple[RecordingRow, Call]] = {}
        """By ticket."""

    def begin(self, call: Call, wanted: Wish, peer: Leg) -> PortId | None:
        """Begin a file; returns the port that it is recorded at, ``None`` where it can't be."""
        kernel, left, right = call.kernel, call.subject.stream.end, peer.stream.end
        if left is None or right is None or not kernel.translates:
            return None
        ticket, row = next(kernel.tickets), self._row(call, wanted, peer)
        try:
            path = self._recordings.begin(row)
        except OSError as error:
            call.subject.media_problem(f"can't be recorded: {error.strerror}")
            return None
        self._running[ticket] = row, call
        kernel.engine.record(left.port, Recording(ticket=ticket, path=str(path.absolute()), beside=right.port))
        kernel.bus.emit(
            RecordingStarted(
                at=row.begun,
                call=call.id,
                recording=row.id,
                organization=row.organization,
                caller=row.caller,
                callee=row.callee,
                announced=wanted.announced,
                by=wanted.by,
            )
        )
        return left.port

    def told(self, kernel: Kernel, recorded: Recorded) -> bool:
        """A recording is on disk; whether it was one of ours."""
        found = self._running.pop(recorded.ticket, None)
        if found is None:
            return False
        row, call = found
        self._recordings.end(row, recorded.seconds)
        kernel.bus.emit(
            RecordingEnded(
                at=kernel.wall,
                call=call.id,
                recording=row.id,
                seconds=round(recorded.seconds, 2),
                failed=recorded.ending is Ending.FAILED,
            )
        )
        return True

    def _row(self, call: Call, wanted: Wish, peer: Leg) -> RecordingRow:
        now = call.kernel.wall
        call.reel.files += 1
        name = f"{call.id}-{call.reel.files}"
        month = time.strftime("%Y-%m", time.gmtime(now))
        days = wanted.organization.effective(RECORDING_KEEP_DAYS).value
        return RecordingRow(
            id=name,
            organization=wanted.organization.name,
            call=call.id,
            caller=call.subject.party,
            callee=peer.party,
            path=f"{wanted.organization.name}/{month}/{name}.wav",
            begun=now,
            expires=now + days * DAY,
        )
