"""The steps of a rule in parts: to values, and back for printing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, Final

from pbxd.config.building.destinations import place
from pbxd.config.models import rules as files
from pbxd.org import destination
from pbxd.org import rules as org

_NAMED: Final[Mapping[str, Callable[[str], org.Target]]] = {
    "number": org.ToNumber,
    "user": org.ToUser,
    "group": org.ToGroup,
    "queue": org.ToQueue,
    "hunt_group": org.ToHuntGroup,
    "mailbox": org.ToMailbox,
    "menu": org.ToMenu,
    "reject": org.RejectAs,
    "show_number": org.SetNumber,
    "show_text": org.SetText,
    "language": org.SetLanguage,
}
"""Keys whose value is all that the target has."""


def action(model: files.Action) -> org.Step:
    """One step."""
    return org.Step(target=_target(model), after=model.after, duration=model.duration, joins=model.joins)


def _target(model: files.Action) -> org.Target:
    if model.ring is not None:
        return org.RingDevices(tuple(model.ring))
    if model.recording is not None:
        return org.SetRecording(model.recording)
    for key, make in _NAMED.items():
        value = getattr(model, key)
        if value is not None:
            return make(value)
    voicemail = org.ToVoicemail(user=model.voicemail) if model.voicemail is not None else model.to
    if isinstance(voicemail, org.ToVoicemail):
        return replace(voicemail, announce=model.announce, record=model.record)
    return place(model)


def action_parts(step: org.Step) -> dict[str, Any]:
    """The step as a mapping that reads as the same again."""
    found = _target_parts(step.target)
    if step.after is not None:
        found["after"] = f"{step.after}s"
    if step.duration is not None:
        found["duration"] = f"{step.duration}s"
    if step.joins:
        found["joins"] = True
    return found


def _target_parts(target: org.Target) -> dict[str, Any]:
    match target:
        case org.RingDevices(kinds):
            return {"ring": list(kinds)}
        case org.ToVoicemail(user=user, announce=announce, record=record):
            voicemail: dict[str, Any] = {"to": "voicemail"} if user is None else {"voicemail": user}
            return voicemail | ({"announce": announce} if announce else {}) | ({} if record else {"record": False})
        case org.Announce(sound):
            return {"announce": sound}
        case org.SetRecording(on):
            return {"recording": on}
    word = destination.text(target)
    if word is not None:
        return {"to": word}
    key = next(key for key, make in _NAMED.items() if make is type(target))
    return {key: getattr(target, fields(target)[0].name)}
