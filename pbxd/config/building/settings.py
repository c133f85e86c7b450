"""What one organization, group or user says: each key that is given, by its name in the registry of levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from pbxd.config.building.destinations import place, prompt, step
from pbxd.config.models.destinations import Place, To
from pbxd.config.models.settings import Permissions, Settings
from pbxd.config.models.sounds import Say
from pbxd.org.levels import NOTHING, SETTINGS
from pbxd.org.levels import Settings as Says
from pbxd.org.rules import Step

_STEPS = frozenset({"on_busy", *(name for name in SETTINGS if name.endswith((".no_answer", ".outside_hours")))})
"""Keys that may be a place alone in the file and are a step all the same."""


def settings(model: Settings, permissions: Permissions | None = None, **beside: object) -> Says:
    """What a section ``settings`` says, with ``permissions`` and the keys that stand beside it in the file.

    Those that say nothing share one object, since most of 10,000 users do.
    """
    values = dict(given(model))
    if permissions is not None:
        values.update(given(permissions, "permissions."))
    values.update((name, value) for name, value in beside.items() if value is not None)
    return Says(values) if values else NOTHING


def given(model: BaseModel, within: str = "") -> Iterator[tuple[str, object]]:
    """The keys that a section gives, by their names in the registry, with their values."""
    for name in type(model).model_fields:
        if name not in model.model_fields_set:
            continue
        value = getattr(model, name)
        if within + name in SETTINGS:
            yield within + name, _value(within + name, value)
        elif value is not None:
            yield from given(value, f"{within}{name}.")


def _value(name: str, value: Any) -> object:
    match value:
        case list():
            return tuple(value)
        case Say():
            return prompt(value)
        case Place():
            return place(value)
        case To():
            # An absence says where its calls go, not when: that is its own start and end.
            return value.to if name.startswith("absence.") else step(value)
    return step(value) if name in _STEPS and not isinstance(value, Step) else value
