"""Values of settings in a few English words, for `pbxd why` and trails."""

from __future__ import annotations

from collections.abc import Mapping

from pbxd.org import rules as r
from pbxd.org.sounds import Spoken
from pbxd.org.state import UseProfile


def in_words(value: object) -> str:
    """A value for people."""
    match value:
        case bool():
            return "on" if value else "off"
        case None | "":
            return "not set"
        case tuple():
            return ", ".join(in_words(one) for one in value) or "none"
        case r.Step(target=target, after=after):
            return in_words(target) + (f" after {after} seconds" if after is not None else "")
        case r.ToVoicemail(announce=sound):
            return f"voicemail after the sound {sound}" if sound is not None else "voicemail"
        case r.RingDevices(kinds=kinds):
            return f"ring {' and '.join(kinds)}"
        case UseProfile(profile=profile):
            return f"profile {profile}"
        case Spoken():
            return str(value)
    form = _PLACES.get(type(value), "{0}")
    return form.format(value)


_PLACES: Mapping[type, str] = {
    r.ToSwitchboard: "the switchboard",
    r.ToPersonalQueue: "the personal queue",
    r.PlayBusy: "busy",
    r.ToNumber: "{0.number}",
    r.ToUser: "user {0.username}",
    r.ToGroup: "group {0.group}",
    r.ToQueue: "queue {0.queue}",
    r.ToHuntGroup: "hunt group {0.hunt_group}",
    r.ToMenu: "menu {0.menu}",
    r.ToMailbox: "mailbox {0.mailbox}",
    r.Announce: "the sound {0.sound}",
    r.RejectAs: "reject as {0.reason}",
}
