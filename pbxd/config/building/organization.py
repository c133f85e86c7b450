"""An organization's file, as the snapshot holds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pbxd.config.attached import Attached
from pbxd.config.building import menus, numbers, presence, services, sounds
from pbxd.config.building.calendars import connectors, user_calendar
from pbxd.config.building.contacts import contacts, directory_fields
from pbxd.config.building.destinations import step
from pbxd.config.building.hours import working_hours
from pbxd.config.building.provisioning import provisioning, seats
from pbxd.config.building.rules import own_rules, rule_based, rules
from pbxd.config.building.schedules import schedules
from pbxd.config.building.settings import settings
from pbxd.config.models import numbers as number_files
from pbxd.config.models import organization as files
from pbxd.config.models import users as user_files
from pbxd.org.licences import Licence
from pbxd.org.numbers import NumberRange
from pbxd.org.organization import Group, Organization
from pbxd.org.rules import Announce, RejectAs, Step
from pbxd.org.users import NONE, Device, Line, User


def organization(model: files.Organization, attached: Attached) -> Organization:
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
        working_hours=working_hours(model.working_hours, attached),
        settings=settings(model.settings, model.permissions, switchboard=model.switchboard),
        groups={group.name: _group(group, priority, attached) for priority, group in enumerate(model.groups)},
        users={user.username: user for user in _users(model, attached)},
        activities=presence.activities(model.activities),
        roles=presence.roles(model.roles),
        shortcuts=presence.shortcuts(model.shortcuts),
        profiles=presence.profiles(model.profiles),
        calendars=connectors(model.calendars, attached),
        feature_codes=dict(model.feature_codes),
        contacts=contacts(model.contacts),
        directory_fields=directory_fields(model.directory_fields),
        licences=_licences(model),
        linked_organizations=tuple(model.linked_organizations),
        unassigned=_unassigned(model.unassigned_numbers),
        queues=services.queues(model.queues, model.defaults.queue),
        attendant_groups=services.attendants(model.attendant_groups, model.defaults.queue),
        hunt_groups=services.hunt_groups(model.hunt_groups),
        menus=menus.menus(model.ivrs),
        auto_attendants=menus.auto_attendants(model.auto_attendants),
        conference_rooms=menus.conference_rooms(model.conference_rooms),
        mailboxes=menus.mailboxes(model.group_mailboxes),
        voicemail_numbers=menus.voicemail_numbers(model.voicemail_numbers, model.group_mailboxes),
        rule_based=rule_based(model.rule_based_numbers),
        rules=rules(model.rules),
        conversions=numbers.conversions(model.number_conversions),
        number_types=numbers.number_types(model.number_types, attached),
        barring=numbers.barring(model.barring),
        schedules=schedules(model),
        display_numbers=numbers.display_numbers(model.display_numbers),
        emergency=numbers.emergency(model.emergency),
        provisioning=provisioning(model.provisioning),
        sounds=sounds.sounds(model.sounds, attached),
        music=sounds.music(model.music, attached),
    )


def _users(model: files.Organization, attached: Attached) -> Iterator[User]:
    yield from (_user(user, model, attached) for user in model.users)
    yield from seats(model.provisioning, model.languages[0])


def _unassigned(model: number_files.Unassigned | None) -> Step | None:
    if model is None:
        return None
    if model.announce is not None:
        return Step(target=Announce(model.announce))
    if model.reject is not None:
        return Step(target=RejectAs(model.reject))
    return step(model.to) if model.to is not None else None


def _group(model: user_files.Group, priority: int, attached: Attached) -> Group:
    return Group(
        name=model.name,
        priority=priority,
        working_hours=working_hours(model.working_hours, attached),
        timezone=model.timezone,
        country=model.country,
        settings=settings(
            model.settings,
            model.permissions,
            switchboard=model.switchboard,
            schedule_admin=model.schedule_admin,
            acd_supervisor=model.acd_supervisor,
        ),
        contacts=contacts(model.contacts),
        federated=model.federated,
        rules=rules(model.rules),
        conversions=numbers.conversions(model.number_conversions),
        emergency=numbers.emergency(model.emergency),
    )


def _user(model: user_files.User, within: files.Organization, attached: Attached) -> User:
    defaults = within.defaults.user
    return User(
        username=model.username,
        name=model.name,
        language=model.language or defaults.language or within.languages[0],
        groups=tuple(defaults.groups if model.groups is None else model.groups),
        lines=tuple(Line(number=line.number, alias=line.alias, type=line.type) for line in model.lines),
        devices=tuple(_device(device) for device in model.devices),
        role=model.role,
        working_hours=working_hours(model.working_hours, attached),
        timezone=model.timezone,
        country=model.country,
        licence=model.licence or defaults.licence or "standard",
        settings=settings(model.settings, model.permissions, switchboard=model.switchboard),
        contacts=contacts(model.contacts),
        shortcuts=presence.shortcuts(model.shortcuts) or NONE,
        profiles=presence.profiles(model.profiles) or NONE,
        default_profile=model.profile or defaults.profile,
        calendar=user_calendar(model.calendar),
        fields=dict(model.fields) or NONE,
        apps=_apps(defaults.apps if model.apps is None else model.apps),
        pin=model.pin or "",
        email=model.email,
        billing_id=model.billing_id,
        rules=own_rules(model.rules),
    )


def _apps(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return tuple(names) if names is not None else None


def _licences(model: files.Organization) -> dict[str, Licence]:
    return {
        name: Licence(
            name=name,
            count=one.count,
            supervisor=one.supervisor,
            apps=frozenset(one.apps) if one.apps is not None else None,
        )
        for name, one in model.licences.items()
    }


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
