"""Agents log in to queues and out of them, and pause (CODE-1, CODE-16); supervisors log others in and out (QUE-2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from pbxd.org.changes import leave_group, rejoin_group
from pbxd.org.services import HuntGroup, Queue
from pbxd.org.supervision import administers, serves, supervises
from pbxd.org.users import User
from pbxd.treatments.features.asker import Asker, Reply

Way: TypeAlias = Literal["queue-login", "queue-logout"]


async def log_in(asker: Asker, code: str = "", extension: str = "") -> Reply:
    """``*11*QUEUE*``, ``*11*`` for all of the user's queues, and ``*11*QUEUE*EXT*`` for another agent."""
    return await _log("queue-login", asker, code, extension)


async def log_out(asker: Asker, code: str = "", extension: str = "") -> Reply:
    """``**11*QUEUE*``, ``**11*`` for all, and ``**11*QUEUE*EXT*`` for another agent."""
    return await _log("queue-logout", asker, code, extension)


async def pause(asker: Asker) -> Reply:
    """``*12*``: no calls from any queue."""
    _queues(asker)
    await asker.distribution.pause(*asker.agent, True, asker.why)
    return asker.say("pause")


async def resume(asker: Asker) -> Reply:
    """``**12*``: calls again."""
    _queues(asker)
    await asker.distribution.pause(*asker.agent, False, asker.why)
    return asker.say("pause-off")


async def _log(way: Way, asker: Asker, code: str, extension: str) -> Reply:
    whose = asker.colleague(extension) if extension else asker.user
    group = _hunt_group(asker, code)
    if group is not None:
        _check(asker, serves_group(whose, group), whose is asker.user or administers(asker.user, group))
        change = rejoin_group(group.name) if way == "queue-login" else leave_group(group.name)
        await asker.change(change, whose)
        return _reply(asker, way, group.name, whose)
    queues = [_queue(asker, code, whose)] if code else _queues(asker)
    log = asker.distribution.log_in if way == "queue-login" else asker.distribution.log_out
    await log(asker.organization.name, whose.username, [queue.name for queue in queues], asker.why)
    return _reply(asker, way, queues[0].name, whose) if code else asker.say(f"{way}-all")


def serves_group(user: User, group: HuntGroup) -> bool:
    """Whether somebody is a member of a hunt group."""
    return not set(group.groups).isdisjoint(user.groups)


def _hunt_group(asker: Asker, code: str) -> HuntGroup | None:
    groups = asker.organization.hunt_groups.values()
    return next((group for group in groups if group.code == code), None) if code else None


def _queue(asker: Asker, code: str, whose: User) -> Queue:
    """The queue with this code, if ``whose`` may serve it and the user decides that. Raises :class:`Refused`."""
    organization = asker.organization
    queue = asker.coded("queue", _every(asker), code)
    _check(asker, serves(whose, queue), whose is asker.user or supervises(asker.user, queue, organization))
    return queue


def _queues(asker: Asker) -> Sequence[Queue]:
    """All that the user may serve. Raises :class:`Refused` (403) where there is none."""
    mine = [queue for queue in _every(asker) if serves(asker.user, queue)]
    _check(asker, bool(mine))
    return mine


def _every(asker: Asker) -> Sequence[Queue]:
    return [*asker.organization.queues.values(), *asker.organization.attendant_groups.values()]


def _check(asker: Asker, *conditions: bool) -> None:
    if not all(conditions):
        raise asker.refused(403, "not-allowed")


def _reply(asker: Asker, way: Way, queue: str, whose: User) -> Reply:
    """What was done, for whom."""
    if whose is asker.user:
        return asker.say(way, what=queue, spoken={"queue": queue})
    return asker.say(f"{way}-other", what=queue, who=whose.name, spoken={"queue": queue, "name": whose.name})
