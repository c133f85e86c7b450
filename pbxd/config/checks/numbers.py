"""What barring, shown numbers and emergency calls refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pbxd.config.checks.once import Once
from pbxd.config.hints import nearest
from pbxd.config.judging import File
from pbxd.config.models.numbers import Barring, Emergency
from pbxd.config.models.organization import Organization
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem


def check_numbers(file: File[Organization]) -> Iterator[ConfigProblem]:
    """Number types, barring groups, users, groups and queues that are named where numbers are."""
    model = file.model
    barring, types = Once("barring group"), list(model.number_types)
    for index, group in enumerate(model.barring):
        yield from barring.take(file, group.name, ("barring", index, "name"))
        for path, names in _types(group, ("barring", index)):
            yield from _unknown(file, "number type", names, types, path)
        if group.deny is None and group.allow_only is None and group.limit is None:
            yield file.problem(("barring", index), "bars nothing", "give `deny`, `allow_only` or `limit`")
    known = [group.name for group in model.barring]
    for path, names in _attached(model):
        yield from _unknown(file, "barring group", names, known, path)
    yield from _display_numbers(file)
    if model.emergency is not None:
        yield from _emergency(file, model.emergency, ("emergency",))
    for index, user_group in enumerate(model.groups):
        if user_group.emergency is not None:
            yield from _emergency(file, user_group.emergency, ("groups", index, "emergency"))


def _types(model: Barring, path: Path) -> Iterator[tuple[Path, list[str]]]:
    for key in ("deny", "allow_only", "limit"):
        found = getattr(model, key)
        if found is not None:
            yield (*path, key, "types"), found.types


def _attached(model: Organization) -> Iterator[tuple[Path, list[str]]]:
    """Wherever barring groups are attached to something."""
    yield ("settings", "barring"), model.settings.barring or []
    for key in ("groups", "users"):
        for index, one in enumerate(getattr(model, key)):
            yield (key, index, "settings", "barring"), one.settings.barring or []
    for key in ("queues", "attendant_groups", "hunt_groups", "ivrs", "rule_based_numbers"):
        for index, service in enumerate(getattr(model, key)):
            yield (key, index, "barring"), service.barring


def _display_numbers(file: File[Organization]) -> Iterator[ConfigProblem]:
    model = file.model
    users, groups = [user.username for user in model.users], [group.name for group in model.groups]
    queues = [queue.name for queue in (*model.queues, *model.attendant_groups)]
    for index, display in enumerate(model.display_numbers):
        path: Path = ("display_numbers", index)
        yield from _unknown(file, "user", display.users, users, (*path, "users"))
        yield from _unknown(file, "group", display.groups, groups, (*path, "groups"))
        if display.queue is not None and display.queue not in queues:
            message = f"no queue is called `{display.queue}`"
            yield file.problem((*path, "queue"), message, nearest(display.queue, queues))
        if display.queue is None and (display.agents or display.supervisors):
            yield file.problem(path, "`agents` and `supervisors` are those of a `queue`", "name the queue")


def _emergency(file: File[Organization], model: Emergency, path: Path) -> Iterator[ConfigProblem]:
    users = [user.username for user in file.model.users]
    yield from _unknown(file, "user", model.notify, users, (*path, "notify"))
    if not model.callback_number.startswith("+"):
        message = f"`{model.callback_number}` can't be called from outside"
        yield file.problem((*path, "callback_number"), message, "write the number with `+`")


def _unknown(
    file: File[Organization], kind: str, names: Iterable[str], known: list[str], path: Path
) -> Iterator[ConfigProblem]:
    for at, name in enumerate(names):
        if name not in known:
            yield file.problem((*path, at), f"no {kind} is called `{name}`", nearest(name, known))
