"""Which events programs outside are told, by the names that they know them by: those of the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pbxd import events
from pbxd.events.base import Event

_KINDS: Final[tuple[type[Event], ...]] = (
    *(events.CallArrived, events.LegRinging, events.LegAnswered, events.LegHeld, events.LegResumed),
    *(events.CallTransferred, events.CallParked, events.CallEnded, events.EmergencyCalled),
    *(events.RecordingStarted, events.RecordingEnded),
    *(events.CallQueued, events.CallOffered, events.CallDequeued, events.CallbackRequested, events.CallbackFailed),
    *(events.AgentLoggedIn, events.AgentLoggedOut, events.AgentPaused, events.AgentResumed),
    *(events.ActivityChanged, events.RoleChanged, events.ProfileChanged, events.DiversionChanged),
    *(events.AbsenceChanged, events.NightModeChanged, events.PlanChanged),
    *(events.MessageLeft, events.MailboxChanged),
    *(events.Registered, events.Unregistered, events.TrunkUp, events.TrunkDown),
)
"""Keys that callers press, what they are told, PINs and files are nobody's affair outside."""
UNTOLD: Final = frozenset({"at", "path", "basis", "trail"})
"""Fields that stay here."""


def name_of(kind: type[Event]) -> str:
    """``call-ended`` for :class:`pbxd.events.CallEnded`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


OUTWARD: Final[Mapping[str, type[Event]]] = {name_of(kind): kind for kind in _KINDS}
"""By name."""
