"""Settings that may be given on organization, group and user, and permissions.

Nothing has a default here: what is not given is left to the next level, and :mod:`pbxd.org.levels` says what holds in
the end.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pbxd.config.models.destinations import Key, Place, To, Where
from pbxd.config.models.sounds import Prompt
from pbxd.config.scalars import Flag, Name, Positive, RingSeconds, Ringtone, Seconds, Text
from pbxd.config.section import BY_SHAPE, LATER, Section

Groups: TypeAlias = list[Text]
Side: TypeAlias = Literal["landline", "mobile", "switchboard", "hidden"]


class PermissionsOnMe(Section):
    seen_by: Groups | None = None
    picked_up_by: Groups | None = None
    retrieved_by: Groups | None = None
    intruded_by: Groups | None = None
    bypassed_by: Groups | None = None
    listened_by: Groups | None = None
    future_presence_seen_by: Groups | None = None
    future_presence_edited_by: Groups | None = None


class Permissions(Section):
    """What a group's members may do; the lists name the groups that they may do it to (LVL-3, LVL-7)."""

    pickup: Groups | None = None
    retrieve_parked: Groups | None = None
    see_status: Groups | None = None
    bypass_diversion: Groups | None = None
    intrude: Groups | None = None
    listen: Groups | None = None
    see_future_presence: Groups | None = None
    edit_future_presence: Groups | None = None
    extend_working_hours: Flag | None = None
    record_calls: Flag | None = None
    send_sms: Flag | None = None


class Absence(Section):
    start: Annotated[Literal["none", "follow-profile", "open", "close"] | To, BY_SHAPE] | None = None
    end: Annotated[Literal["none", "follow-profile", "open", "close"] | To, BY_SHAPE] | None = None


class TimedPresentation(Section):
    role: Name | None = None
    inside: Side | None = None
    outside: Side | None = None


class Directory(Section):
    show_mobile: Flag | None = None
    first_number: Literal["primary", "landline", "mobile"] | None = None
    own_photo: Annotated[Flag | None, LATER] = None
    hidden: Flag | None = None
    search: Flag | None = None
    edit: Flag | None = None


class Recording(Section):
    on: Flag | None = None
    announce: Flag | None = None
    keep_days: Positive | None = None


class HandlingSet(Section):
    """One ready-made set of call handling (RULE-6)."""

    activity: (
        Literal["message-then-voicemail", "voicemail", "voicemail-only", "switchboard", "message", "message-only"]
        | None
    ) = None
    busy: Literal["switchboard", "personal-queue", "voicemail", "voicemail-call-waiting"] | None = None
    no_answer: To | None = None
    outside_hours: Annotated[Where | To, BY_SHAPE] | None = None


class CallHandling(Section):
    landline: HandlingSet | None = None
    mobile: HandlingSet | None = None


class BlindTransfer(Section):
    ring_seconds: RingSeconds | None = None
    to_personal_queue: Flag | None = None


class PersonalQueue(Section):
    capacity: Positive | None = None
    callback_key: Key | None = None
    when_full: Where | None = None
    welcome: Prompt | None = None
    music: Name | None = None
    status: Prompt | None = None
    status_every: Seconds | None = None


class Assistance(Section):
    enabled: Flag | None = None
    to: Where | None = None


class VoicemailRights(Section):
    own_greeting: Flag | None = None
    switch_off: Flag | None = None
    greeting_only: Flag | None = None


class Voicemail(Section):
    speak_activity: Flag | None = None
    speak_last_end: Flag | None = None
    assistance: Assistance | None = None
    skip: Flag | None = None
    greeting: Prompt | None = None
    may: VoicemailRights | None = None
    email: Literal["none", "notice", "attach"] | None = None
    sms: Flag | None = None
    hide_link: Flag | None = None
    keep_days: Positive | None = None
    max_megabytes: Positive | None = None


class Ringtones(Section):
    internal: Ringtone | None = None
    external: Ringtone | None = None
    queue: Ringtone | None = None
    attendant: Ringtone | None = None
    hunt: Ringtone | None = None


class Park(Section):
    recall_after: Seconds | None = None


class Intrusion(Section):
    audible: Flag | None = None


class Settings(Section):
    """Settings of one organization, group or user; what is not given is left to the next level."""

    ring_seconds: RingSeconds | None = None
    call_waiting: Flag | None = None
    permissions_on_me: PermissionsOnMe | None = None
    on_busy: To | None = None
    declined: Annotated[Where | Place, BY_SHAPE] | None = None
    absence: Absence | None = None
    timed_presentation: TimedPresentation | None = None
    internal_presentation: Literal["mobile"] | None = None
    directory: Directory | None = None
    recording: Recording | None = None
    call_handling: CallHandling | None = None
    music_on_hold: Name | None = None
    anonymous_calls: Flag | None = None
    blind_transfer: BlindTransfer | None = None
    display_number: Literal["landline", "mobile"] | None = None
    personal_queue: PersonalQueue | None = None
    voicemail: Voicemail | None = None
    ringtones: Ringtones | None = None
    park: Park | None = None
    intrusion: Intrusion | None = None
    barring: list[Name] | None = None
