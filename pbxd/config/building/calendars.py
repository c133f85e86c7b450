"""Calendar connectors, and which calendar is whose."""

from __future__ import annotations

from collections.abc import Iterable

from pbxd.config.attached import Attached
from pbxd.config.models import presence as files
from pbxd.org.calendars import UNCHANGED, CalendarRule, Connector, UserCalendar


def connectors(models: Iterable[files.Calendar], attached: Attached) -> dict[str, Connector]:
    """By name. Files are beside the organization's file, or where their path says, seen from there."""
    return {
        model.name: Connector(
            name=model.name,
            kind=model.kind,
            url=_url(model.url, attached),
            username=model.username,
            password=model.password,
            every=model.every,
            rules=tuple(map(_rule, model.map)),
            exclude=tuple(map(_rule, model.exclude)),
        )
        for model in models
    }


def user_calendar(model: files.UserCalendar | None) -> UserCalendar | None:
    """Where a user's calendar is, if he has one."""
    return UserCalendar(connector=model.connector, id=model.id) if model is not None else None


def _url(url: str, attached: Attached) -> str:
    if url.startswith("file:"):
        return f"file:{(attached.base / url.removeprefix('file:')).absolute()}"
    return f"https:{url.removeprefix('webcal:')}" if url.startswith("webcal:") else url


def _rule(model: files.CalendarRule) -> CalendarRule:
    return CalendarRule(
        type=model.type, match=model.match or "", activity=_wanted(model.activity), role=_wanted(model.role)
    )


def _wanted(name: str | None) -> str | None:
    return None if name == UNCHANGED else name
