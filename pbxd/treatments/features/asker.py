"""Who dialled a feature code, and what he may change by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pbxd.errors import Refused
from pbxd.org.activities import Activity, Labels
from pbxd.org.moments import shown
from pbxd.treatments.features.words import words

if TYPE_CHECKING:
    from pbxd.calls.late import LateHours
    from pbxd.calls.people import People
    from pbxd.calls.seating import Seating
    from pbxd.org.changes import Change
    from pbxd.org.organization import Organization
    from pbxd.org.users import User


class _Coded(Protocol):
    @property
    def code(self) -> str | None: ...


class _Labelled(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def labels(self) -> Labels: ...


T = TypeVar("T", bound=_Coded)


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

    @property
    def zone(self) -> ZoneInfo:
        return self.organization.hours_for(self.user).zone

    async def change(self, change: Change) -> None:
        """Apply a change to what the user has set; it is on disk afterwards.

        Raises :class:`pbxd.store.interface.StoreError`, and what the change raises.
        """
        why = f"a code dialled on {self.device}"
        await self.people.change(self.organization.name, self.user.username, change, why)

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

    def say(self, name: str, *, until: float | None = None, **values: str) -> str:
        """A text in the user's language, with the time when it ends where there is one."""
        text = words(name, self.user.language, **values)
        if until is None:
            return text
        return words("until", self.user.language, what=text, time=self.time(until))

    def time(self, moment: float) -> str:
        """A moment as the user reads it."""
        return shown(moment, self.now, self.zone)

    def refused(self, status: int, name: str, what: str = "") -> Refused:
        """Why not, for the phone to show."""
        return Refused(status, self.say(name, what=what))
