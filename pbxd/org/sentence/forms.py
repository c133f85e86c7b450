"""Which conditions and targets there are to say, and what stands in their slots: the same in every language.

A form is one way to say one type of value. Its name is what the languages' tables are keyed by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pbxd.org import rules as r


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """``slots`` is field to kind of slot; ``take`` gives a value's fields, or ``None`` where the form can't say it."""

    name: str
    type: type
    slots: Mapping[str, str]
    take: Callable[[Any], Mapping[str, object] | None]
    make: Callable[..., Any]


def _form(name: str, kind: type, /, **slots: str) -> Form:
    def take(value: Any) -> Mapping[str, object]:
        return {field: getattr(value, field) for field in slots}

    return Form(name=name, type=kind, slots=slots, take=take, make=kind)


def _voicemail(value: r.ToVoicemail) -> Mapping[str, object]:
    """Only what is not as usual is said."""
    said = {"user": value.user, "announce": value.announce, "record": value.record}
    return {field: item for field, item in said.items() if item not in (None, True)}


def _one_date(value: r.OnDates) -> Mapping[str, object] | None:
    return {"date": value.first} if value.first == value.last else None


def _on_date(date: date) -> r.OnDates:
    return r.OnDates(date, date)


CONDITIONS = (
    _form("always", r.Always),
    _form("call", r.CallIs, direction="direction"),
    _form("line", r.CalledLine, line="line"),
    _form("caller", r.CallerIs, kind="caller"),
    _form("caller-number", r.CallerNumber, number="name"),
    _form("caller-prefix", r.CallerPrefix, prefix="name"),
    _form("caller-type", r.CallerType, type="name"),
    _form("caller-group", r.CallerInGroup, group="name"),
    _form("called-number", r.CalledNumber, number="name"),
    _form("called-prefix", r.CalledPrefix, prefix="name"),
    _form("called-type", r.CalledType, type="name"),
    _form("in-a-call", r.InACall),
    _form("no-phone", r.NoPhone),
    _form("activity", r.ActivityIs, activity="name"),
    _form("role", r.RoleIs, role="name"),
    _form("profile", r.ProfileIs, profile="name"),
    _form("available", r.Available),
    _form("working-hours", r.InWorkingHours),
    _form("night-mode", r.InNightMode),
    _form("schedule", r.ScheduleOpen, schedule="name"),
    Form(name="date", type=r.OnDates, slots={"date": "date"}, take=_one_date, make=_on_date),
    _form("dates", r.OnDates, first="date", last="date"),
    _form("times", r.BetweenTimes, start="time", end="time"),
    _form("days", r.OnDays, days="days"),
    _form("diverted", r.Diverted),
    _form("after", r.After, outcome="outcome"),
    _form("device", r.CallingDevice, kind="device"),
)

_MAILBOX_SLOTS = {"user": "name", "announce": "name", "record": "record"}
TARGETS = (
    _form("ring", r.RingDevices, kinds="devices"),
    _form("user", r.ToUser, username="name"),
    _form("group", r.ToGroup, group="name"),
    _form("number", r.ToNumber, number="name"),
    _form("digits", r.ToNumber, number="digits"),
    _form("switchboard", r.ToSwitchboard),
    _form("queue", r.ToQueue, queue="name"),
    _form("hunt-group", r.ToHuntGroup, hunt_group="name"),
    _form("personal-queue", r.ToPersonalQueue),
    _form("menu", r.ToMenu, menu="name"),
    Form(name="voicemail", type=r.ToVoicemail, slots=_MAILBOX_SLOTS, take=_voicemail, make=r.ToVoicemail),
    _form("mailbox", r.ToMailbox, mailbox="name"),
    _form("announce", r.Announce, sound="name"),
    _form("busy", r.PlayBusy),
    _form("reject", r.RejectAs, reason="reason"),
    _form("reject-text", r.RejectAs, reason="text"),
    _form("show", r.SetNumber, number="shown"),
    _form("show-number", r.SetNumber, number="name"),
    _form("show-text", r.SetText, text="text"),
    _form("language", r.SetLanguage, language="language"),
    _form("language-code", r.SetLanguage, language="name"),
    _form("recording", r.SetRecording, on="recording"),
    _form("continue", r.Continue),
)

MODIFIERS = {"after": "duration", "duration": "duration"}
"""What may follow a target: the fields of a step."""
