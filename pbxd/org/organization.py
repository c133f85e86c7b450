"""One organization: an immutable snapshot with its look-ups ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from zoneinfo import ZoneInfo

from pbxd.org.activities import Activity, Profile, Role, Shortcut
from pbxd.org.hours import ALWAYS, EffectiveHours, WorkingHours
from pbxd.org.levels import Effective, Level, Setting, Settings, effective
from pbxd.org.numbers import NumberRange
from pbxd.org.users import Device, LineOwner, User

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A user group. The organization lists its groups by priority, highest first."""

    name: str
    priority: int
    """0 is the highest."""
    settings: Settings = field(default_factory=Settings)
    working_hours: WorkingHours | None = None
    timezone: ZoneInfo | None = None
    country: str | None = None
    """Of an office abroad; ``None``, like hours and zone: as the organization says (TIME-1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """What is configured for one customer.

    Nothing in it changes after it was made: a reload makes another one. The mappings are plain dictionaries, because
    they are read for every call; they are typed read-only.
    """

    name: str
    """The key ``organization``: how the configuration, the ledger and the trail name it."""
    title: str
    """The key ``name``: how people name it."""
    domain: str
    """SIP domain and digest realm of its devices, lower case."""
    country: str
    """ISO 3166, two letters: how national numbers are read."""
    timezone: ZoneInfo
    languages: tuple[str, ...]
    """The first is the organization's own."""
    switchboard: str | None = None
    number_ranges: tuple[NumberRange, ...] = ()
    outside_line_prefix: str = ""
    settings: Settings = field(default_factory=Settings)
    groups: Mapping[str, Group] = field(default_factory=dict)
    """By name, highest priority first."""
    users: Mapping[str, User] = field(default_factory=dict)
    """By username."""
    working_hours: WorkingHours | None = None
    activities: Mapping[str, Activity] = field(default_factory=dict)
    """By name, in the file's order; the first that counts as available is what users do who have set nothing."""
    roles: Mapping[str, Role] = field(default_factory=dict)
    shortcuts: Mapping[str, Shortcut] = field(default_factory=dict)
    """By name; users may have others of their own."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """By name; a user's own of the same name comes first."""
    _lines: dict[str, LineOwner] = field(init=False, repr=False, compare=False)
    _devices: dict[str, tuple[User, Device]] = field(init=False, repr=False, compare=False)
    _hours: dict[str, EffectiveHours] = field(init=False, repr=False, compare=False, default_factory=dict)
    """By username, as they are asked for."""

    def __post_init__(self) -> None:
        lines: dict[str, LineOwner] = {}
        devices: dict[str, tuple[User, Device]] = {}
        for user in self.users.values():
            for line in user.lines:
                owner = LineOwner(user=user, line=line)
                lines[line.number] = owner
                if line.alias is not None:
                    lines[line.alias] = owner
            for device in user.devices:
                devices[device.name] = user, device
        object.__setattr__(self, "_lines", lines)
        object.__setattr__(self, "_devices", devices)

    def line(self, number: str) -> LineOwner | None:
        """Whom a canonical number or an alias reaches."""
        return self._lines.get(number)

    def device(self, name: str) -> Device | None:
        found = self._devices.get(name)
        return found[1] if found is not None else None

    def owner(self, device: str) -> User | None:
        """Whose device it is."""
        found = self._devices.get(device)
        return found[0] if found is not None else None

    @property
    def usual_activity(self) -> Activity | None:
        """What users do who have set nothing."""
        return next((activity for activity in self.activities.values() if activity.available), None)

    def profile(self, name: str, user: User) -> Profile | None:
        """The profile of that name, as it is for a user (PROF-2)."""
        return user.profiles.get(name) or self.profiles.get(name)

    def in_ranges(self, number: str) -> bool:
        """Whether a canonical number or an alias is one of the organization's own, in use or not."""
        return any(number in numbers for numbers in self.number_ranges)

    def effective(self, setting: Setting[T], user: User | None = None) -> Effective[T]:
        """The value of a setting for a user (or for the organization as a whole), and where it comes from."""
        return effective(setting, self._levels(user))

    def hours_for(self, whom: User | Group | None = None) -> EffectiveHours:
        """Working hours, clock and country that count for a user, a group, or the organization as a whole (TIME-1).

        Each of the three comes from the nearest level that gives it: a group may have its own clock alone.
        """
        if not isinstance(whom, User):
            return self._effective_hours((whom,) if whom is not None else ())
        found = self._hours.get(whom.username)
        if found is None:
            found = self._hours[whom.username] = self._effective_hours((whom, *self._groups_of(whom)))
        return found

    def _effective_hours(self, nearest: tuple[User | Group, ...]) -> EffectiveHours:
        hours, level, name = self.working_hours, Level.ORGANIZATION, self.name
        giving = next((one for one in nearest if one.working_hours is not None), None)
        if giving is not None:
            hours, level, name = giving.working_hours, *_named(giving)
        return EffectiveHours(
            hours=ALWAYS if hours is None else hours,
            zone=next((one.timezone for one in nearest if one.timezone is not None), self.timezone),
            country=next((one.country for one in nearest if one.country is not None), self.country),
            level=Level.DEFAULT if hours is None else level,
            name="" if hours is None else name,
            groups=tuple(one.name for one in nearest if isinstance(one, Group)),
        )

    def _groups_of(self, user: User) -> list[Group]:
        """The user's groups, highest priority first."""
        member = (self.groups[name] for name in user.groups if name in self.groups)
        return sorted(member, key=lambda group: group.priority)

    def _levels(self, user: User | None) -> Iterator[tuple[Level, str, Settings]]:
        if user is not None:
            yield Level.USER, user.username, user.settings
            for group in self._groups_of(user):
                yield Level.GROUP, group.name, group.settings
        yield Level.ORGANIZATION, self.name, self.settings


def _named(giving: User | Group) -> tuple[Level, str]:
    if isinstance(giving, User):
        return Level.USER, giving.username
    return Level.GROUP, giving.name
