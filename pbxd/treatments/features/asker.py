"""Who dialled a feature code, and what he may change by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pbxd.dialplan.numbering import canonical
from pbxd.errors import Refused
from pbxd.org.activities import Activity, Labels
from pbxd.org.moments import shown
from pbxd.speech.sayings import Message, Moment, Value
from pbxd.treatments.features.words import words

if TYPE_CHECKING:
    from pbxd.calls.late import LateHours
    from pbxd.calls.people import People
    from pbxd.calls.seating import Seating
    from pbxd.calls.tape import Tape
    from pbxd.org.changes import Change
    from pbxd.org.organization import Organization
    from pbxd.org.users import User
    from pbxd.queues.runner import Distribution


class _Coded(Protocol):
    @property
    def code(self) -> str | None: ...


class _Labelled(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def labels(self) -> Labels: ...


T = TypeVar("T", bound=_Coded)
NOTHING: Mapping[str, Value] = MappingProxyType({})

NOT_POSSIBLE = Message("not-possible")
SAID: Mapping[str, Message] = {
    "no-activity": Message("feature-nothing"),
    "no-role": Message("feature-nothing"),
    "no-profile": Message("feature-nothing"),
    "no-shortcut": Message("feature-nothing"),
    "no-queue": Message("feature-nothing"),
    "no-menu": Message("feature-nothing"),
    "no-extension": Message("number-unknown"),
    "no-number": Message("number-invalid"),
    "no-time": Message("feature-incomplete"),
    "not-allowed": Message("not-allowed"),
}
"""Why not, in the words of the catalogue, by the text's name; what is not here is just not possible."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a code did."""

    text: str
    """For the phone to show."""
    spoken: Mapping[str, Value] = field(default_factory=dict)
    """What fills the gaps of the message that its user hears."""


class NotDone(Refused):
    """Why a code did nothing: ``reason`` is for the phone to show, ``said`` for its user to hear."""

    def __init__(self, status: int, reason: str, said: Message) -> None:
        super().__init__(status, reason)
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A user on one of his phones, at a moment."""

    people: People
    late_hours: LateHours
    seats: Seating
    organization: Organization
    user: User
    device: str
    withheld: str = field(default="", repr=False)
    """The PIN that was dialled, of which arguments have only the length."""
    now: float
    """Seconds since 1970."""
    hands_on: Callable[[str], bool]
    """Sends whom the phone has on hold to a number; ``False`` where it has nobody."""
    dictates: Callable[[str, tuple[str, ...]], bool]
    """Has him called, to record sounds of the library; the title is what his phone shows."""
    tape: Callable[[], Tape | None]
    """The recording of what the user talks on besides; ``None`` where he talks to nobody."""
    distribution: Distribution
    """The queues."""

    @property
    def agent(self) -> tuple[str, str]:
        """Organization and user, as queues know agents."""
        return self.organization.name, self.user.username

    @property
    def why(self) -> str:
        """In words, what made the change."""
        return f"a code dialled on {self.device}"

    @property
    def zone(self) -> ZoneInfo:
        return self.organization.hours_for(self.user).zone

    async def change(self, change: Change, whose: User | None = None) -> None:
        """Apply a change to what the user, or another one, has set; it is on disk afterwards.

        Raises :class:`pbxd.store.interface.StoreError`, and what the change raises.
        """
        await self.people.change(self.organization.name, (whose or self.user).username, change, self.why)

    def colleague(self, extension: str) -> User:
        """Whose line an extension is. Raises :class:`Refused` (404)."""
        owner = self.organization.line(canonical(extension, self.organization, self.user).canonical)
        if owner is None:
            raise self.refused(404, "no-extension", what=extension)
        return owner.user

    def coded(self, kind: str, known: Iterable[T], code: str) -> T:
        """What has this code. Raises :class:`Refused` (404) when nothing has."""
        found = next((one for one in known if one.code == code), None)
        if found is None:
            raise self.refused(404, f"no-{kind}", what=code)
        return found

    def activity(self, code: str) -> Activity:
        """The activity with this code. Raises :class:`Refused` (404)."""
        return self.coded("activity", self.organization.activities.values(), code)

    def label(self, named: _Labelled) -> str:
        """What something is called in the user's language."""
        return named.labels.get(self.user.language, named.name)

    def say(
        self, name: str, *, until: float | None = None, spoken: Mapping[str, Value] = NOTHING, **values: str
    ) -> Reply:
        """A text in the user's language, with the time when it ends where there is one.

        ``spoken`` fills the gaps of what is said beside it; the time when it ends fills ``end``.
        """
        text = words(name, self.user.language, **values)
        if until is None:
            return Reply(text, spoken)
        shown = words("until", self.user.language, what=text, time=self.time(until))
        return Reply(shown, {**spoken, "end": self.moment(until)})

    def time(self, moment: float) -> str:
        """A moment as the user reads it."""
        return shown(moment, self.now, self.zone)

    def moment(self, moment: float) -> Moment:
        """A moment as the user hears it."""
        return Moment(datetime.fromtimestamp(moment, self.zone), datetime.fromtimestamp(self.now, self.zone))

    def refused(self, status: int, name: str, what: str = "") -> NotDone:
        """Why not, for the phone to show and its user to hear."""
        return NotDone(status, self.say(name, what=what).text, SAID.get(name, NOT_POSSIBLE))
