"""Phones: that their lines, keys and models fit together, and that each is there once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pbxd.config.checks.once import Once
from pbxd.config.checks.references import Known, names
from pbxd.config.hints import nearest
from pbxd.config.judging import File
from pbxd.config.models.organization import Organization
from pbxd.config.models.provisioning import FunctionKey, Phone
from pbxd.config.source import Path
from pbxd.errors import ConfigProblem
from pbxd.org.codes import NAMES
from pbxd.org.phones import SEAT, SEATS, PhoneModel, model_of

NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
WITHOUT_VALUE = frozenset({"park", "pickup", "line"})
"""Kinds of keys that may go without saying of what; a line key is then the next one's."""


def check_phones(file: File[Organization]) -> Iterator[ConfigProblem]:
    """The phones of one organization."""
    yield from _reserved(file)
    found = file.model.provisioning
    if found is None:
        return
    devices = {device.name: device for user in file.model.users for device in user.devices}
    known = names(file.model)
    for index, phone in enumerate(found.phones):
        path: Path = ("provisioning", "phones", index)
        model = model_of(phone.model)
        assert model is not None, "the file's model has looked"
        for at, line in enumerate(phone.lines):
            device = devices.get(line)
            if device is None:
                yield file.problem((*path, "lines", at), f"no device is called `{line}`", nearest(line, devices))
            elif device.password is None:
                yield file.problem((*path, "lines", at), f"`{line}` has no password, so no phone can be it")
        yield from _room(file, phone, model, path)
        for at, key in enumerate(phone.keys):
            yield from _key(file, key, known, (*path, "keys", at))


def check_macs(organizations: Sequence[File[Organization]]) -> Iterator[ConfigProblem]:
    """Each phone is there once, over all organizations."""
    macs = Once("MAC address")
    for file in organizations:
        for index, phone in enumerate(file.model.provisioning.phones if file.model.provisioning is not None else ()):
            yield from macs.take(file, phone.mac, ("provisioning", "phones", index, "mac"))


def _reserved(file: File[Organization]) -> Iterator[ConfigProblem]:
    """Free seats have names of ours, which are nobody else's."""
    for index, user in enumerate(file.model.users):
        if user.username == SEATS:
            yield file.problem(("users", index, "username"), f"`{SEATS}` is what free seats belong to", "another name")
        for at, device in enumerate(user.devices):
            if device.name.startswith(SEAT):
                path: Path = ("users", index, "devices", at, "name")
                yield file.problem(path, f"`{SEAT}...` is how free seats are called", "another name")


def _room(file: File[Organization], phone: Phone, model: PhoneModel, path: Path) -> Iterator[ConfigProblem]:
    lines = len(phone.lines)
    keys = model.first_key(lines) - 1 + len(phone.keys)
    if lines > model.lines:
        yield file.problem((*path, "lines"), f"a {model.name} has room for {model.lines} lines, not {lines}")
    if phone.keys and keys > model.keys:
        words = f"a {model.name} has {model.keys} keys, and lines and keys need {keys}"
        yield file.problem((*path, "keys"), words)


def _key(file: File[Organization], key: FunctionKey, known: Known, path: Path) -> Iterator[ConfigProblem]:
    value = key.value or ""
    if not value:
        if key.kind not in WITHOUT_VALUE and key.kind != "queue-login":
            yield file.problem(path, f"a key of kind `{key.kind}` needs a `value`")
        return
    path = (*path, "value")
    match key.kind:
        case "blf" if value not in known["user"] and not NUMBER.fullmatch(value):
            yield file.problem(path, f"no user is called `{value}`", nearest(value, known["user"]))
        case "speed-dial" if not NUMBER.fullmatch(value):
            yield file.problem(path, f"`{value}` is not a number")
        case "code" if value not in NAMES and not re.fullmatch(r"[*#][0-9*#+]{0,31}", value):
            yield file.problem(path, f"no feature code is called `{value}`", nearest(value, NAMES))
        case "queue-login" if value not in known["queue"]:
            yield file.problem(path, f"no queue is called `{value}`", nearest(value, known["queue"]))
        case "profile" if value not in known["profile"]:
            yield file.problem(path, f"no profile is called `{value}`", nearest(value, known["profile"]))
        case "line" if not re.fullmatch(r"[1-9][0-9]?", value):
            yield file.problem(path, f"`{value}` is not the number of a line, such as `1`")
