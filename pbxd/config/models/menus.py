"""Service numbers that talk: menus, attendants, rooms, rule-based numbers, mailboxes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pbxd.config.models.destinations import Destination, Menu, Target
from pbxd.config.models.rules import Rule
from pbxd.config.models.services import ServiceNumber
from pbxd.config.models.sounds import Prompt
from pbxd.config.scalars import Code, Digits, Flag, Language, Name, Number, Pin, Positive, Text
from pbxd.config.section import Section


class Talking(ServiceNumber):
    """What menus and auto attendants have in common."""

    language: Language | None = None
    display_text: Text | None = None
    keep_earlier_text: Flag = False
    barring: list[Name] = []
    code: Code | None = None
    admins: list[Text] = []


class Ivr(Talking, Menu):
    """A menu that has a number."""


class TreeSchedule(Section):
    open: Name


class Branch(Section):
    """One step of an auto attendant's tree."""

    announce: Prompt | None = None
    schedule: TreeSchedule | None = None
    open: Target | None = None
    closed: Target | None = None
    to: Destination | None = None
    then: Branch | None = None


class AutoAttendant(Talking):
    tree: Branch


class ConferenceRoom(ServiceNumber):
    pin: Annotated[Pin | None, Field(repr=False)] = None
    max: Positive = 50


class RuleBasedNumber(ServiceNumber):
    language: Language | None = None
    info_text: Text | None = None
    keep_earlier_text: Flag = False
    prefer_own_number: Flag = False
    barring: list[Name] = []
    rules: Annotated[list[Rule], Field(min_length=1)]


class GroupMailbox(ServiceNumber):
    code: Digits | None = None
    pin: Annotated[Pin | None, Field(repr=False)] = None
    greeting: Prompt | None = None
    groups: list[Text] = []
    email: list[Text] = []
    sms: list[Text] = []


class VoicemailNumber(Section):
    number: Number
    numbers: list[Number] = []
    billing_id: Text | None = None
    kind: Literal["user", "group"]
    mailbox: Text | None = None
