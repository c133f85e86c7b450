"""What the files must be together: names that exist, numbers used once, addresses that do not clash."""

from __future__ import annotations

from collections.abc import Sequence

from pbxd.config.checks.organization import check_organization
from pbxd.config.checks.server import check_server
from pbxd.config.checks.together import check_together
from pbxd.config.judging import File
from pbxd.config.models.organization import Organization
from pbxd.config.models.server import Server
from pbxd.errors import ConfigProblem


def check(server: File[Server], organizations: Sequence[File[Organization]], *, complete: bool) -> list[ConfigProblem]:
    """Every problem that is not of one value alone.

    ``complete`` says that every organization's file was in shape; otherwise a name that is missing proves nothing.
    """
    problems = check_server(server)
    for file in organizations:
        problems += check_organization(file)
    return problems + check_together(server, organizations, complete=complete)
