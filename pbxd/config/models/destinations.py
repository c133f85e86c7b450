"""Where a call can be sent."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pbxd.config.models.sounds import Prompt
from pbxd.config.scalars import Count, Flag, Name, Number, Seconds, Text
from pbxd.config.section import BY_SHAPE, Section

Key: TypeAlias = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]
DeviceKind: TypeAlias = Literal["desk", "softphone", "browser", "mobile", "third-party"]


class To(Section):
    """``{to: voicemail, after: 20s}``."""

    to: Text
    after: Seconds | None = None
    announce: Prompt | None = None


class Target(Section):
    """One thing to reach, named by its kind: ``{queue: support}``."""

    to: Text | None = None
    number: Number | None = None
    user: Name | None = None
    group: Text | None = None
    queue: Text | None = None
    hunt_group: Text | None = None
    mailbox: Text | None = None
    announce: Prompt | None = None
    dial_extension: Flag | None = None
    menu: Menu | None = None


Destination: TypeAlias = Annotated[Text | Target, BY_SHAPE]
"""A number or a word such as ``switchboard``, or a mapping that names what is reached."""


class MenuTimeout(Section):
    seconds: Seconds = 5
    repeat: Count = 2
    then: Destination | None = None


class Menu(Section):
    prompt: Prompt
    options: dict[Key, Destination] = {}
    timeout: MenuTimeout | None = None


Target.model_rebuild()  # a menu is a target, and its keys reach targets
