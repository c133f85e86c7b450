"""What the files must be together: names that exist, numbers used once, addresses that do not clash."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pbxd.config.checks.hours import check_hours, check_schedules
from pbxd.config.checks.numbers import check_numbers
from pbxd.config.checks.organization import check_organization
from pbxd.config.checks.presence import check_presence
from pbxd.config.checks.rules import check_rules
from pbxd.config.checks.server import check_server
from pbxd.config.checks.together import (
    check_links,
    check_organizations,
    check_tokens,
    check_trunk_logins,
    check_trunk_organizations,
)
from pbxd.config.judging import File
from pbxd.config.models.organization import Organization
from pbxd.config.models.server import Server
from pbxd.errors import ConfigProblem


def check(
    server: File[Server] | None, organizations: Sequence[File[Organization]], *, complete: bool, today: date
) -> list[ConfigProblem]:
    """Every problem that is not of one value alone.

    ``server`` is ``None`` where its file is not in shape. ``complete`` says that every organization's is;
    otherwise a name that is missing proves nothing.
    """
    problems = check_server(server) if server is not None else []
    for file in organizations:
        problems += check_organization(file)
        problems += check_hours(file, today)
        problems += check_schedules(file)
        problems += check_numbers(file)
        problems += check_presence(file)
        problems += check_rules(file)
    problems += check_organizations(organizations)
    if complete:
        problems += check_links(organizations)
    if server is not None and complete:
        problems += check_trunk_organizations(server, organizations)
        problems += check_trunk_logins(server, organizations)
        problems += check_tokens(server, organizations)
    return problems
