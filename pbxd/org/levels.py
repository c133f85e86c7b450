"""Every setting and permission there is: its name, kind, default and the levels where it may be given (LVL-3, LVL-4).

This registry is what the configuration is built and checked by, what ``pbxd why`` shows, and what routing asks:
``organization.effective(RING_SECONDS, user).value``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from pbxd.org.rules import PlayBusy, Step, Target, ToVoicemail
from pbxd.org.setting import (
    EVERYWHERE,
    NOTHING,
    ORGANIZATION_ONLY,
    Effective,
    Kind,
    Level,
    Said,
    Setting,
    Settings,
    effective,
)
from pbxd.org.sounds import Prompt
from pbxd.org.state import AbsenceAction

__all__ = [
    "EVERYWHERE",
    "NOTHING",
    "SETTINGS",
    "Effective",
    "Kind",
    "Level",
    "Said",
    "Setting",
    "Settings",
    "effective",
]

Names: TypeAlias = tuple[str, ...]
_declared: list[Setting[Any]] = []


def _key(name: str, default: object, words: str, **more: Any) -> Any:
    _declared.append(Setting(name=name, default=default, words=words, **more))
    return _declared[-1]


def _permission(name: str, default: object, words: str) -> Any:
    return _key(name, default, words, kind=Kind.PERMISSION)


# How calls to a user are treated ------------------------------------------------------------------------------------

RING_SECONDS: Setting[int] = _key("ring_seconds", 30, "how long phones ring, in seconds")
CALL_WAITING: Setting[bool] = _key("call_waiting", True, "whether a user in a call is rung for another one")
ON_BUSY: Setting[Step | None] = _key("on_busy", None, "where calls go when the user is busy")
DECLINED: Setting[Target | None] = _key("declined", None, "where calls go that the user declines")
SWITCHBOARD: Setting[str | None] = _key("switchboard", None, "the switchboard's number")
ABSENCE_START: Setting[AbsenceAction] = _key("absence.start", ToVoicemail(), "what an absence does when it begins")
ABSENCE_END: Setting[AbsenceAction] = _key("absence.end", "follow-profile", "what an absence does when it ends")
LANDLINE_ON_ACTIVITY: Setting[str | None] = _key(
    "call_handling.landline.activity", None, "calls to the landline while the activity is not available"
)
LANDLINE_ON_BUSY: Setting[str | None] = _key("call_handling.landline.busy", None, "calls to the landline when busy")
LANDLINE_ON_NO_ANSWER: Setting[Step | None] = _key(
    "call_handling.landline.no_answer", None, "calls to the landline that nobody answers"
)
LANDLINE_OUTSIDE_HOURS: Setting[Step | None] = _key(
    "call_handling.landline.outside_hours", None, "calls to the landline outside working hours"
)
MOBILE_ON_ACTIVITY: Setting[str | None] = _key(
    "call_handling.mobile.activity", None, "calls to the mobile number while the activity is not available"
)
MOBILE_ON_BUSY: Setting[str | None] = _key("call_handling.mobile.busy", None, "calls to the mobile number when busy")
MOBILE_ON_NO_ANSWER: Setting[Step | None] = _key(
    "call_handling.mobile.no_answer", None, "calls to the mobile number that nobody answers"
)
MOBILE_OUTSIDE_HOURS: Setting[Step | None] = _key(
    "call_handling.mobile.outside_hours", None, "calls to the mobile number outside working hours"
)

# What is shown ------------------------------------------------------------------------------------------------------

DISPLAY_NUMBER: Setting[str] = _key(
    "display_number", "landline", "which number outgoing calls show: landline or mobile"
)
INTERNAL_PRESENTATION: Setting[str | None] = _key(
    "internal_presentation", None, "`mobile`: internal calls always show the mobile number"
)
TIMED_ROLE: Setting[str | None] = _key("timed_presentation.role", None, "the role that turns timed presentation on")
TIMED_INSIDE: Setting[str] = _key("timed_presentation.inside", "landline", "the number shown within working hours")
TIMED_OUTSIDE: Setting[str] = _key("timed_presentation.outside", "mobile", "the number shown outside working hours")
SHOW_MOBILE: Setting[bool] = _key("directory.show_mobile", True, "whether the directory shows mobile numbers")
FIRST_NUMBER: Setting[str] = _key("directory.first_number", "primary", "which number the directory shows first")
DIRECTORY_HIDDEN: Setting[bool] = _key("directory.hidden", False, "whether only administrators find one")
RINGTONE_INTERNAL: Setting[str] = _key("ringtones.internal", "", "how internal calls ring")
RINGTONE_EXTERNAL: Setting[str] = _key("ringtones.external", "", "how external calls ring")
RINGTONE_QUEUE: Setting[str] = _key("ringtones.queue", "", "how calls of a queue ring")
RINGTONE_ATTENDANT: Setting[str] = _key("ringtones.attendant", "", "how calls of an attendant group ring")
RINGTONE_HUNT: Setting[str] = _key("ringtones.hunt", "", "how calls of a hunt group ring")

# During a call ------------------------------------------------------------------------------------------------------

MUSIC_ON_HOLD: Setting[str | None] = _key("music_on_hold", None, "what held parties hear")
TRANSFER_RING_SECONDS: Setting[int] = _key(
    "blind_transfer.ring_seconds", 20, "how long a blind transfer rings, in seconds"
)
TRANSFER_TO_PERSONAL_QUEUE: Setting[bool] = _key(
    "blind_transfer.to_personal_queue", False, "whether blind transfers wait in the target's personal queue"
)
RECORDING: Setting[bool] = _key("recording.on", False, "whether calls are recorded")
RECORDING_ANNOUNCED: Setting[bool] = _key("recording.announce", True, "whether recording is announced")
RECORDING_KEEP_DAYS: Setting[int] = _key(
    "recording.keep_days", 90, "how many days recordings are kept", levels=ORGANIZATION_ONLY
)
PARK_RECALL_AFTER: Setting[int] = _key(
    "park.recall_after", 120, "after how many seconds a parked call comes back", levels=ORGANIZATION_ONLY
)
INTRUSION_AUDIBLE: Setting[bool] = _key(
    "intrusion.audible", True, "whether the interrupted party is told", levels=ORGANIZATION_ONLY
)

# Waiting for a user, and leaving a message --------------------------------------------------------------------------

PERSONAL_QUEUE_CAPACITY: Setting[int] = _key("personal_queue.capacity", 5, "how many calls may wait for the user")
PERSONAL_QUEUE_CALLBACK_KEY: Setting[str | None] = _key(
    "personal_queue.callback_key", None, "the key that asks for a callback"
)
PERSONAL_QUEUE_WHEN_FULL: Setting[Target] = _key(
    "personal_queue.when_full", PlayBusy(), "where calls go that find the personal queue full"
)
PERSONAL_QUEUE_MUSIC: Setting[str | None] = _key("personal_queue.music", None, "what waiting callers hear")
PERSONAL_QUEUE_WELCOME: Setting[Prompt | None] = _key(
    "personal_queue.welcome", None, "what callers hear before they wait; none: the system's message"
)
PERSONAL_QUEUE_STATUS: Setting[Prompt | None] = _key(
    "personal_queue.status", None, "what waiting callers are told; none: the system's message"
)
PERSONAL_QUEUE_STATUS_EVERY: Setting[int | None] = _key(
    "personal_queue.status_every", None, "seconds between two status messages"
)
SPEAK_ACTIVITY: Setting[bool] = _key("voicemail.speak_activity", True, "whether the greeting tells the activity")
SPEAK_LAST_END: Setting[bool] = _key(
    "voicemail.speak_last_end", True, "whether the end of the last of consecutive activities is told"
)
ASSISTANCE: Setting[bool] = _key("voicemail.assistance.enabled", False, "whether key 1 leads to an assistant")
ASSISTANCE_TO: Setting[Target | None] = _key("voicemail.assistance.to", None, "where key 1 leads to")
VOICEMAIL_SKIP: Setting[bool] = _key("voicemail.skip", True, "whether key 2 goes on with the next rule")
GREETING: Setting[Prompt] = _key("voicemail.greeting", "default", "what callers hear first")
VOICEMAIL_EMAIL: Setting[str] = _key("voicemail.email", "none", "mail about messages: none, notice or attach")
VOICEMAIL_SMS: Setting[bool] = _key("voicemail.sms", False, "whether an SMS tells about messages")
VOICEMAIL_HIDE_LINK: Setting[bool] = _key("voicemail.hide_link", False, "whether mails are without link")
VOICEMAIL_KEEP_DAYS: Setting[int] = _key("voicemail.keep_days", 30, "how many days listened messages are kept")
VOICEMAIL_MAX_MEGABYTES: Setting[int] = _key("voicemail.max_megabytes", 50, "how much a mailbox holds")

# Permissions: what one may do ---------------------------------------------------------------------------------------

ANONYMOUS_CALLS: Setting[bool] = _key("anonymous_calls", True, "whether outgoing calls may hide the number")
BARRING: Setting[Names] = _permission("barring", (), "barring groups; those of every level hold")
DIRECTORY_SEARCH: Setting[bool] = _key("directory.search", True, "whether one may search the directory")
DIRECTORY_EDIT: Setting[bool] = _key("directory.edit", True, "whether one may change one's own fields")
OWN_PHOTO: Setting[bool] = _permission("directory.own_photo", True, "may change the own photo")
OWN_GREETING: Setting[bool] = _permission("voicemail.may.own_greeting", True, "may have a greeting of one's own")
VOICEMAIL_SWITCH_OFF: Setting[bool] = _permission("voicemail.may.switch_off", True, "may switch voicemail off")
GREETING_ONLY: Setting[bool] = _permission("voicemail.may.greeting_only", False, "may take no messages")
SCHEDULE_ADMIN: Setting[bool] = _permission("schedule_admin", False, "may change schedules")
ACD_SUPERVISOR: Setting[bool] = _permission("acd_supervisor", False, "may supervise queues")
EXTEND_WORKING_HOURS: Setting[bool] = _permission("permissions.extend_working_hours", False, "may extend today's hours")
RECORD_CALLS: Setting[bool] = _permission(
    "permissions.record_calls", False, "may record calls by code, and pause recording"
)
SEND_SMS: Setting[bool] = _permission("permissions.send_sms", False, "may send SMS")
PICKUP: Setting[Names] = _permission("permissions.pickup", (), "groups whose calls one may pick up")
RETRIEVE_PARKED: Setting[Names] = _permission(
    "permissions.retrieve_parked", (), "groups for whom parked calls one may retrieve"
)
SEE_STATUS: Setting[Names] = _permission("permissions.see_status", (), "groups whose state one may see")
BYPASS_DIVERSION: Setting[Names] = _permission(
    "permissions.bypass_diversion", (), "groups whose diversions one may pass"
)
INTRUDE: Setting[Names] = _permission("permissions.intrude", (), "groups on whose calls one may intrude")
LISTEN: Setting[Names] = _permission("permissions.listen", (), "groups whose calls one may listen in on")
SEE_FUTURE_PRESENCE: Setting[Names] = _permission(
    "permissions.see_future_presence", (), "groups whose plans one may see"
)
EDIT_FUTURE_PRESENCE: Setting[Names] = _permission(
    "permissions.edit_future_presence", (), "groups whose plans one may edit"
)
PICKED_UP_BY: Setting[Names] = _permission("permissions_on_me.picked_up_by", (), "groups that may pick up my calls")
RETRIEVED_BY: Setting[Names] = _permission(
    "permissions_on_me.retrieved_by", (), "groups that may retrieve what is parked for me"
)
SEEN_BY: Setting[Names] = _permission("permissions_on_me.seen_by", (), "groups that may see my state")
BYPASSED_BY: Setting[Names] = _permission("permissions_on_me.bypassed_by", (), "groups that may pass my diversions")
INTRUDED_BY: Setting[Names] = _permission("permissions_on_me.intruded_by", (), "groups that may intrude on my calls")
LISTENED_BY: Setting[Names] = _permission("permissions_on_me.listened_by", (), "groups that may listen in on me")
FUTURE_PRESENCE_SEEN_BY: Setting[Names] = _permission(
    "permissions_on_me.future_presence_seen_by", (), "groups that may see my plans"
)
FUTURE_PRESENCE_EDITED_BY: Setting[Names] = _permission(
    "permissions_on_me.future_presence_edited_by", (), "groups that may edit my plans"
)

SETTINGS: Mapping[str, Setting[Any]] = {setting.name: setting for setting in _declared}
"""Every key by its name."""
