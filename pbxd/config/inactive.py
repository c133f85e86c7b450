"""What a configuration asks for that pbxd can't do yet, so that nobody has to find out by a call."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pbxd.config.judging import File
from pbxd.config.models.server import Server
from pbxd.config.section import LATER
from pbxd.config.source import Path, dotted

M = TypeVar("M", bound=BaseModel)


def inactive(file: File[M]) -> tuple[str, ...]:
    """Each key of a file that is checked and does nothing yet, once, with the first place that sets it.

    A key that says what happens anyway (its default) is not worth a line.
    """
    found: dict[str, int] = {}
    places = _asked(file.model, ())
    if isinstance(file.model, Server):
        places = chain(_values(file.model), places)
    for name, path in places:
        if name not in found:
            found[name] = file.source.line(path)
    return tuple(
        f"not active yet: {name} ({file.source.name}:{line})"
        for name, line in sorted(found.items(), key=lambda item: item[1])
    )


def _values(server: Server) -> Iterator[tuple[str, Path]]:
    """Keys that do something, with values that don't yet."""
    if server.media.engine == "rtpengine":
        yield "media.engine rtpengine", ("media", "engine")


def _asked(model: BaseModel, path: Path) -> Iterator[tuple[str, Path]]:
    later, plain = _fields(type(model))
    for name, field in later:
        if name in model.model_fields_set and getattr(model, name) != field.get_default(call_default_factory=True):
            here = (*path, field.alias or name)
            yield dotted(tuple(part for part in here if isinstance(part, str))), here
    for name, field in plain:
        value, here = getattr(model, name), (*path, field.alias or name)
        if isinstance(value, BaseModel):
            yield from _asked(value, here)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from _asked(item, (*here, index))


@cache
def _fields(model: type[BaseModel]) -> tuple[list[tuple[str, FieldInfo]], list[tuple[str, FieldInfo]]]:
    """The model's keys that are not active yet, and the others."""
    fields = list(model.model_fields.items())
    later = [(name, field) for name, field in fields if LATER in field.metadata]
    return later, [(name, field) for name, field in fields if LATER not in field.metadata]
