"""Agents log in to queues and out of them, and pause (CODE-1, CODE-16)."""

from __future__ import annotations

from collections.abc import Sequence

from pbxd.org.services import Queue
from pbxd.queues.planning import members
from pbxd.treatments.features.asker import Asker, Reply


async def log_in(asker: Asker, code: str = "") -> Reply:
    """``*11*QUEUE*``, and ``*11*`` for all of the user's queues."""
    queues = _queues(asker, code)
    await asker.distribution.log_in(*asker.agent, [queue.name for queue in queues], asker.why)
    return _reply(asker, "queue-login", queues, code)


async def log_out(asker: Asker, code: str = "") -> Reply:
    """``**11*QUEUE*``, and ``**11*`` for all."""
    queues = _queues(asker, code)
    await asker.distribution.log_out(*asker.agent, [queue.name for queue in queues], asker.why)
    return _reply(asker, "queue-logout", queues, code)


async def pause(asker: Asker) -> Reply:
    """``*12*``: no calls from any queue."""
    _queues(asker, "")
    await asker.distribution.pause(*asker.agent, True, asker.why)
    return asker.say("pause")


async def resume(asker: Asker) -> Reply:
    """``**12*``: calls again."""
    _queues(asker, "")
    await asker.distribution.pause(*asker.agent, False, asker.why)
    return asker.say("pause-off")


def _queues(asker: Asker, code: str) -> Sequence[Queue]:
    """The queue with this code, or all; that the user may serve. Raises :class:`Refused` (403, 404)."""
    organization = asker.organization
    every = [*organization.queues.values(), *organization.attendant_groups.values()]
    queues = [asker.coded("queue", every, code)] if code else every
    mine = [queue for queue in queues if any(one.user == asker.user.username for one in members(queue, organization))]
    if not mine:
        raise asker.refused(403, "not-allowed")
    return mine


def _reply(asker: Asker, done: str, queues: Sequence[Queue], code: str) -> Reply:
    """What was done: with one queue, or with all."""
    if not code:
        return asker.say(f"{done}-all")
    return asker.say(done, what=queues[0].name, spoken={"queue": queues[0].name})
