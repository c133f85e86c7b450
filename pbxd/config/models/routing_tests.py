"""Files of ``tests/``: what must hold for calls."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

from pbxd.config.scalars import Flag, Moment, Name, Number, OneOrMore, Seconds, Text
from pbxd.config.section import Section


class When(Section):
    caller: Annotated[Text, Field(alias="from")]
    to: Text
    at: Moment | None = None
    as_if: dict[Name, Text] = {}
    organization: Name | None = None
    outcomes: list[Literal["answered", "busy", "no-answer", "declined", "unreachable", "skipped"]] = []


class Expected(Section):
    """One step of what happens; keys that are not given are not looked at."""

    rings: list[Name] | None = None
    plays: Name | None = None
    voicemail: Text | None = None
    queue: Text | None = None
    mailbox: Text | None = None
    menu: Text | None = None
    room: Text | None = None
    rejected: Text | None = None
    after: Seconds | None = None
    seconds: Seconds | None = None
    shows: Text | None = None
    trunk: Name | None = None
    number: Number | None = None
    presents: Number | Literal["hidden"] | None = None
    emergency: Flag | None = None


class RoutingTest(Section):
    name: Text
    when: When
    expect: Annotated[list[Expected], OneOrMore]


class RoutingTests(RootModel[list[RoutingTest]]):
    """The whole file: a list of tests."""
