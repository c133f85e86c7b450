"""Settings that may be given on organization, group and user, and the permissions of groups."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pbxd.config.models.destinations import Key, Target, To
from pbxd.config.models.sounds import Prompt
from pbxd.config.scalars import Flag, Name, Positive, RingSeconds, Ringtone, Seconds, Text
from pbxd.config.section import BY_SHAPE, LATER, Section

Groups: TypeAlias = list[Text]
Side: TypeAlias = Literal["landline", "mobile", "switchboard", "hidden"]


class PermissionsOnMe(Section):
    seen_by: Groups = []
    picked_up_by: Groups = []
    retrieved_by: Groups = []
    intruded_by: Groups = []
    bypassed_by: Groups = []
    listened_by: Groups = []


class Permissions(Section):
    """What a group's members may do; the lists name the groups that they may do it to (LVL-3, LVL-7)."""

    pickup: Groups = []
    retrieve_parked: Groups = []
    see_status: Groups = []
    bypass_diversion: Groups = []
    intrude: Groups = []
    listen: Groups = []
    see_future_presence: Groups = []
    edit_future_presence: Groups = []
    extend_working_hours: Flag = False
    send_sms: Flag = False


class Absence(Section):
    start: Annotated[Literal["none", "follow-profile", "open", "close"] | To, BY_SHAPE] | None = None
    end: Annotated[Literal["none", "follow-profile", "open", "close"] | To, BY_SHAPE] | None = None


class TimedPresentation(Section):
    role: Name
    inside: Side
    outside: Side


class Directory(Section):
    show_mobile: Flag = True
    first_number: Literal["primary", "landline", "mobile"] = "primary"
    own_photo: Flag = True


class Recording(Section):
    on: Flag = False
    announce: Flag = True
    keep_days: Positive = 90


class HandlingSet(Section):
    """One ready-made set of call handling (RULE-6)."""

    activity: (
        Literal["message-then-voicemail", "voicemail", "voicemail-only", "switchboard", "message", "message-only"]
        | None
    ) = None
    busy: Literal["switchboard", "personal-queue", "voicemail", "voicemail-call-waiting"] | None = None
    no_answer: To | None = None
    outside_hours: Annotated[Text | To, BY_SHAPE] | None = None


class CallHandling(Section):
    landline: HandlingSet | None = None
    mobile: HandlingSet | None = None


class BlindTransfer(Section):
    ring_seconds: RingSeconds = 20
    to_personal_queue: Flag = False


class PersonalQueue(Section):
    capacity: Positive = 5
    callback_key: Key | None = None
    when_full: Text = "busy"
    music: Name | None = None
    status_every: Seconds | None = None


class Assistance(Section):
    enabled: Flag = False
    to: Text | None = None


class VoicemailRights(Section):
    own_greeting: Flag = True
    switch_off: Flag = True
    greeting_only: Flag = False


class Voicemail(Section):
    speak_activity: Flag = True
    speak_last_end: Flag = True
    assistance: Assistance | None = None
    skip: Flag = True
    greeting: Prompt = "default"
    may: VoicemailRights | None = None
    email: Literal["none", "notice", "attach"] = "none"
    sms: Flag = False
    hide_link: Flag = False
    keep_days: Positive = 30
    max_megabytes: Positive = 50


class Ringtones(Section):
    internal: Ringtone | None = None
    external: Ringtone | None = None
    queue: Annotated[Ringtone | None, LATER] = None
    attendant: Annotated[Ringtone | None, LATER] = None
    hunt: Annotated[Ringtone | None, LATER] = None


class Park(Section):
    recall_after: Seconds = 120


class Intrusion(Section):
    audible: Flag = True


class Settings(Section):
    """Settings of one organization, group or user; what is not given is left to the next level."""

    ring_seconds: RingSeconds | None = None
    call_waiting: Annotated[Flag | None, LATER] = None
    permissions_on_me: Annotated[PermissionsOnMe | None, LATER] = None
    on_busy: Annotated[To | None, LATER] = None
    declined: Annotated[Annotated[Literal["voicemail", "busy"] | Target, BY_SHAPE] | None, LATER] = None
    absence: Annotated[Absence | None, LATER] = None
    timed_presentation: Annotated[TimedPresentation | None, LATER] = None
    internal_presentation: Annotated[Literal["mobile"] | None, LATER] = None
    directory: Annotated[Directory | None, LATER] = None
    recording: Annotated[Recording | None, LATER] = None
    call_handling: Annotated[CallHandling | None, LATER] = None
    music_on_hold: Annotated[Name | None, LATER] = None
    anonymous_calls: Flag | None = None
    blind_transfer: Annotated[BlindTransfer | None, LATER] = None
    display_number: Annotated[Literal["landline", "mobile"] | None, LATER] = None
    personal_queue: Annotated[PersonalQueue | None, LATER] = None
    voicemail: Annotated[Voicemail | None, LATER] = None
    ringtones: Ringtones | None = None
    park: Annotated[Park | None, LATER] = None
    intrusion: Annotated[Intrusion | None, LATER] = None
    barring: Annotated[list[Name] | None, LATER] = None
