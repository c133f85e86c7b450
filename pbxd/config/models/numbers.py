"""Number ranges, conversions, types, barring and presented numbers."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from pbxd.config.models.destinations import To, Where
from pbxd.config.models.rules import Judged
from pbxd.config.scalars import (
    Count,
    Country,
    Digits,
    DigitSpan,
    Flag,
    Name,
    Number,
    Positive,
    Prefix,
    Text,
    reading,
    wrong,
)
from pbxd.config.section import BY_SHAPE, Section


class Range(Section):
    first: Annotated[Number, Field(alias="from")]
    last: Annotated[Number, Field(alias="to")]
    dialable_from_ivr: Flag = False


class Conversion(Section):
    prefix: Prefix
    digits: Annotated[Count | Literal["any"], Field(union_mode="left_to_right")] | None = None
    only: list[DigitSpan] = []
    rewrite: Prefix

    @model_validator(mode="after")
    def _as_long(self) -> Conversion:
        if isinstance(self.digits, int) and any(len(first) != self.digits for first, _ in self.only):
            raise wrong(f"must have {self.digits} digits, as `digits` says", "write `07-15`, not `7-15`", key="only")
        return self


class Conversions(Section):
    """What becomes of numbers that are dialled."""

    template: Country | None = None
    own: list[Conversion] = []
    never: list[Digits] = []


class NumberType(Section):
    prefixes: list[Prefix] = []
    excepted: Annotated[list[Prefix], Field(alias="except")] = []
    csv: Text | None = None
    mode: Literal["add", "replace"] = "add"


class Denied(Section):
    types: list[Name] = []
    prefixes: list[Prefix] = []


class Limited(Section):
    types: list[Name]
    simultaneous: Positive | None = None
    per_hour: Positive | None = None


class Barring(Section):
    name: Name
    deny: Denied | None = None
    allow_only: Denied | None = None
    limit: Limited | None = None
    when: Judged | None = None
    announce: Name | None = None


class DisplayNumber(Section):
    number: Number
    users: list[Name] = []
    groups: list[Text] = []
    queue: Text | None = None
    agents: Flag = False
    supervisors: Flag = False


def _location_uri(text: str) -> str:
    if not re.fullmatch(r"(https|sip|sips|pres):[!-;=?-~]+", text):  # visible ASCII but < and >
        raise wrong("must be a URI by which a location is looked up", "one of https:, pres:, sip:, sips:")
    return text


LocationUri: TypeAlias = Annotated[str, reading("a URI", _location_uri)]


class Emergency(Section):
    callback_number: Number
    location: Text | None = None
    location_uri: LocationUri | None = None
    notify: list[Name] = []


class Unassigned(Section):
    to: Annotated[Where | To, BY_SHAPE] | None = None
    announce: Name | None = None
    reject: Text | None = None
