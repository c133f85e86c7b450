"""Where a call can be sent."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import model_validator

from pbxd.config.models.sounds import Prompt
from pbxd.config.scalars import Count, Flag, Language, Name, Number, Seconds, Text, reading, wrong
from pbxd.config.section import BY_SHAPE, Section
from pbxd.org import rules
from pbxd.org.destination import DestinationError, target

Key: TypeAlias = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]
DeviceKind: TypeAlias = Literal["desk", "softphone", "browser", "mobile", "third-party"]


def _where(text: str) -> rules.Target:
    try:
        return target(text)
    except DestinationError as error:
        raise wrong(str(error), error.hint) from error


Where: TypeAlias = Annotated[
    rules.Target, reading("where a call can go, such as `voicemail`, `switchboard`, `1501` or `queue support`", _where)
]


class To(Section):
    """``{to: voicemail, after: 20s}``."""

    to: Where
    after: Seconds | None = None
    announce: Name | None = None

    @model_validator(mode="after")
    def _announced(self) -> To:
        if self.announce is not None and not isinstance(self.to, rules.ToVoicemail):
            raise wrong("only voicemail is announced", "leave `announce` out", key="announce")
        return self


class Place(Section):
    """One thing to reach, named by its kind: ``{queue: support}``."""

    to: Where | None = None
    number: Number | None = None
    user: Name | None = None
    group: Text | None = None
    queue: Text | None = None
    hunt_group: Text | None = None
    mailbox: Text | None = None
    announce: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Place:
        if type(self) is Place and len(self.model_fields_set) != 1:
            raise wrong("must name one thing to reach", f"one of {', '.join(self.known_keys())}")
        return self


class Target(Place):
    """One thing to reach, from a menu or queue."""

    announce: Prompt | None = None  # type: ignore[assignment]
    then: Destination | None = None
    """After ``announce``."""
    dial_extension: Flag | None = None
    language: Language | None = None
    again: Flag | None = None
    back: Flag | None = None
    menu: Menu | None = None

    @model_validator(mode="after")
    def _one_and_then(self) -> Target:
        given = self.model_fields_set - {"then"}
        if len(given) != 1:
            keys = [key for key in self.known_keys() if key != "then"]
            raise wrong("must name one thing to reach", f"one of {', '.join(keys)}")
        if self.then is not None and self.announce is None:
            raise wrong("only an announcement has something after it", "leave `then` out", key="then")
        return self


Destination: TypeAlias = Annotated[Where | Target, BY_SHAPE]
"""A number or a word such as ``switchboard``, or a mapping that names what is reached."""


class MenuTimeout(Section):
    seconds: Seconds = 5
    repeat: Count = 2
    then: Destination | None = None


class WrongKey(Section):
    prompt: Prompt | None = None
    then: Destination | None = None


class Menu(Section):
    prompt: Prompt
    options: dict[Key, Destination] = {}
    dial_extension: Flag = False
    timeout: MenuTimeout | None = None
    wrong_key: WrongKey | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Menu:
        if self.dial_extension and self.options:
            raise wrong("a caller who dials an extension has no other options", "leave `options` out", key="options")
        return self


Target.model_rebuild()  # a menu is a target, and its keys reach targets
