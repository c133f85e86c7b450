"""Queues, attendant groups and hunt groups, with the organization's defaults in place (LVL-6)."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel

from pbxd.config.building.destinations import place
from pbxd.config.models import services as files
from pbxd.org.services import (
    Agent,
    CampOn,
    Distribution,
    HuntGroup,
    Overflow,
    Queue,
    QueueCallback,
    QueuePrompts,
    QueueSms,
    Staff,
    Waiting,
)

M = TypeVar("M", bound=BaseModel)


def queues(model_queues: list[files.Queue], defaults: files.QueueDefaults | None) -> dict[str, Queue]:
    """Queues, by name."""
    return {model.name: _queue(model, defaults or files.QueueDefaults()) for model in model_queues}


def attendants(models: list[files.AttendantGroup], defaults: files.QueueDefaults | None) -> dict[str, Queue]:
    """Attendant groups, by name: queues, too."""
    return {model.name: _queue(model, defaults or files.QueueDefaults()) for model in models}


def _queue(model: files.Queue, defaults: files.QueueDefaults) -> Queue:
    outgoing = model.outgoing_line or files.OutgoingLine()
    wrap_up = model.wrap_up if model.wrap_up is not None else defaults.wrap_up
    recording = model.recording if model.recording is not None else defaults.recording
    return Queue(
        name=model.name,
        number=model.number,
        numbers=tuple(model.numbers),
        billing_id=model.billing_id,
        attendants=isinstance(model, files.AttendantGroup),
        code=model.code,
        display_text=model.display_text,
        keep_earlier_text=model.keep_earlier_text,
        show_caller=model.show_caller,
        force_redirecting_number=model.force_redirecting_number,
        outgoing=outgoing.allowed,
        presents=outgoing.present,
        mobile_suffix=model.mobile_suffix or "",
        hidden_in_directory=model.hidden_in_directory,
        staff=Staff(
            agents=tuple(model.groups.agents),
            supervisors=tuple(model.groups.supervisors),
            admins=tuple(model.groups.admins),
        ),
        agents=tuple(Agent(user=one.user, skill=one.skill, priority=one.priority) for one in model.agents),
        supervisors=tuple(model.supervisors),
        distribution=_distribution(merged(model.distribution, defaults.distribution, files.Distribution())),
        wrap_up=wrap_up or 0,
        logout_after_unanswered=model.logout_after_unanswered,
        help_number=model.help_number,
        overflow=_overflow(model.overflow or files.Overflow()),
        waiting=_waiting(merged(model.waiting, defaults.waiting, files.Waiting())),
        prompts=_prompts(merged(model.prompts, defaults.prompts, files.QueuePrompts())),
        callback=_callback(model.callback),
        camp_on=_camp_on(model.camp_on) if isinstance(model, files.AttendantGroup) else None,
        recording=recording or False,
        mailbox=model.mailbox or defaults.mailbox,
        barring=tuple(model.barring),
        sms=QueueSms(name=model.sms.name, number=model.sms.number) if model.sms is not None else None,
    )


def _distribution(model: files.Distribution) -> Distribution:
    return Distribution(
        by=model.by,
        longest_idle=model.longest_idle,
        parallel=model.parallel,
        ring_seconds=model.ring_seconds,
        devices=tuple(model.devices),
        respect_presence=model.respect_presence,
    )


def _prompts(model: files.QueuePrompts) -> QueuePrompts:
    return QueuePrompts(
        welcome=model.welcome,
        music=model.music,
        status=model.status,
        every=model.every or None,
        position=model.position,
        estimated_wait=model.estimated_wait,
        wait_lower=model.wait_lower or None,
        wait_upper=model.wait_upper or None,
        alternate=model.alternate,
        ringing=model.ringing,
    )


def _callback(model: files.Callback | None) -> QueueCallback | None:
    if model is None or not model.enabled:
        return None
    return QueueCallback(
        ring_seconds=model.ring_seconds,
        attempts=model.attempts,
        valid=model.valid or None,
        display_text=model.display_text,
        agent_prompt=model.agent_prompt,
    )


def _camp_on(model: files.CampOn | None) -> CampOn | None:
    if model is None or not model.enabled:
        return None
    return CampOn(
        notify_attendant_after=model.notify_attendant_after or None, notify_all_after=model.notify_all_after or None
    )


def _overflow(model: files.Overflow) -> Overflow:
    return Overflow(
        max_waiting=model.max_waiting,
        max_longest_wait=model.max_longest_wait,
        then=place(model.then) if model.then is not None else None,
    )


def _waiting(model: files.Waiting) -> Waiting:
    return Waiting(
        max_wait=model.max_wait,
        then=place(model.then) if model.then is not None else None,
        no_agents=place(model.no_agents) if model.no_agents is not None else None,
        max_attempts=model.max_attempts,
    )


def merged(own: M | None, default: M | None, empty: M) -> M:
    """What an object says of itself, key by key over what the default says."""
    values: dict[str, Any] = {}
    for model in (default, own):
        if model is not None:
            values.update({name: getattr(model, name) for name in model.model_fields_set})
    return empty.model_copy(update=values) if values else empty


def hunt_groups(models: list[files.HuntGroup]) -> dict[str, HuntGroup]:
    """Hunt groups, by name."""
    return {model.name: _hunt_group(model) for model in models}


def _hunt_group(model: files.HuntGroup) -> HuntGroup:
    return HuntGroup(
        name=model.name,
        number=model.number,
        numbers=tuple(model.numbers),
        billing_id=model.billing_id,
        code=model.code,
        groups=tuple(model.groups),
        order=model.order,
        ring_seconds=model.ring_seconds,
        fallback=place(model.fallback) if model.fallback is not None else None,
        exclude_activities=frozenset(model.exclude_activities),
        exclude_roles=frozenset(model.exclude_roles),
        devices=tuple(model.devices),
        barring=tuple(model.barring),
        admins=tuple(model.admins),
        hidden_in_directory=model.hidden_in_directory,
    )
