"""``queue-without-agents`` and ``hunt-group-without-members``: calls that wait for, or ring, nobody.

``internal-number-outside``: queues that would show people outside a number that these can't call (QUE-1, QUE-9).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pbxd.config.source import Path
from pbxd.org.organization import Organization
from pbxd.org.services import Queue
from pbxd.org.users import User
from pbxd.tools.lint.subject import Finding, Subject

DAYS = 14
"""How far ahead the opening hours are compared with those of the agents."""


def check(subject: Subject) -> Iterator[Finding]:
    """Queues and attendant groups that can't serve a call, and hunt groups that ring nobody."""
    organization = subject.organization
    for section, queues in (("queues", organization.queues), ("attendant_groups", organization.attendant_groups)):
        for index, queue in enumerate(queues.values()):
            why = _unserved(queue, subject)
            if why and queue.waiting.no_agents is None:
                message = f"queue {queue.name} {why}, and nothing says where its calls go then"
                hint = "say where with `waiting: {no_agents: ...}`, or give it agents"
                yield Finding(
                    kind="queue-without-agents", severity="warning", path=(section, index), message=message, hint=hint
                )
            if queue.outside is None:
                yield from _unknown_outside(queue, (section, index))
    for index, group in enumerate(organization.hunt_groups.values()):
        if group.fallback is None and not any(_members(organization, group.groups)):
            message = f"hunt group {group.name} has no members and no fallback"
            path = ("hunt_groups", index)
            yield Finding(kind="hunt-group-without-members", severity="warning", path=path, message=message)


def _unknown_outside(queue: Queue, path: Path) -> Iterator[Finding]:
    """A queue that has no number but an internal one."""
    kind = "internal-number-outside"
    hint = "give it one of `numbers` that begins with `+`, or `outgoing_line: {present: ...}`"
    if queue.outgoing:
        message = f"queue {queue.name} is an outgoing line, and {queue.number} can't be called from outside"
        yield Finding(kind=kind, severity="error", path=(*path, "outgoing_line"), message=message, hint=hint)
    elif not queue.show_caller:
        message = f"agents' mobiles see the caller all the same, because {queue.number} can't be called from outside"
        yield Finding(kind=kind, severity="warning", path=(*path, "show_caller"), message=message, hint=hint)


def _members(organization: Organization, groups: tuple[str, ...]) -> Iterator[User]:
    return (user for user in organization.users.values() if set(user.groups) & set(groups))


def _unserved(queue: Queue, subject: Subject) -> str:
    """Why calls may find nobody, in words that follow the queue's name; empty when somebody can be there."""
    organization = subject.organization
    named = [organization.users[agent.user] for agent in queue.agents if agent.user in organization.users]
    agents = [*named, *_members(organization, queue.staff.agents)]
    if not agents:
        return "has no agents"
    schedule = organization.schedules.get(queue.number)
    if schedule is None:
        return ""
    hours = {id(found.hours): found for found in map(organization.hours_for, agents)}
    today = datetime.fromtimestamp(subject.now, organization.timezone).date()
    for span in schedule.spans(today, DAYS, organization.timezone):
        middle = (span.start + span.end) / 2
        if span.event.action == "open" and not any(found.at(middle).open for found in hours.values()):
            when = datetime.fromtimestamp(middle, organization.timezone)
            if not any(day == when.date() for found in hours.values() for day in found.hours.special):
                return f"is open on {when:%A} at {when:%H:%M}, when none of its agents is at work"
    return ""
