"""One organization: an immutable snapshot with its look-ups ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from zoneinfo import ZoneInfo

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
    _lines: dict[str, LineOwner] = field(init=False, repr=False, compare=False)
    _devices: dict[str, tuple[User, Device]] = field(init=False, repr=False, compare=False)

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

    def in_ranges(self, number: str) -> bool:
        """Whether a canonical number or an alias is one of the organization's own, in use or not."""
        return any(number in numbers for numbers in self.number_ranges)

    def effective(self, setting: Setting[T], user: User | None = None) -> Effective[T]:
        """The value of a setting for a user (or for the organization as a whole), and where it comes from."""
        return effective(setting, self._levels(user))

    def _levels(self, user: User | None) -> Iterator[tuple[Level, str, Settings]]:
        if user is not None:
            yield Level.USER, user.username, user.settings
            member = [self.groups[name] for name in user.groups if name in self.groups]
            for group in sorted(member, key=lambda group: group.priority):
                yield Level.GROUP, group.name, group.settings
        yield Level.ORGANIZATION, self.name, self.settings
