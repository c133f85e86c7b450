"""Ready-made call handling as rules (RULE-6): what the settings ``call_handling`` of a user come to.

The router asks them behind the overridable rules. Each rule stands beside the setting that it was made from, so that a
trail can say on which level it was set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, Protocol, TypeAlias

from pbxd.org.activities import Activity
from pbxd.org.levels import (
    LANDLINE_ON_ACTIVITY,
    LANDLINE_ON_BUSY,
    LANDLINE_ON_NO_ANSWER,
    LANDLINE_OUTSIDE_HOURS,
    MOBILE_ON_ACTIVITY,
    MOBILE_ON_BUSY,
    MOBILE_ON_NO_ANSWER,
    MOBILE_OUTSIDE_HOURS,
    Effective,
    Setting,
)
from pbxd.org.rules import (
    ActivityIs,
    After,
    AllOf,
    Announce,
    AnyOf,
    Available,
    CalledLine,
    Condition,
    InACall,
    InNightMode,
    Not,
    RingDevices,
    Rule,
    Step,
    Target,
    ToPersonalQueue,
    ToSwitchboard,
    ToVoicemail,
)
from pbxd.org.users import LineType, User

Topic: TypeAlias = Literal["activity", "outside_hours", "busy", "no_answer"]
Prompts: TypeAlias = tuple[tuple[str, str], ...]
"""Activities that are not available and have a message, each with its sound."""

_SETTINGS: Final[Mapping[LineType, Mapping[Topic, Setting[Any]]]] = {
    "landline": {
        "activity": LANDLINE_ON_ACTIVITY,
        "outside_hours": LANDLINE_OUTSIDE_HOURS,
        "busy": LANDLINE_ON_BUSY,
        "no_answer": LANDLINE_ON_NO_ANSWER,
    },
    "mobile": {
        "activity": MOBILE_ON_ACTIVITY,
        "outside_hours": MOBILE_OUTSIDE_HOURS,
        "busy": MOBILE_ON_BUSY,
        "no_answer": MOBILE_ON_NO_ANSWER,
    },
}
"""In the order in which they are asked: the first that matches wins."""
_WHILE_BUSY: Final = AnyOf((InACall(), After("busy")))
"""Without call waiting: a user in a call is not rung."""
_ON_BUSY: Final[Mapping[str, tuple[AnyOf | After, Target]]] = {
    "switchboard": (_WHILE_BUSY, ToSwitchboard()),
    "personal-queue": (_WHILE_BUSY, ToPersonalQueue()),
    "voicemail": (_WHILE_BUSY, ToVoicemail()),
    "voicemail-call-waiting": (After("busy"), ToVoicemail()),
}


class Organization(Protocol):
    """What is asked of an organization; :class:`pbxd.org.organization.Organization` is one."""

    @property
    def activities(self) -> Mapping[str, Activity]: ...

    def effective(self, setting: Setting[Any], user: User | None = None) -> Effective[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """One rule, and what it was made from."""

    rule: Rule
    source: Effective[Any]


def handling(organization: Organization, user: User, line: LineType) -> Iterator[Handled]:
    """The call handling of a user for calls to this kind of line, in its order."""
    messages = prompts(organization.activities.values())
    for topic, setting in _SETTINGS[line].items():
        source = organization.effective(setting, user)
        if source.value is not None:
            for rule in handling_rules(line, topic, source.value, messages):
                yield Handled(rule=rule, source=source)


def prompts(activities: Iterable[Activity]) -> Prompts:
    """The messages of activities, for :func:`handling_rules`."""
    return tuple((one.name, one.prompt) for one in activities if not one.available and one.prompt is not None)


@lru_cache(maxsize=1024)  # decisions ask for the same few combinations again and again
def handling_rules(line: LineType, topic: Topic, says: str | Step, messages: Prompts = ()) -> tuple[Rule, ...]:
    """The rules of one setting of one kind of line.

    ``says`` is the setting's word for an activity or busy, a step for no answer and outside working hours.
    """
    match topic, says:
        case "activity", str():
            return tuple(_on_activity(line, says, messages))
        case "busy", str():
            when, target = _ON_BUSY[says]
            return (_rule(line, (when,), Step(target=target)),)
        case "outside_hours", Step():
            # Night mode, not the hours themselves: a user who works late has set it aside (TIME-2).
            steps = (says,) if says.after is None else (Step(target=RingDevices()), says)
            return (_rule(line, (InNightMode(),), *steps),)
        case "no_answer", Step():
            return (_rule(line, (), Step(target=RingDevices()), says),)
    raise ValueError(f"{topic}: {says}")


def _on_activity(line: LineType, says: str, messages: Prompts) -> Iterator[Rule]:
    """While the user is not available: the activities with a message of their own, then all others."""
    away = Not(Available())
    alone = says.startswith("message") and says != "message-then-voicemail"
    if says.startswith("message"):
        for activity, sound in messages:
            target = Announce(sound) if alone else ToVoicemail(announce=sound)
            yield _rule(line, (ActivityIs(activity), away), Step(target=target))
    # Where there is no message, the greeting of the voicemail is one.
    others = ToSwitchboard() if says == "switchboard" else ToVoicemail(record=not alone)
    yield _rule(line, (away,), Step(target=others))


def _rule(line: LineType, when: tuple[Condition, ...], *steps: Step) -> Rule:
    called = CalledLine(line)
    return Rule(when=AllOf((called, *when)) if when else called, do=steps)
