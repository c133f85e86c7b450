"""Names that something refers to must be there: one table says which key names what.

Rules and destinations refer to names, too; they are walked as the values that they were read as.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from pbxd.config.building.rules import rule
from pbxd.config.hints import nearest
from pbxd.config.judging import File
from pbxd.config.models import destinations, hours, menus, numbers, presence, services, settings, users
from pbxd.config.models.organization import Organization
from pbxd.config.models.rules import RuleParts
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem
from pbxd.org import rules as org
from pbxd.org.menus import WORKING_HOURS
from pbxd.speech.music import PIECES

Known = Mapping[str, Collection[str]]
"""The names that there are, by kind."""

SOUND: Final = "sound"
_SERVICE: Final = {"barring": "barring group", "admins": "group"}
_KEYS: Final[Mapping[type[BaseModel], Mapping[str, str]]] = {
    users.User: {"groups": "group", "language": "language", "profile": "profile", "fields": "directory field"},
    users.UserDefaults: {"groups": "group", "language": "language", "profile": "profile"},
    settings.Permissions: dict.fromkeys(settings.Permissions.model_fields, "group"),
    settings.PermissionsOnMe: dict.fromkeys(settings.PermissionsOnMe.model_fields, "group"),
    settings.Settings: {"barring": "barring group", "music_on_hold": "music"},
    settings.Voicemail: {"greeting": SOUND},
    settings.TimedPresentation: {"role": "role"},
    settings.PersonalQueue: {"music": "music", "welcome": SOUND, "status": SOUND},
    presence.Shortcut: {"activity": "activity"},
    presence.Profile: {"queues": "queue"},
    presence.UserCalendar: {"connector": "calendar"},
    services.Staff: {"agents": "group", "supervisors": "group", "admins": "group"},
    services.Agent: {"user": "user"},
    services.QueuePrompts: {"music": "music", "welcome": SOUND, "status": SOUND},
    services.Callback: {"agent_prompt": SOUND},
    services.QueueDefaults: {"mailbox": "mailbox"},
    services.Queue: {"mailbox": "mailbox", "supervisors": "user", **_SERVICE},
    services.AttendantGroup: {"mailbox": "mailbox", "supervisors": "user", **_SERVICE},
    services.HuntGroup: {"groups": "group", "exclude_activities": "activity", "exclude_roles": "role", **_SERVICE},
    menus.Talking: {"language": "language", "admins": "group", **_SERVICE},
    menus.RuleBasedNumber: {"language": "language", **_SERVICE},
    menus.Branch: {"announce": SOUND},
    menus.GroupMailbox: {"greeting": SOUND, "groups": "group", "email": "group", "sms": "group"},
    menus.VoicemailNumber: {"mailbox": "mailbox"},
    numbers.DisplayNumber: {"users": "user", "groups": "group", "queue": "queue"},
    numbers.Emergency: {"notify": "user"},
    destinations.Place: {
        "user": "user",
        "group": "group",
        "queue": "queue",
        "hunt_group": "hunt group",
        "mailbox": "mailbox",
        "announce": SOUND,
    },
    destinations.To: {"announce": SOUND},
    destinations.Menu: {"prompt": SOUND},
    destinations.WrongKey: {"prompt": SOUND},
    destinations.Target: {"language": "language"},
    hours.ScheduleEvent: {"message": SOUND},
    numbers.Barring: {"announce": SOUND},
    numbers.Unassigned: {"announce": SOUND},
    presence.Activity: {"prompt": SOUND},
    menus.TreeSchedule: {"open": "schedule"},
}
"""Keys whose value (or each of whose values or keys) is a name of that kind."""
_NAMELESS: Final = frozenset({"lines", "devices", "number_ranges"})
"""Keys that name nothing and of which there are many."""
_VALUES: Final[Mapping[type, Mapping[str, str]]] = {
    org.ToUser: {"username": "user"},
    org.ToVoicemail: {"user": "user", "announce": SOUND},
    org.Announce: {"sound": SOUND},
    org.ToGroup: {"group": "group"},
    org.ToQueue: {"queue": "queue"},
    org.ToHuntGroup: {"hunt_group": "hunt group"},
    org.ToMenu: {"menu": "menu"},
    org.ToMailbox: {"mailbox": "mailbox"},
    org.SetLanguage: {"language": "language"},
    org.CallerInGroup: {"group": "group"},
    org.CallerType: {"type": "number type"},
    org.CalledType: {"type": "number type"},
    org.ActivityIs: {"activity": "activity"},
    org.RoleIs: {"role": "role"},
    org.ProfileIs: {"profile": "profile"},
}
"""Fields of conditions and targets that are a name of that kind."""


def check_references(file: File[Organization]) -> Iterator[ConfigProblem]:
    """Every name that an organization's file uses and does not have."""
    known = names(file.model)
    for kind, name, path in _referred(file.model, ()):
        if kind == SOUND or name in known[kind]:
            continue
        hint = nearest(name, known[kind])
        if kind == "language":
            listed = f"one of {', '.join(known[kind])}"
            yield file.problem(path, f"`{name}` is not among the organization's languages", listed)
        else:
            yield file.problem(path, f"no {kind} is called `{name}`", hint)


