"""Call routing rules, as a sentence or in parts."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field, model_validator

from pbxd.config.hints import nearest
from pbxd.config.models.destinations import DeviceKind, Place
from pbxd.config.scalars import Date, Flag, OneOrMore, Seconds, Text, Weekdays, reading, shown, wrong
from pbxd.config.section import BY_SHAPE, Section
from pbxd.org import rules as org
from pbxd.org import sentence
from pbxd.org.scope import KINDS


def _sentence(text: str) -> org.Rule:
    try:
        return sentence.read(text)
    except sentence.SentenceError as error:
        raise wrong(str(error), error.hint) from error


def _condition(text: str) -> org.Condition:
    try:
        return sentence.read_condition(text)
    except sentence.SentenceError as error:
        raise wrong(str(error), error.hint) from error


Sentence: TypeAlias = Annotated[org.Rule, reading("a rule", _sentence)]
When: TypeAlias = Annotated[org.Condition, reading("a condition", _condition)]
"""A condition as a sentence: ``night mode is on``."""


def _caller(text: str) -> org.Condition:
    kinds: tuple[org.CallerKind, ...] = get_args(org.CallerKind)
    for kind in kinds:
        if text == kind:
            return org.CallerIs(kind)
    if text.removeprefix("+").isdecimal():
        return org.CallerNumber(text)
    raise wrong(f"`{text}` is no caller", nearest(text, kinds) or f"write a number, or one of {', '.join(kinds)}")


Caller: TypeAlias = Annotated[org.Condition, reading("a number or a kind of caller", _caller)]


class Dates(Section):
    first: Annotated[Date, Field(alias="from")]
    last: Annotated[Date, Field(alias="to")]


def _times(text: str) -> tuple[time, time]:
    start, _, end = (part.strip() for part in text.partition("-"))
    return time.fromisoformat(start.zfill(5)), time.fromisoformat("00:00" if end == "24:00" else end.zfill(5))


Times: TypeAlias = Annotated[tuple[time, time], reading("a span such as `08:00-16:00`", _times)]


class Condition(Section):
    """What must hold; all of it."""

    all_of: Annotated[list[Judged], Field(min_length=1)] | None = None
    any_of: Annotated[list[Judged], Field(min_length=1)] | None = None
    negated: Annotated[Judged | None, Field(alias="not")] = None
    always: Flag | None = None
    call: Literal["received", "made"] | None = None
    line: org.LineKind | None = None
    caller: Caller | None = None
    caller_number: Text | None = None
    caller_prefix: Text | None = None
    caller_type: Text | None = None
    caller_group: Text | None = None
    called: Text | None = None
    called_prefix: Text | None = None
    number_type: Text | None = None
    in_a_call: Flag | None = None
    no_phone: Flag | None = None
    activity: Text | None = None
    role: Text | None = None
    profile: Text | None = None
    available: Flag | None = None
    working_hours: Flag | None = None
    night_mode: Flag | None = None
    schedule: Text | None = None
    dates: Annotated[Date | Dates, BY_SHAPE] | None = None
    time: Times | None = None
    days: Annotated[list[Weekdays], Field(min_length=1), OneOrMore] | None = None
    diverted: Flag | None = None
    outcome: org.OutcomeKind | None = None
    device: org.RingKind | None = None


Judged: TypeAlias = Annotated[When | Condition, BY_SHAPE]
"""A condition as a sentence, or in parts."""
Condition.model_rebuild()


class Action(Place):
    """One thing to do, with a delay and a duration where they matter."""

    number: Text | None = None
    ring: Annotated[list[DeviceKind | Literal["all"]], Field(min_length=1), OneOrMore] | None = None
    menu: Text | None = None
    voicemail: Text | None = None
    record: Flag = True
    reject: Text | None = None
    show_number: Text | None = None
    show_text: Text | None = None
    language: Text | None = None
    recording: Flag | None = None
    after: Seconds | None = None
    duration: Seconds | None = None
    joins: Flag = False

    @model_validator(mode="after")
    def _possible(self) -> Action:
        given = [key for key in TARGETS if getattr(self, key) is not None]
        if len(given) > 1:
            raise wrong(f"`{given[0]}` and `{given[1]}` are two targets", "make two steps of them", key=given[1])
        if not given and self.announce is None:
            raise wrong("must name one target", f"one of {', '.join(TARGETS)}, announce")
        voicemail = self.voicemail is not None or isinstance(self.to, org.ToVoicemail)
        if given and self.announce is not None and not voicemail:
            raise wrong("`announce` goes with voicemail, or is a step of its own", key="announce")
        if not self.record and not voicemail:
            raise wrong("`record` goes with voicemail", key="record")
        return self


PLACES = ("to", "ring", "user", "group", "number", "queue", "hunt_group", "menu", "voicemail", "mailbox", "reject")
TARGETS = (*PLACES, "show_number", "show_text", "language", "recording")
"""The keys that name a target: each step has one, or ``announce`` alone."""


class RuleParts(Section):
    when: Judged | None = None
    do: Annotated[list[Action], Field(min_length=1)]

    @model_validator(mode="after")
    def _begins(self) -> RuleParts:
        if self.do[0].joins:
            raise wrong("the first step has nothing to join", "leave `joins` out", key="do")
        return self


Rule: TypeAlias = Annotated[Sentence | RuleParts, BY_SHAPE]


class Order(Section):
    """Rules that come before the user's own, and after them."""

    required: list[Rule] = []
    overridable: list[Rule] = []


def _allowed(text: str) -> str:
    if text not in KINDS:
        raise wrong(f"`{shown(text)}` is no kind of destination", nearest(text, KINDS) or ", ".join(sorted(KINDS)))
    return text


Allowed: TypeAlias = Annotated[str, reading("a kind of destination", _allowed)]


class Rules(Section):
    incoming: Order = Order()
    outgoing: Order = Order()
    fallback: list[Rule] = []
    allowed_destinations: list[Allowed] | None = None
