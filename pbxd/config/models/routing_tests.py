"""Files of ``tests/``: what must hold for calls."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, RootModel

from pbxd.config.scalars import Flag, Moment, Name, Number, OneOrMore, Text
from pbxd.config.section import Section


class When(Section):
    caller: Annotated[Text, Field(alias="from")]
    to: Text
    at: Moment | None = None
    as_if: dict[Name, Text] = {}


class Expected(Section):
    """One step of what happens; keys that are not given are not looked at."""

    rings: list[Name] | None = None
    plays: Name | None = None
    voicemail: Text | None = None
    queue: Text | None = None
    rejected: Text | None = None
    trunk: Name | None = None
    number: Number | None = None
    presents: Number | None = None
    emergency: Flag | None = None


class RoutingTest(Section):
    name: Text
    when: When
    expect: Annotated[list[Expected], OneOrMore]


class RoutingTests(RootModel[list[RoutingTest]]):
    """The whole file: a list of tests."""
