"""One file of ``organizations/``: the whole of an organization."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from pbxd.config.models.contacts import Contacts, DirectoryField
from pbxd.config.models.hours import ScheduleEvent, WorkingHours
from pbxd.config.models.menus import AutoAttendant, ConferenceRoom, GroupMailbox, Ivr, RuleBasedNumber, VoicemailNumber
from pbxd.config.models.numbers import Barring, Conversions, DisplayNumber, Emergency, NumberType, Range, Unassigned
from pbxd.config.models.presence import Activity, Calendar, Profile, Role, Shortcut
from pbxd.config.models.provisioning import Provisioning
from pbxd.config.models.rules import Rules
from pbxd.config.models.services import AttendantGroup, HuntGroup, Queue, QueueDefaults
from pbxd.config.models.settings import Permissions, Settings
from pbxd.config.models.sounds import Music, Sound
from pbxd.config.models.users import Group, User, UserDefaults
from pbxd.config.scalars import (
    Code,
    Count,
    Country,
    Domain,
    Flag,
    Language,
    Name,
    Number,
    OutsidePrefix,
    Text,
    Timezone,
)
from pbxd.config.section import Section


class Licence(Section):
    """A kind of licence (USR-7)."""

    count: Count | None = None
    supervisor: Flag = False
    apps: list[Name] | None = None


class Defaults(Section):
    """For objects that do not say otherwise (LVL-6)."""

    user: UserDefaults = UserDefaults()
    queue: QueueDefaults | None = None


class Organization(Section):
    """The whole file."""

    REFERRED: ClassVar = frozenset({"number_ranges", "groups", "languages"})

    organization: Name
    name: Text
    domain: Domain
    country: Country
    timezone: Timezone
    languages: Annotated[list[Language], Field(min_length=1)]
    switchboard: Number | None = None
    number_ranges: list[Range] = []
    outside_line_prefix: OutsidePrefix = ""
    groups: list[Group] = []
    defaults: Defaults = Defaults()
    settings: Settings = Settings()
    users: list[User] = []

    permissions: Permissions | None = None
    emergency: Emergency | None = None
    number_conversions: Conversions | None = None
    number_types: dict[Name, NumberType] = {}
    barring: list[Barring] = []
    unassigned_numbers: Unassigned | None = None
    display_numbers: list[DisplayNumber] = []
    linked_organizations: list[Name] = []
    feature_codes: dict[Name, Code] = {}
    working_hours: WorkingHours | None = None
    schedules: dict[Text, Annotated[list[ScheduleEvent], Field(min_length=1)]] = {}
    activities: list[Activity] = []
    roles: list[Role] = []
    shortcuts: list[Shortcut] = []
    profiles: list[Profile] = []
    rules: Rules | None = None
    directory_fields: list[DirectoryField] = []
    calendars: list[Calendar] = []
    contacts: Contacts | None = None
    licences: dict[Name, Licence] = {}
    queues: list[Queue] = []
    attendant_groups: list[AttendantGroup] = []
    hunt_groups: list[HuntGroup] = []
    ivrs: list[Ivr] = []
    auto_attendants: list[AutoAttendant] = []
    conference_rooms: list[ConferenceRoom] = []
    rule_based_numbers: list[RuleBasedNumber] = []
    group_mailboxes: list[GroupMailbox] = []
    voicemail_numbers: list[VoicemailNumber] = []
    sounds: list[Sound] = []
    music: dict[Name, Music] = {}
    provisioning: Provisioning | None = None