def sounds_named(model: Organization) -> Iterator[tuple[str, Path]]:
    """Every sound that an organization's file names, and where.

    They are not checked here: what was uploaded counts, too (:mod:`pbxd.tools.lint.sounds`).
    """
    found = ((name, path) for kind, name, path in _referred(model, ()) if kind == SOUND)
    return ((name, path) for name, path in found if (path[-1], name) != ("greeting", "default"))


def names(model: Organization) -> Known:
    """What there is."""
    own_profiles = {profile.name for user in model.users for profile in user.profiles}
    return {
        "user": {user.username for user in model.users},
        "group": [group.name for group in model.groups],
        "language": model.languages,
        "queue": _or_numbers(model.queues, model.attendant_groups),
        "hunt group": _or_numbers(model.hunt_groups),
        "menu": _or_numbers(model.ivrs, model.auto_attendants),
        "mailbox": _or_numbers(model.group_mailboxes),
        "activity": [found.name for found in model.activities],
        "role": [found.name for found in model.roles],
        "profile": [*(found.name for found in model.profiles), *own_profiles],
        "number type": list(model.number_types),
        "barring group": [found.name for found in model.barring],
        "directory field": [found.id for found in model.directory_fields],
        "calendar": [found.name for found in model.calendars],
        "music": {*model.music, *PIECES},
        "schedule": [WORKING_HOURS, *model.schedules],
    }


def _or_numbers(*kinds: Sequence[services.ServiceNumber]) -> list[str]:
    """Service numbers go by their names and by their numbers."""
    return [name for kind in kinds for service in kind for name in (service.name, service.number, *service.numbers)]


def _referred(value: Any, path: Path) -> Iterator[tuple[str, str, Path]]:
    """Kind, name and place of everything that is named in a value."""
    if isinstance(value, RuleParts):
        yield from _in_values(rule(value), path)
    elif isinstance(value, BaseModel):
        yield from _in_model(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if not isinstance(item, str):
                yield from _referred(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(item, str):
                yield from _referred(item, (*path, key))
    elif is_dataclass(value):
        yield from _in_values(value, path)


def _in_model(model: BaseModel, path: Path) -> Iterator[tuple[str, str, Path]]:
    kinds, keys = _of(type(model))
    for name, key in keys.items():
        if name not in model.model_fields_set:
            continue
        value = getattr(model, name)
        here = (*path, key)
        kind = kinds.get(name)
        match value:
            case str() if kind is not None:
                yield kind, value, here
            case list() | dict() if kind is not None:
                listed = enumerate(value) if isinstance(value, list) else ((key, key) for key in value)
                yield from ((kind, one, (*here, at)) for at, one in listed)
            case _ if name not in _NAMELESS and not isinstance(value, str | bool | int | None):
                yield from _referred(value, here)


@cache
def _of(model: type[BaseModel]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Which of a model's fields are names of what kind, and the key of each in the file."""
    kinds: dict[str, str] = {}
    for one in reversed(model.__mro__):
        kinds.update(_KEYS.get(one, {}))
    return kinds, {name: field.alias or name for name, field in model.model_fields.items()}


def _in_values(value: Any, path: Path) -> Iterator[tuple[str, str, Path]]:
    """What a rule or target names; all of it stands at the place of the whole."""
    if isinstance(value, tuple):
        for one in value:
            yield from _in_values(one, path)
    elif is_dataclass(value):
        for field, kind in _VALUES.get(type(value), {}).items():
            name = getattr(value, field)
            if name is not None:
                yield kind, name, path
        for one in fields(value):
            yield from _in_values(getattr(value, one.name), path)
