"""Users and user groups."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pbxd.config.models.contacts import Contacts
from pbxd.config.models.destinations import DeviceKind
from pbxd.config.models.hours import WorkingHours
from pbxd.config.models.numbers import Conversions, Emergency
from pbxd.config.models.presence import Profile, Shortcut, UserCalendar
from pbxd.config.models.rules import Rule, Rules
from pbxd.config.models.settings import Permissions, Settings
from pbxd.config.scalars import Country, Digits, Email, Flag, Language, Name, Number, Pin, Secret, Text, Timezone
from pbxd.config.section import LATER, Section
from pbxd.org.users import Srtp


class Line(Section):
    number: Number
    alias: Digits | None = None
    type: Literal["landline", "mobile"] = "landline"


class Device(Section):
    name: Name
    kind: DeviceKind
    password: Annotated[Secret | None, Field(repr=False)] = None
    number: Number | None = None
    shows_as: Literal["desk", "analog"] | None = None
    voip_allowed: Annotated[Flag, LATER] = False
    confirm: Flag = False
    srtp: Srtp | None = None


class User(Section):
    username: Name
    name: Text
    profile: Name | None = None
    role: Literal["standard", "group-admin", "org-admin"] = "standard"
    licence: Name | None = None
    language: Language | None = None
    groups: list[Text] | None = None
    lines: list[Line] = []
    devices: list[Device] = []
    settings: Settings = Settings()
    switchboard: Number | None = None
    permissions: Permissions | None = None
    shortcuts: list[Shortcut] = []
    profiles: list[Profile] = []
    contacts: Contacts | None = None
    billing_id: Text | None = None
    fields: dict[Name, Text] = {}
    apps: list[Name] | None = None
    calendar: UserCalendar | None = None
    pin: Annotated[Pin | None, Field(repr=False)] = None
    email: Email | None = None
    timezone: Timezone | None = None
    country: Country | None = None
    working_hours: WorkingHours | None = None
    rules: list[Rule] = []


class Group(Section):
    name: Text
    settings: Settings = Settings()
    switchboard: Number | None = None
    contacts: Contacts | None = None
    schedule_admin: Annotated[Flag | None, LATER] = None
    acd_supervisor: Flag | None = None
    federated: Flag = False
    permissions: Permissions | None = None
    timezone: Timezone | None = None
    country: Country | None = None
    working_hours: WorkingHours | None = None
    number_conversions: Conversions | None = None
    emergency: Emergency | None = None
    rules: Rules | None = None


class UserDefaults(Section):
    """What a user is like who does not say otherwise (LVL-6)."""

    language: Language | None = None
    groups: list[Text] = []
    licence: Name | None = None
    profile: Name | None = None
    apps: list[Name] | None = None
