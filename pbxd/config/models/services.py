"""Service numbers that distribute calls to people: queues, attendant groups, hunt groups."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from pbxd.config.models.destinations import Destination, DeviceKind, Target
from pbxd.config.models.hours import ScheduleEvent
from pbxd.config.scalars import Code, Count, Digits, Flag, Minutes, Name, Number, Positive, RingSeconds, Seconds, Text
from pbxd.config.section import Section

Groups: TypeAlias = list[Text]


class ServiceNumber(Section):
    """What all service numbers have: a name, an internal number, public numbers."""

    name: Text
    number: Number
    numbers: list[Number] = []
    billing_id: Text | None = None
    schedule: list[ScheduleEvent] = []


class Staff(Section):
    agents: Groups = []
    supervisors: Groups = []
    admins: Groups = []


class Agent(Section):
    user: Name
    skill: Count | None = None
    priority: Count | None = None


class Distribution(Section):
    by: Literal["skill", "priority", "linear", "round-robin", "ring-all", "least-talk-time"] | None = None
    longest_idle: Flag = True
    parallel: Positive = 1
    ring_seconds: RingSeconds | None = None
    devices: list[DeviceKind] = []
    respect_presence: Flag = True


class OutgoingLine(Section):
    allowed: Flag = False
    present: Number | None = None


class Overflow(Section):
    max_waiting: Count | None = None
    max_longest_wait: Minutes | None = None
    then: Destination | None = None


class Waiting(Section):
    max_wait: Minutes | None = None
    then: Destination | None = None
    no_agents: Target | None = None
    max_attempts: Count | None = None


class QueuePrompts(Section):
    welcome: Name | None = None
    music: Name | None = None
    status: Name | None = None
    every: Seconds | None = None
    position: Flag = False
    estimated_wait: Flag = False
    wait_lower: Seconds | None = None
    wait_upper: Seconds | None = None
    alternate: Flag = False
    ringing: Flag = False


class Callback(Section):
    enabled: Flag = False
    ring_seconds: RingSeconds = 30
    attempts: Positive = 3
    valid: Minutes = 3600
    display_text: Text | None = None
    agent_prompt: Name | None = None


class QueueSms(Section):
    name: Text
    number: Number


class QueueDefaults(Section):
    """What a queue is like unless it says otherwise (LVL-6)."""

    distribution: Distribution | None = None
    wrap_up: Seconds | None = None
    waiting: Waiting | None = None
    schedule: list[ScheduleEvent] = []
    prompts: QueuePrompts | None = None
    recording: Flag | None = None
    mailbox: Text | None = None


class Queue(ServiceNumber):
    code: Code | None = None
    mobile_suffix: Annotated[Digits, Field(max_length=4)] | None = None
    display_text: Text | None = None
    keep_earlier_text: Flag = False
    show_caller: Flag = True
    force_redirecting_number: Flag = False
    outgoing_line: OutgoingLine | None = None
    hidden_in_directory: Flag = False
    groups: Staff = Staff()
    agents: list[Agent] = []
    supervisors: list[Name] = []
    distribution: Distribution | None = None
    wrap_up: Seconds | None = None
    logout_after_unanswered: Count | None = None
    help_number: Number | None = None
    overflow: Overflow | None = None
    waiting: Waiting | None = None
    prompts: QueuePrompts | None = None
    callback: Callback | None = None
    recording: Flag | None = None
    mailbox: Text | None = None
    sms: QueueSms | None = None
    barring: list[Name] = []


class CampOn(Section):
    enabled: Flag = False
    notify_attendant_after: Seconds | None = None
    notify_all_after: Seconds | None = None


class AttendantGroup(Queue):
    camp_on: CampOn | None = None


class HuntGroup(ServiceNumber):
    code: Code | None = None
    groups: Groups = []
    order: Literal["sequential", "parallel"] = "sequential"
    ring_seconds: RingSeconds = 20
    fallback: Destination | None = None
    exclude_activities: list[Name] = []
    exclude_roles: list[Name] = []
    devices: list[DeviceKind] = []
    barring: list[Name] = []
    admins: Groups = []
    hidden_in_directory: Flag = False
