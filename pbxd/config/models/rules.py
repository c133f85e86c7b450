"""Call routing rules, as a sentence or in parts."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from pbxd.config.models.destinations import DeviceKind, Target
from pbxd.config.scalars import Flag, Name, Seconds, Text
from pbxd.config.section import BY_SHAPE, Section


class Condition(Section):
    """What must hold; all of it."""

    working_hours: Flag | None = None
    line: Literal["landline", "mobile", "primary", "secondary"] | None = None
    caller: Text | None = None
    activity: Name | None = None
    role: Name | None = None
    profile: Name | None = None
    in_a_call: Flag | None = None
    number_type: Name | None = None


class Action(Target):
    """One thing to do, with a delay and a duration where they matter."""

    ring: list[DeviceKind | Literal["all"]] = []
    after: Seconds | None = None
    duration: Seconds | None = None
    reject: Text | None = None


class RuleParts(Section):
    when: Condition
    do: Annotated[list[Action], Field(min_length=1)]


Rule: TypeAlias = Annotated[Text | RuleParts, BY_SHAPE]


class Order(Section):
    """Rules that come before the user's own, and after them."""

    required: list[Rule] = []
    overridable: list[Rule] = []


class Rules(Section):
    incoming: Order = Order()
    outgoing: Order = Order()
    fallback: list[Rule] = []
    allowed_destinations: list[Name] | None = None
