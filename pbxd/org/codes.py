"""Feature codes: their names, what they begin with, and what they take (CODE-1 to CODE-16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Shape: TypeAlias = tuple[str, ...]
"""Names of arguments; see :data:`ARGUMENTS`."""

ARGUMENTS: Final[Mapping[str, str]] = {
    "code": "[0-9]{1,8}",
    "number": r"\+?[0-9]{1,32}",
    "extension": "[0-9]{1,32}",
    "clock": "[0-9]{4}",
    "day": "[0-9]{4}",
    "pin": "[0-9]{4,16}",
}
"""What an argument consists of: the code of an activity, role, profile or shortcut; a number as dialled; a colleague's;
HHMM; DDMM; a PIN."""


@dataclass(frozen=True, slots=True)
class Code:
    """One feature: what it begins with unless configured, and which arguments it takes."""

    start: str
    shapes: tuple[Shape, ...] = ((),)


CODES: Final[Mapping[str, Code]] = {
    "show-number": Code("*30*", (("number",),)),
    "hide-number": Code("#30#*"),
    "usual-number": Code("*30#*"),
    "profile": Code("*20*", (("code",),)),
    "divert": Code("*21*", (("number",),)),
    "divert-off": Code("#21#*"),
    "divert-busy": Code("*61*", (("number",),)),
    "divert-busy-off": Code("#61#*"),
    "divert-no-answer": Code("*62*", (("number",),)),
    "divert-no-answer-off": Code("#62#*"),
    "divert-unreachable": Code("*63*", (("number",),)),
    "divert-unreachable-off": Code("#63#*"),
    "night-override": Code("*22*"),
    "night-override-off": Code("#22#*"),
    "activity": Code("*23*", (("code",), ("code", "clock"))),
    "role": Code("*24*", (("code",),)),
    "plan-activity": Code("*26*", (("code", "day", "clock", "clock"),)),
    "extend-hours": Code("*27*", (("clock",),)),
    "absence": Code("*28*", (("code", "day", "clock"),)),
    "absence-off": Code("#28#*"),
    "shortcut": Code("*29*", (("code",),)),
    "queue-login": Code("*11*", (("code",), ("code", "extension"), ())),
    "queue-logout": Code("**11*", (("code",), ("code", "extension"), ())),
    "pause": Code("*12*"),
    "pause-off": Code("**12*"),
    "park": Code("*85*"),
    "transfer": Code("*70*", (("number",),)),
    "seat-login": Code("*57*", (("extension", "pin"),)),
    "seat-logout": Code("#57#*"),
    "record-prompts": Code("*72*", (("code",),)),
    "record": Code("*69*"),
    "record-pause": Code("#69#*"),
}
"""The features that change what a user has set, or do something with his call; by their names in ``feature_codes``."""

CALLS: Final[Mapping[str, Code]] = {
    "show-once": Code("*31*", (("number",),)),
    "hide-once": Code("#31#", (("number",),)),
    "bypass-diversion": Code("*60*", (("number",),)),
    "call-in-role": Code("*25*", (("code", "number"),)),
    "voicemail": Code("*1*", (("extension",),)),
    "queue-help": Code("*13*"),
}
"""Codes that place a call: the last argument is the number that is called, where there is one."""

TAKING: Final[Mapping[str, Code]] = {
    "pickup": Code("*8*"),
    "pickup-extension": Code("*9*", (("extension",),)),
    "move-call": Code("*7*"),
    "conference": Code("*71*"),
    "intrude": Code("*65*", (("extension",),)),
    "listen": Code("*66*", (("extension",),)),
    "whisper": Code("*67*", (("extension",),)),
    "barge": Code("*68*", (("extension",),)),
    "retrieve": Code("*86*", (("extension",), ())),
}
"""Codes that bring calls to the phone that dials them, its calls together, or the phone into another's call."""

NAMES: Final[Mapping[str, Code]] = {**CODES, **CALLS, **TAKING}


WITH_PIN: Final = "seat-login"
"""The code whose last argument is nobody else's business."""


def starts(configured: Mapping[str, str]) -> dict[str, str]:
    """What each feature's code begins with in an organization that says this under ``feature_codes``."""
    return {name: configured.get(name, code.start) for name, code in NAMES.items()}


def clashes(configured: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of features that could not be told apart while they are dialled: one's start begins the other's.

    Of each pair the first is configured.
    """
    found = starts(configured)
    for name in configured:
        for other, start in found.items():
            mine = found.get(name)
            if other == name or mine is None or (other in configured and other < name):
                continue
            if mine.startswith(start) or start.startswith(mine):
                yield name, other
