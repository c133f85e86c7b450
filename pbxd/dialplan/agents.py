"""The phones of an agent to whom a call of a queue is offered, and what they show (QUE-4, QUE-9, CLI-7, CLI-8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pbxd.dialplan import ringing
from pbxd.dialplan.diverted import Diverted
from pbxd.dialplan.reach import Reach
from pbxd.dialplan.ringing import Found
from pbxd.dialplan.situation import Facts, Place, Situation
from pbxd.dialplan.treatment import Presentation, Target, TrunkTarget
from pbxd.org.levels import RINGTONE_ATTENDANT, RINGTONE_EXTERNAL, RINGTONE_INTERNAL, RINGTONE_QUEUE
from pbxd.org.organization import Organization
from pbxd.org.rules import Step, ToUser
from pbxd.org.services import Queue

Note = Callable[[str, str], None]


def rung(
    situation: Situation, place: Place, facts: Facts, now: float, queue: Queue | None, agent: str, note: Note
) -> Found:
    """What rings at an agent's for a call that waits, having come to ``place``; ``queue`` is ``None`` for his own."""
    view = Reach(situation, facts, now, note).view(place)
    found = ringing.targets((Step(target=ToUser(agent)),), (0.0,), 0.0, view, place, situation, note)
    if queue is None:
        return found
    presents = _shown(found.presents, queue, view.organization, agent)
    targets = tuple(_on_mobiles(target, queue) for target in found.targets)
    return replace(found, presents=presents, targets=targets)


def _shown(presents: Presentation, queue: Queue, organization: Organization, agent: str) -> Presentation:
    """What a phone inside shows, and how it rings."""
    if not queue.show_caller:
        presents = replace(presents, number=queue.number)
    if queue.force_redirecting_number and not any(one.number == queue.number for one in presents.diverted):
        by_queue = Diverted(number=queue.number, reason="unconditional")
        presents = replace(presents, diverted=(*presents.diverted, by_queue))
    user = organization.users.get(agent)
    own = organization.effective(RINGTONE_ATTENDANT if queue.attendants else RINGTONE_QUEUE, user).value
    usual = organization.effective(RINGTONE_EXTERNAL if presents.external else RINGTONE_INTERNAL, user).value
    return replace(presents, ringtone=own or usual)


def _on_mobiles(target: Target, queue: Queue) -> Target:
    """A mobile of an agent shows by a few more digits which queue the call is of, or the queue's number (CLI-7)."""
    presents = target.presents if isinstance(target, TrunkTarget) and target.device else None
    if not isinstance(target, TrunkTarget) or presents is None:
        return target
    hidden = not queue.show_caller and queue.outside is not None
    number = queue.outside if hidden else presents.number
    if not number:
        return target
    return replace(
        target,
        presents=replace(presents, number=number + queue.mobile_suffix, name="" if hidden else presents.name),
        otherwise=tuple(found for one in target.otherwise if isinstance(found := _on_mobiles(one, queue), TrunkTarget)),
    )
