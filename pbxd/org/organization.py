"""One organization: an immutable snapshot with its look-ups ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from pbxd.org import permissions
from pbxd.org.activities import Activity, Profile, Role, Shortcut
from pbxd.org.barring import Barring
from pbxd.org.calendars import Connector
from pbxd.org.contacts import NOBODY, Contact, Contacts
from pbxd.org.dialling import Conversions, Dialling
from pbxd.org.directory import DirectoryField
from pbxd.org.display import DisplayNumber
from pbxd.org.emergency import Emergency
from pbxd.org.hours import ALWAYS, EffectiveHours, WorkingHours
from pbxd.org.levels import NOTHING, SWITCHBOARD, Effective, Level, Said, Setting, Settings, effective
from pbxd.org.licences import Licence
from pbxd.org.menus import AutoAttendant, ConferenceRoom, Mailbox, Menu, VoicemailNumber
from pbxd.org.number_types import NumberTypes
from pbxd.org.numbers import NumberRange
from pbxd.org.permissions import Granted, Right
from pbxd.org.phones import NO_PROVISIONING, SEATS, Provisioning
from pbxd.org.rules import NO_RULES, Rules, Step
from pbxd.org.schedule import Schedule
from pbxd.org.services import HuntGroup, Queue, RuleBasedNumber, Service
from pbxd.org.sounds import LibrarySound, Music
from pbxd.org.users import Device, LineOwner, User, none

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A user group. The organization lists its groups by priority, highest first."""

    name: str
    priority: int
    """0 is the highest."""
    working_hours: WorkingHours | None = None
    timezone: ZoneInfo | None = None
    country: str | None = None
    """Of an office abroad; ``None``, like hours and zone: as the organization says (TIME-1)."""
    settings: Settings = NOTHING
    contacts: Contacts = NOBODY
    federated: bool = False
    """Whether its members are visible in linked organizations (NUM-9)."""
    rules: Rules = NO_RULES
    conversions: Conversions = field(default_factory=Conversions)
    emergency: Emergency | None = None
    """Of an office somewhere else; ``None``: as the organization says."""


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
    settings: Settings = NOTHING
    groups: Mapping[str, Group] = field(default_factory=none)
    """By name, highest priority first."""
    users: Mapping[str, User] = field(default_factory=none)
    """By username."""
    working_hours: WorkingHours | None = None
    activities: Mapping[str, Activity] = field(default_factory=none)
    """By name, in the file's order; the first that counts as available is what users do who have set nothing."""
    roles: Mapping[str, Role] = field(default_factory=none)
    shortcuts: Mapping[str, Shortcut] = field(default_factory=none)
    """By name; users may have others of their own."""
    profiles: Mapping[str, Profile] = field(default_factory=none)
    """By name; a user's own of the same name comes first."""
    calendars: Mapping[str, Connector] = field(default_factory=none)
    """By name: where users' calendars are (PRES-7)."""
    feature_codes: Mapping[str, str] = field(default_factory=none)
    """What codes begin with that are not those of :mod:`pbxd.org.codes`, by the feature's name."""
    contacts: Contacts = NOBODY
    directory_fields: Mapping[str, DirectoryField] = field(default_factory=none)
    """By id."""
    licences: Mapping[str, Licence] = field(default_factory=none)
    linked_organizations: tuple[str, ...] = ()
    """Those that are called directly (NUM-9)."""
    unassigned: Step | None = None
    """Where calls go to numbers that belong to nobody; ``None``: they are refused (NUM-7)."""
    queues: Mapping[str, Queue] = field(default_factory=none)
    """By name, as everything that follows."""
    attendant_groups: Mapping[str, Queue] = field(default_factory=none)
    hunt_groups: Mapping[str, HuntGroup] = field(default_factory=none)
    menus: Mapping[str, Menu] = field(default_factory=none)
    auto_attendants: Mapping[str, AutoAttendant] = field(default_factory=none)
    conference_rooms: Mapping[str, ConferenceRoom] = field(default_factory=none)
    mailboxes: Mapping[str, Mailbox] = field(default_factory=none)
    voicemail_numbers: Mapping[str, VoicemailNumber] = field(default_factory=none)
    rule_based: Mapping[str, RuleBasedNumber] = field(default_factory=none)
    rules: Rules = NO_RULES
    conversions: Conversions = field(default_factory=Conversions)
    number_types: NumberTypes = field(default_factory=NumberTypes)
    barring: Mapping[str, Barring] = field(default_factory=none)
    """By name."""
    schedules: Mapping[str, Schedule] = field(default_factory=none)
    """Named ones by name, those of service numbers by name and by each of their numbers."""
    display_numbers: tuple[DisplayNumber, ...] = ()
    emergency: Emergency | None = None
    provisioning: Provisioning = NO_PROVISIONING
    sounds: Mapping[str, LibrarySound] = field(default_factory=none)
    """By name; there may be others that were uploaded."""
    music: Mapping[str, Music] = field(default_factory=none)
    """By name."""
    countries: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Where somebody of the organization may be."""
    _lines: dict[str, LineOwner] = field(init=False, repr=False, compare=False)
    _devices: dict[str, tuple[User, Device]] = field(init=False, repr=False, compare=False)
    _mobiles: dict[str, Device] = field(init=False, repr=False, compare=False)
    _services: dict[str, Service] = field(init=False, repr=False, compare=False)
    _spoken: frozenset[str] = field(init=False, repr=False, compare=False)
    _said: dict[tuple[str, ...], tuple[Said, ...]] = field(init=False, repr=False, compare=False)
    _hours: dict[str, EffectiveHours] = field(init=False, repr=False, compare=False, default_factory=dict)
    """By username, as they are asked for."""
    prepared: dict[tuple[str, ...], Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What those who route calls have made of it, by keys of theirs: it holds as long as this snapshot does."""
    _dialling: dict[str, Dialling] = field(init=False, repr=False, compare=False, default_factory=dict)
    """By username, as it is asked for."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lines", {})
        object.__setattr__(self, "_devices", {})
        object.__setattr__(self, "_mobiles", {})
        for user in self.users.values():
            self._enlist(user)
        everywhere = {self.country}
        everywhere.update(group.country for group in self.groups.values() if group.country is not None)
        everywhere.update(user.country for user in self.users.values() if user.country is not None)
        object.__setattr__(self, "countries", tuple(sorted(everywhere)))
        object.__setattr__(self, "_services", {number: one for one in self.services() for number in _reached_by(one)})
        if self.switchboard is not None and SWITCHBOARD.name not in self.settings.values:
            settings = Settings(self.settings.values, **{SWITCHBOARD.name: self.switchboard})
            object.__setattr__(self, "settings", settings)
        saying = [self.settings, *(group.settings for group in self.groups.values())]
        saying += (user.settings for user in self.users.values())
        object.__setattr__(self, "_spoken", frozenset(name for settings in saying for name in settings.values))
        object.__setattr__(self, "_said", {groups: self._of_groups(groups) for groups in self._memberships()})

    def _enlist(self, user: User) -> None:
        for line in user.lines:
            owner = LineOwner(user=user, line=line)
            self._lines[line.number] = owner
            if line.alias is not None:
                self._lines[line.alias] = owner
        for device in user.devices:
            self._devices[device.name] = user, device
            if device.number is not None:
                self._mobiles[device.number] = device

    def line(self, number: str) -> LineOwner | None:
        """Whom a canonical number or an alias reaches."""
        return self._lines.get(number)

    def device(self, name: str) -> Device | None:
        found = self._devices.get(name)
        return found[1] if found is not None else None

    def mobile(self, number: str) -> Device | None:
        """The mobile that has this canonical number."""
        return self._mobiles.get(number)

    def owner(self, device: str) -> User | None:
        """Whose device it is."""
        found = self._devices.get(device)
        return found[0] if found is not None else None

    def people(self) -> Iterator[User]:
        """The users who are people: not whoever has the free seats."""
        return (user for user in self.users.values() if user.username != SEATS)

    @property
    def usual_activity(self) -> Activity | None:
        """What users do who have set nothing."""
        return next((activity for activity in self.activities.values() if activity.available), None)

    def in_ranges(self, number: str) -> bool:
        """Whether a canonical number or an alias is one of the organization's own, in use or not."""
        return any(number in numbers for numbers in self.number_ranges)

    def services(self) -> Iterator[Service]:
        """Everything with a service number."""
        for found in (
            self.queues,
            self.attendant_groups,
            self.hunt_groups,
            self.menus,
            self.auto_attendants,
            self.conference_rooms,
            self.mailboxes,
            self.voicemail_numbers,
            self.rule_based,
        ):
            yield from found.values()

    def hollow(self) -> Organization:
        """A copy without its users, for whoever hands these over one by one."""
        found = copy(self)
        for name in ("users", "_lines", "_devices", "_mobiles", "_hours", "_dialling", "prepared"):
            object.__setattr__(found, name, {})
        return found

    def admit(self, users: Iterable[User]) -> None:
        """Put users into a hollow one, which nobody else has yet."""
        by_username = cast("dict[str, User]", self.users)
        for user in users:
            by_username[user.username] = user
            self._enlist(user)

    def parts(self) -> Iterator[object]:
        """What there is many of: for whoever lets go of it piece by piece."""
        for mapping in (self.users, self._lines, self._devices, self._mobiles):
            yield from mapping.values()

    def service(self, number: str) -> Service | None:
        """What a canonical number reaches instead of a person."""
        return self._services.get(number)

    def queue(self, name: str) -> Queue | None:
        """A queue or attendant group by its name or one of its numbers."""
        found = self.queues.get(name) or self.attendant_groups.get(name) or self.service(name)
        return found if isinstance(found, Queue) else None

    def hunt_group(self, name: str) -> HuntGroup | None:
        """A hunt group by its name or one of its numbers."""
        found = self.hunt_groups.get(name) or self.service(name)
        return found if isinstance(found, HuntGroup) else None

    def menu(self, name: str) -> Menu | AutoAttendant | None:
        """A menu or auto attendant by its name or one of its numbers."""
        found = self.menus.get(name) or self.auto_attendants.get(name) or self.service(name)
        return found if isinstance(found, Menu | AutoAttendant) else None

    def mailbox(self, name: str) -> Mailbox | None:
        """A group mailbox by its name or one of its numbers."""
        found = self.mailboxes.get(name) or self.service(name)
        return found if isinstance(found, Mailbox) else None

    def profile(self, name: str, user: User | None = None) -> Profile | None:
        """A profile by name; the user's own comes before the organization's (PROF-2)."""
        return (user.profiles.get(name) if user is not None else None) or self.profiles.get(name)

    def shortcut(self, name: str, user: User | None = None) -> Shortcut | None:
        """A shortcut by name; the user's own comes before the organization's (PRES-3)."""
        return (user.shortcuts.get(name) if user is not None else None) or self.shortcuts.get(name)

    def contact(self, number: str, user: User | None = None) -> Contact | None:
        """Whom a canonical number belongs to: a mandatory contact of any level, else the nearest level's (USR-5)."""
        found = [contact for _, contacts in self.contact_lists(user) if (contact := contacts.get(number)) is not None]
        return next((contact for contact in found if contact.mandatory), found[0] if found else None)

    def contact_lists(self, user: User | None = None) -> Iterator[tuple[Level, Contacts]]:
        """The lists that hold for a user, nearest first."""
        if user is not None:
            yield Level.USER, user.contacts
            for group in self.groups_of(user):
                yield Level.GROUP, group.contacts
        yield Level.ORGANIZATION, self.contacts

    def groups_of(self, user: User) -> tuple[Group, ...]:
        """The user's groups, highest priority first."""
        member = (self.groups[name] for name in user.groups if name in self.groups)
        return tuple(sorted(member, key=lambda group: group.priority))

    def effective(self, setting: Setting[T], user: User | None = None) -> Effective[T]:
        """The value of a setting for a user (or for the organization as a whole), and where it comes from."""
        return effective(setting, self.said(user))

    def may(self, actor: str, right: Right | Setting[bool], target: str = "") -> Granted:
        """Whether a user has a right over another one, or a permission that concerns nobody else (LVL-3, LVL-7)."""
        if isinstance(right, Right):
            return permissions.may(self, actor, right, target)
        return permissions.has(self, actor, right)

    def is_federated(self, user: User) -> bool:
        """Whether linked organizations see the user's state (NUM-9)."""
        return any(self.groups[name].federated for name in user.groups if name in self.groups)

    def says_anything_about(self, *settings: Setting[Any]) -> bool:
        """Whether anybody on any level gives one of these keys, if only as an empty list."""
        return any(setting.name in self._spoken for setting in settings)

    def hours_for(self, whom: User | Group | None = None) -> EffectiveHours:
        """Working hours, clock and country that count for a user, a group, or the organization as a whole (TIME-1).

        Each of the three comes from the nearest level that gives it: a group may have its own clock alone.
        """
        if not isinstance(whom, User):
            return self._effective_hours((whom,) if whom is not None else ())
        found = self._hours.get(whom.username)
        if found is None:
            found = self._hours[whom.username] = self._effective_hours((whom, *self.groups_of(whom)))
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

    def said(self, user: User | None) -> tuple[Said, ...]:
        """What each level says to a user, nearest first."""
        if user is None:
            return ((Level.ORGANIZATION, self.name, self.settings),)
        above = self._said.get(user.groups)
        if above is None:  # of a user who is not this organization's own
            above = self._of_groups(user.groups)
        return ((Level.USER, user.username, user.settings), *above) if user.settings.values else above

    def dialling_for(self, user: User | None = None) -> Dialling:
        """How a user's dialled numbers are read, or those that the organization as a whole forwards to (NUM-2)."""
        username = user.username if user is not None else ""
        found = self._dialling.get(username)
        if found is None:
            found = self._dialling[username] = self._effective_dialling(user)
        return found

    def _effective_dialling(self, user: User | None) -> Dialling:
        groups = self.groups_of(user) if user is not None else ()
        country = self.hours_for(user).country
        here = next((one.conversions.template for one in groups if one.conversions.template is not None), None)
        if here is None:
            abroad = country != self.country
            here = country if abroad else self.conversions.template or self.country
        levels = [*((f"group {one.name}", one.conversions) for one in groups), (self.name, self.conversions)]
        return Dialling(
            plan=here,
            countries=tuple(dict.fromkeys((country, self.country))),
            prefix=self.outside_line_prefix,
            conversions=tuple((whose, one) for whose, conversions in levels for one in conversions.own),
            never=frozenset().union(*(conversions.never for _, conversions in levels)),
            lists=tuple(contacts for _, contacts in self.contact_lists(user) if contacts is not NOBODY),
        )

    def emergency_of(self, user: User) -> Emergency | None:
        """What a user's call for help tells (NUM-4)."""
        of_groups = (group.emergency for group in self.groups_of(user))
        return next((one for one in of_groups if one is not None), self.emergency)

    def types_of(self, number: str) -> frozenset[str]:
        """The number types that a canonical number is of (NUM-5)."""
        return self.number_types.of(number)

    def _memberships(self) -> set[tuple[str, ...]]:
        return {user.groups for user in self.users.values()}

    def _of_groups(self, names: tuple[str, ...]) -> tuple[Said, ...]:
        groups = sorted((self.groups[name] for name in names if name in self.groups), key=lambda one: one.priority)
        said = [(Level.GROUP, group.name, group.settings) for group in groups if group.settings.values]
        return (*said, (Level.ORGANIZATION, self.name, self.settings))


def _reached_by(service: Service) -> tuple[str, ...]:
    return (service.number, *service.numbers)


def _named(giving: User | Group) -> tuple[Level, str]:
    if isinstance(giving, User):
        return Level.USER, giving.username
    return Level.GROUP, giving.name
