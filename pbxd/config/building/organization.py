"""An organization's file, as the snapshot holds it."""

from __future__ import annotations

from pbxd.config.building.hours import working_hours
from pbxd.config.models import organization as files
from pbxd.config.models import settings as settings_files
from pbxd.config.models import users as user_files
from pbxd.org.levels import Settings
from pbxd.org.numbers import NumberRange
from pbxd.org.organization import Group, Organization
from pbxd.org.users import Device, Line, User


def organization(model: files.Organization) -> Organization:
    """The organization with its look-ups."""
    return Organization(
        name=model.organization,
        title=model.name,
        domain=model.domain,
        country=model.country,
        timezone=model.timezone,
        languages=tuple(model.languages),
        switchboard=model.switchboard,
        number_ranges=tuple(
            NumberRange(first=found.first, last=found.last, dialable_from_ivr=found.dialable_from_ivr)
            for found in model.number_ranges
        ),
        outside_line_prefix=model.outside_line_prefix,
        settings=_settings(model.settings),
        groups={group.name: _group(group, priority) for priority, group in enumerate(model.groups)},
        working_hours=working_hours(model.working_hours),
        users={user.username: _user(user, model) for user in model.users},
    )


def _settings(model: settings_files.Settings) -> Settings:
    ringtones = model.ringtones or settings_files.Ringtones()
    return Settings(
        ring_seconds=model.ring_seconds,
        call_waiting=model.call_waiting,
        anonymous_calls=model.anonymous_calls,
        ringtone_internal=ringtones.internal,
        ringtone_external=ringtones.external,
    )


def _group(model: user_files.Group, priority: int) -> Group:
    return Group(
        name=model.name,
        priority=priority,
        settings=_settings(model.settings),
        working_hours=working_hours(model.working_hours),
        timezone=model.timezone,
        country=model.country,
    )


def _user(model: user_files.User, within: files.Organization) -> User:
    defaults = within.defaults.user
    return User(
        username=model.username,
        name=model.name,
        language=model.language or defaults.language or within.languages[0],
        groups=tuple(defaults.groups if model.groups is None else model.groups),
        lines=tuple(Line(number=line.number, alias=line.alias, type=line.type) for line in model.lines),
        devices=tuple(_device(device) for device in model.devices),
        role=model.role,
        licence=model.licence,
        settings=_settings(model.settings),
        working_hours=working_hours(model.working_hours),
        timezone=model.timezone,
        country=model.country,
    )


def _device(model: user_files.Device) -> Device:
    return Device(
        name=model.name,
        kind=model.kind,
        password=model.password or "",
        number=model.number,
        shows_as=model.shows_as,
        voip_allowed=model.voip_allowed,
        confirm=model.confirm,
        srtp=model.srtp,
    )
