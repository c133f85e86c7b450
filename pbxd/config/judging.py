"""Data against a model: what pydantic finds, said in plain words and with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pbxd.config.elsewhere import elsewhere
from pbxd.config.hints import nearest
from pbxd.config.scalars import shown
from pbxd.config.section import Section
from pbxd.config.source import Path, Source, Value, step
from pbxd.errors import ConfigProblem

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Generic[M]):
    """A file that was read and is in shape."""

    source: Source
    model: M

    def problem(self, path: Path, message: str, hint: str = "") -> ConfigProblem:
        """A problem at ``path`` in this file."""
        return self.source.problem(path, message, hint)


Judges: TypeAlias = dict[int, type[Section]]
"""Which model judged the mapping with this ``id()``."""


def judge(model: type[M], source: Source) -> tuple[File[M] | None, list[ConfigProblem]]:
    """A file with its model, and every problem in it.

    Where the mistakes leave something to go on with, the file is given without them, so that what is wrong elsewhere
    is found in the same run.
    """
    judges: Judges = {}
    try:
        return File(source=source, model=model.model_validate(source.data, context=judges)), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    problems = [_problem(detail, source, judges) for detail in details]
    dropped = {_droppable(detail, source.data, model) for detail in details}
    if () in dropped:
        return None, problems
    try:
        return File(source=source, model=model.model_validate(_without(dropped, source.data))), problems
    except ValidationError:  # a mapping may need a key of which there was only a misspelt one
        return None, problems


def _droppable(detail: ErrorDetails, data: Value, model: type[BaseModel]) -> Path:
    """The path of what can be left out for this mistake to be gone, and other checks to stay right; ``()`` if nothing.

    An unknown key goes alone. Otherwise it is the whole item of a list, or the whole section, unless it is required or
    other sections refer to it.
    """
    path, _ = follow(data, detail["loc"])
    if detail["type"] == "extra_forbidden":
        return (*follow(data, detail["loc"][:-1])[0], detail["loc"][-1])
    if not path or not issubclass(model, Section):
        return ()
    field = next((field for name, field in model.model_fields.items() if (field.alias or name) == path[0]), None)
    if field is None or field.is_required() or path[0] in model.REFERRED:
        return ()
    return path[:2] if len(path) > 1 and isinstance(path[1], int) else path[:1]


def _problem(detail: ErrorDetails, source: Source, judges: Judges) -> ConfigProblem:
    path, value = follow(source.data, detail["loc"])
    context: Mapping[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            parent, holder = follow(source.data, detail["loc"][:-1])
            model = judges.get(id(holder))
            here = (*parent, detail["loc"][-1])
            if model is not None and (known_there := elsewhere(model, str(detail["loc"][-1]))) is not None:
                return source.problem(here, *known_there)
            known = model.known_keys() if model is not None else []
            taken = holder.keys() if isinstance(holder, dict) else ()
            hint = nearest(str(detail["loc"][-1]), [key for key in known if key not in taken])
            return source.problem(here, f"unknown key `{shown(str(detail['loc'][-1]))}`", hint)
        case "missing":
            return source.problem(path, f"`{detail['loc'][-1]}` is missing")
        case "plain":
            key = context["key"]
            return source.problem((*path, key) if key else path, context["message"], context["hint"])
        case "literal_error":
            given = detail["loc"][-2] if detail["loc"][-1] == "[key]" else value
            return _not_one_of(source, path, given, str(context["expected"]))
        case kind:
            words = _WORDS.get(kind)
            return source.problem(path, words(context) if words else detail["msg"].lower())


def _not_one_of(source: Source, path: Path, value: object, expected: str) -> ConfigProblem:
    choices = re.findall(r"'([^']*)'", expected)
    listed = ", ".join(choices)
    if not isinstance(value, str):
        return source.problem(path, f"must be one of {listed}" if len(choices) > 1 else f"must be {listed}")
    hint = nearest(value, choices) or (f"one of {listed}" if len(choices) > 1 else f"write `{listed}`")
    return source.problem(path, f"`{shown(value)}` is not known here", hint)


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "model_type": lambda _: "must be a mapping (`key: value`)",
    "model_attributes_type": lambda _: "must be a mapping (`key: value`)",
    "dict_type": lambda _: "must be a mapping (`key: value`)",
    "list_type": lambda _: "must be a list",
    "string_type": lambda _: "must be text",
    "none_required": lambda _: "must be empty",
    "too_short": lambda context: f"must have at least {context['min_length']} item" + "s" * (context["min_length"] > 1),
    "string_too_long": lambda context: f"must not be longer than {context['max_length']} characters",
}


def follow(data: Value, location: tuple[str | int, ...]) -> tuple[Path, Value]:
    """The path in the file that pydantic's ``location`` names, without the parts that only pydantic knows."""
    path: list[str | int] = []
    value = data
    for part in location:
        below = step(value, part)
        if below is not None:
            value = below[0]
            path.append(part)
    return tuple(path), value


def _without(dropped: set[Path], data: Value) -> object:
    """A copy of the data without what is at these paths."""

    def copy(value: Value, path: Path) -> object:
        match value:
            case dict():
                return {key: copy(item, (*path, key)) for key, item in value.items() if (*path, key) not in dropped}
            case list():
                items = [(item, (*path, index)) for index, item in enumerate(value)]
                return [copy(item, below) for item, below in items if below not in dropped]
        return value

    return copy(data, ())
