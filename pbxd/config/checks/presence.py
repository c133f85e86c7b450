"""Activities, roles, shortcuts and profiles, and the feature codes that set them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from pbxd.config.checks.once import Once
from pbxd.config.hints import nearest
from pbxd.config.judging import File
from pbxd.config.models.organization import Organization
from pbxd.config.models.presence import Profile, Shortcut
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem
from pbxd.org.codes import NAMES, clashes, starts


class _Coded(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def code(self) -> str | None: ...


def check_presence(file: File[Organization]) -> Iterator[ConfigProblem]:
    """Names and codes that are used once, names that exist, feature codes that can be told apart."""
    model = file.model
    for kind, key, found in (
        ("activity", "activities", model.activities),
        ("role", "roles", model.roles),
        ("shortcut", "shortcuts", model.shortcuts),
        ("profile", "profiles", model.profiles),
    ):
        yield from _once(file, kind, found, (key,))
    yield from _shortcuts(file, model.shortcuts, ("shortcuts",))
    yield from _profiles(file, model.profiles, ("profiles",))
    for at, user in enumerate(model.users):
        path: Path = ("users", at)
        yield from _once(file, "shortcut", user.shortcuts, (*path, "shortcuts"))
        yield from _once(file, "profile", user.profiles, (*path, "profiles"))
        yield from _shortcuts(file, user.shortcuts, (*path, "shortcuts"))
        yield from _profiles(file, user.profiles, (*path, "profiles"))
    yield from _codes(file)


def _once(file: File[Organization], kind: str, found: Iterable[_Coded], path: Path) -> Iterator[ConfigProblem]:
    names, codes = Once(kind), Once(f"code of {kind}")
    for at, one in enumerate(found):
        yield from names.take(file, one.name, (*path, at, "name"))
        if one.code is None:
            continue
        yield from codes.take(file, one.code, (*path, at, "code"))
        if not one.code.isdecimal():
            yield file.problem((*path, at, "code"), f"`{one.code}` can't be dialled within a code", "digits only")


def _shortcuts(file: File[Organization], found: Sequence[Shortcut], path: Path) -> Iterator[ConfigProblem]:
    known = [activity.name for activity in file.model.activities]
    for at, shortcut in enumerate(found):
        if shortcut.activity not in known:
            hint = nearest(shortcut.activity, known)
            yield file.problem((*path, at, "activity"), f"no activity is called `{shortcut.activity}`", hint)


def _profiles(file: File[Organization], found: Sequence[Profile], path: Path) -> Iterator[ConfigProblem]:
    known = [queue.name for queue in file.model.queues]
    for at, profile in enumerate(found):
        for place, queue in enumerate(profile.queues or []):
            if queue not in known:
                where = (*path, at, "queues", place)
                yield file.problem(where, f"no queue is called `{queue}`", nearest(queue, known))


def _codes(file: File[Organization]) -> Iterator[ConfigProblem]:
    configured = file.model.feature_codes
    for name, code in configured.items():
        path: Path = ("feature_codes", name)
        if name not in NAMES:
            yield file.problem(path, f"no feature is called `{name}`", nearest(name, NAMES))
        elif code[0] not in "*#":
            yield file.problem(path, f"`{code}` could be the beginning of a number", "begin it with `*` or `#`")
    found = starts(configured)
    for name, other in clashes(configured):
        message = f"`{configured[name]}` can't be told from `{found[other]}` of `{other}` while it is dialled"
        yield file.problem(("feature_codes", name), message)
