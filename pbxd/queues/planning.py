"""From an organization to what the distributor is told of its queues."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.org.levels import (
    PERSONAL_QUEUE_CALLBACK_KEY,
    PERSONAL_QUEUE_CAPACITY,
    PERSONAL_QUEUE_STATUS_EVERY,
    PERSONAL_QUEUE_WHEN_FULL,
    RING_SECONDS,
)
from pbxd.org.organization import Organization
from pbxd.org.services import Agent, Queue, QueueCallback, QueuePrompts
from pbxd.org.users import User
from pbxd.queues.plan import CallbackPlan, Membership, Plan, QueueId, Rhythm

EVERY = 30.0
"""Seconds between announcements, where none is given."""


def plans(organization: Organization) -> dict[QueueId, Plan]:
    """Of all queues and attendant groups."""
    found = (*organization.queues.values(), *organization.attendant_groups.values())
    return {QueueId(queue.name): _plan(queue, organization) for queue in found}


def _plan(queue: Queue, organization: Organization) -> Plan:
    distribution, waiting, overflow = queue.distribution, queue.waiting, queue.overflow
    return Plan(
        queue=QueueId(queue.name),
        members={one.user: one for one in members(queue, organization)},
        by=distribution.by,
        longest_idle=distribution.longest_idle,
        parallel=distribution.parallel,
        ring_seconds=distribution.ring_seconds,
        respect_presence=distribution.respect_presence,
        wrap_up=float(queue.wrap_up),
        logout_after=queue.logout_after_unanswered or None,
        max_waiting=overflow.max_waiting or None,
        max_longest_wait=overflow.max_longest_wait or None,
        full=overflow.then,
        max_wait=(waiting.max_wait or None) if waiting.then is not None else None,
        then=waiting.then,
        max_attempts=(waiting.max_attempts or None) if waiting.then is not None else None,
        no_agents=waiting.no_agents,
        rhythm=_rhythm(queue.prompts),
        callback=_callback(queue.callback),
    )


def members(queue: Queue, organization: Organization) -> Iterator[Membership]:
    """Who may log in to a queue (QUE-2): those it names, in that order, then the members of its groups of agents.

    Somebody whom it names twice counts as the first time.
    """
    named: set[str] = set()
    for place, agent in enumerate(queue.agents):
        user = organization.users.get(agent.user)
        if user is not None and agent.user not in named:
            named.add(agent.user)
            yield _membership(user, organization, agent, place)
    groups = set(queue.staff.agents)
    for user in organization.users.values():
        if user.username not in named and groups & set(user.groups):
            yield _membership(user, organization)


def _membership(
    user: User, organization: Organization, agent: Agent | None = None, listed: int | None = None
) -> Membership:
    return Membership(
        user=user.username,
        skill=agent.skill or 0 if agent is not None else 0,
        priority=agent.priority if agent is not None else None,
        listed=listed,
        ring_seconds=float(organization.effective(RING_SECONDS, user).value),
    )


def _rhythm(prompts: QueuePrompts) -> Rhythm:
    return Rhythm(
        status=prompts.status is not None,
        every=prompts.every or EVERY,
        position=prompts.position,
        estimate=prompts.estimated_wait,
        lower=prompts.wait_lower or 0.0,
        upper=prompts.wait_upper,
        alternate=prompts.alternate,
        ringing=prompts.ringing,
    )


def _callback(callback: QueueCallback | None) -> CallbackPlan | None:
    if callback is None:
        return None
    return CallbackPlan(ring_seconds=callback.ring_seconds, attempts=callback.attempts, valid=callback.valid)


def personal(user: User, organization: Organization) -> Plan:
    """A user's own queue (CALL-6): who waits in it is put through as soon as he is in no call."""
    every = organization.effective(PERSONAL_QUEUE_STATUS_EVERY, user).value
    called_back = organization.effective(PERSONAL_QUEUE_CALLBACK_KEY, user).value is not None
    return Plan(
        queue=QueueId(user.username, "personal"),
        members={user.username: _membership(user, organization)},
        respect_presence=False,
        max_waiting=organization.effective(PERSONAL_QUEUE_CAPACITY, user).value,
        full=organization.effective(PERSONAL_QUEUE_WHEN_FULL, user).value,
        rhythm=Rhythm(status=every is not None, every=every or EVERY),
        callback=CallbackPlan() if called_back else None,
    )
