"""The server's file and the organizations, seen together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pbxd.config.checks.once import Once
from pbxd.config.checks.phones import check_macs
from pbxd.config.hints import nearest
from pbxd.config.judging import File
from pbxd.config.models.organization import Organization
from pbxd.config.models.server import Server
from pbxd.errors import ConfigProblem
from pbxd.org.numbers import NumberRange, is_e164


def check_organizations(organizations: Sequence[File[Organization]]) -> list[ConfigProblem]:
    """Names, domains and public numbers over all organizations."""
    return [*_identities(organizations), *_public_ranges(organizations), *check_macs(organizations)]


def _identities(organizations: Sequence[File[Organization]]) -> Iterator[ConfigProblem]:
    names, domains = Once("organization"), Once("domain")
    for file in organizations:
        yield from names.take(file, file.model.organization, ("organization",))
        yield from domains.take(file, file.model.domain, ("domain",))


def _public_ranges(organizations: Sequence[File[Organization]]) -> Iterator[ConfigProblem]:
    seen: list[tuple[NumberRange, File[Organization]]] = []
    for file in organizations:
        own = [NumberRange(first=found.first, last=found.last) for found in file.model.number_ranges]
        for index, numbers in enumerate(own):
            if not is_e164(numbers.first):
                continue
            for other, other_file in seen:
                if numbers.overlaps(other):
                    message = f"{numbers} overlaps {other} of organization `{other_file.model.organization}`"
                    yield file.problem(("number_ranges", index), message)
        seen += [(numbers, file) for numbers in own]


def check_links(organizations: Sequence[File[Organization]]) -> Iterator[ConfigProblem]:
    """Linked organizations are there, and linked from both sides (NUM-9)."""
    links = {file.model.organization: file.model.linked_organizations for file in organizations}
    for file in organizations:
        own = file.model.organization
        for at, name in enumerate(file.model.linked_organizations):
            path = ("linked_organizations", at)
            if name == own:
                yield file.problem(path, f"`{name}` is this organization itself")
            elif name not in links:
                yield file.problem(path, f"no organization is called `{name}`", nearest(name, links.keys() - {own}))
            elif own not in links[name]:
                message = f"`{name}` does not link back"
                yield file.problem(path, message, f"write `linked_organizations: [{own}]` in its file, too")


def check_tokens(server: File[Server], organizations: Sequence[File[Organization]]) -> Iterator[ConfigProblem]:
    """Whom tokens are for is there."""
    users = {file.model.organization: {user.username for user in file.model.users} for file in organizations}
    for index, token in enumerate(server.model.api_tokens):
        name = token.organization
        if name is None:
            continue
        if name not in users:
            hint = nearest(name, users)
            yield server.problem(("api_tokens", index, "organization"), f"no organization is called `{name}`", hint)
        elif token.user is not None and token.user not in users[name]:
            hint = nearest(token.user, users[name])
            yield server.problem(("api_tokens", index, "user"), f"no user of {name} is called `{token.user}`", hint)


def check_trunk_logins(server: File[Server], organizations: Sequence[File[Organization]]) -> Iterator[ConfigProblem]:
    """A trunk's username must be its own: it says who calls."""
    logins = Once("login")
    for index, trunk in enumerate(server.model.trunks):
        if trunk.login is None:
            continue
        path = ("trunks", index, "login", "username")
        yield from logins.take(server, trunk.login.username, path)
        for file in organizations:
            devices = {device.name for user in file.model.users for device in user.devices}
            if file.model.organization in trunk.organizations and trunk.login.username in devices:
                message = f"`{trunk.login.username}` is a device of organization `{file.model.organization}`"
                yield server.problem(path, message)


def check_trunk_organizations(
    server: File[Server], organizations: Sequence[File[Organization]]
) -> Iterator[ConfigProblem]:
    """The organizations that trunks name."""
    known = [file.model.organization for file in organizations]
    for index, trunk in enumerate(server.model.trunks):
        for at, name in enumerate(trunk.organizations):
            if name not in known:
                path = ("trunks", index, "organizations", at)
                yield server.problem(path, f"no organization is called `{name}`", nearest(name, known))
