"""What users switch between: activities, roles, shortcuts and profiles."""

from __future__ import annotations

from collections.abc import Iterable

from pbxd.config.building.destinations import step
from pbxd.config.models import presence as files
from pbxd.config.models.destinations import To
from pbxd.org.activities import Activity, Profile, Role, Shortcut


def activities(models: Iterable[files.Activity]) -> dict[str, Activity]:
    """By name."""
    return {
        model.name: Activity(
            name=model.name,
            available=model.available,
            code=model.code,
            prompt=model.prompt,
            labels=dict(model.labels),
        )
        for model in models
    }


def roles(models: Iterable[files.Role]) -> dict[str, Role]:
    """By name."""
    return {model.name: Role(name=model.name, code=model.code, labels=dict(model.labels)) for model in models}


def shortcuts(models: Iterable[files.Shortcut]) -> dict[str, Shortcut]:
    """By name. One without code has its place in the list as one: 1, 2, ..."""
    return {
        model.name: Shortcut(
            name=model.name,
            activity=model.activity,
            code=model.code or str(place),
            available=model.available,
            duration=model.duration,
            icon=model.icon,
            divert_to=model.divert_to,
        )
        for place, model in enumerate(models, start=1)
    }


def profiles(models: Iterable[files.Profile]) -> dict[str, Profile]:
    """By name."""
    return {model.name: _profile(model) for model in models}


def _profile(model: files.Profile) -> Profile:
    shows = model.present
    landline = model.landline_calls
    return Profile(
        name=model.name,
        code=model.code,
        available=model.status == "available",
        duration=model.duration,
        calendar_priority=model.calendar_priority or 0,
        shows_from_landline=shows.landline if shows is not None else None,
        shows_from_mobile=shows.mobile if shows is not None else None,
        landline_calls=landline.to if isinstance(landline, To) else landline,
        mobile_calls=model.mobile_calls,
        on_busy=step(model.on_busy) if model.on_busy is not None else None,
        on_no_answer=step(model.on_no_answer) if model.on_no_answer is not None else None,
        on_unreachable=step(model.on_unreachable) if model.on_unreachable is not None else None,
        queues=tuple(model.queues) if model.queues is not None else None,
        pause=model.pause,
        recording=model.recording,
        listen=model.listen,
    )
