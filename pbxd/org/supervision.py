"""Who may serve a queue, who supervises it, and who administers it (QUE-2, HUNT-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pbxd.org.levels import ACD_SUPERVISOR
from pbxd.org.menus import Talking
from pbxd.org.services import HuntGroup, Queue

if TYPE_CHECKING:
    from pbxd.org.organization import Organization
    from pbxd.org.users import User


def serves(user: User, queue: Queue) -> bool:
    """Whether somebody may log in to a queue: by name, or by one of its groups of agents."""
    named = any(agent.user == user.username for agent in queue.agents)
    return named or not set(queue.staff.agents).isdisjoint(user.groups)


def administers(user: User, service: Queue | HuntGroup | Talking) -> bool:
    """Whether somebody administers a queue, hunt group or menu: the organization's administrators, and its groups of
    them.
    """
    groups = service.staff.admins if isinstance(service, Queue) else service.admins
    return user.role == "org-admin" or not set(groups).isdisjoint(user.groups)


def supervises(user: User, queue: Queue, organization: Organization) -> bool:
    """Whether somebody supervises a queue: by name or group, by a permission for all queues, or as who administers it.

    Supervisors log others in and out, have them pause, and listen to their calls of the queue.
    """
    return (
        user.username in queue.supervisors
        or not set(queue.staff.supervisors).isdisjoint(user.groups)
        or administers(user, queue)
        or bool(organization.may(user.username, ACD_SUPERVISOR))
    )


def supervised(user: User, organization: Organization) -> Iterator[Queue]:
    """The queues and attendant groups that somebody supervises."""
    for queue in (*organization.queues.values(), *organization.attendant_groups.values()):
        if supervises(user, queue, organization):
            yield queue
