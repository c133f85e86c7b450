"""``licence-exceeded``: more is used than licences allow. That is told, and stops nothing (USR-7)."""

from __future__ import annotations

from collections.abc import Iterator

from pbxd.config.source import Path
from pbxd.org.licences import excesses
from pbxd.tools.lint.subject import Finding, Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Kinds of which too many are used, and users who do what theirs does not allow."""
    places = {user.username: at for at, user in enumerate(subject.file.model.users)}
    for excess in excesses(subject.organization):
        path: Path = ("users", places[excess.username]) if excess.username in places else ("licences",)
        yield Finding(
            kind="licence-exceeded",
            severity="warning",
            path=path,
            message=excess.words,
            hint="`pbxd licences list` shows who has which",
        )
