"""Feature codes: what phones dial that is no number (CODE-6 to CODE-16).

A code is a start such as ``*23*`` and arguments, each ended by ``*``: ``*23*1*1300*``. Phones send it as a whole, or
one INVITE for each digit (overlap dialling), where what is not complete yet is answered 484 (RFC 3578 3). A last ``#``
is a send key and counts as a ``*`` where one is missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import unquote

from pbxd.org.codes import ARGUMENTS, CALLS, CODES, NAMES, TAKING, WITH_PIN, Code, Shape
from pbxd.org.organization import Organization

MAX_LENGTH: Final = 64
"""Characters of a dialled code; nothing longer is looked at (SEC-3)."""


@dataclass(frozen=True, slots=True)
class Complete:
    """A whole code was dialled."""

    name: str
    """In ``CODES``, ``CALLS`` or ``TAKING`` of :mod:`pbxd.org.codes`."""
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """More digits may make a code of it."""


Match: TypeAlias = Complete | Incomplete | None


def match(dialled: str, organization: Organization) -> Match:
    """What was dialled as a feature code: the user part of a SIP URI or a ``tel`` number, escapes and parameters
    included. ``None`` for what is none and can't become one.
    """
    if not dialled.startswith(("*", "#", "%")) or len(dialled) > MAX_LENGTH:
        return None
    text = unquote(dialled.partition(";")[0]).translate(_SEPARATORS)
    found = _match(text, organization.feature_codes)
    if isinstance(found, Complete) or not text.endswith("#"):
        return found
    for sent in (text[:-1], f"{text[:-1]}*"):  # the send key, on top of the last * or in its place
        complete = _match(sent, organization.feature_codes)
        if isinstance(complete, Complete):
            return complete
    return found


_SEPARATORS = str.maketrans("", "", " -.()")


def without_pin(dialled: str, organization: Organization) -> tuple[str, str]:
    """What was dialled with zeros for the PIN that it holds, and the PIN; anything else as it is, and nothing.

    Where digits are dialled one by one, what there is of the PIN.
    """
    code = NAMES[WITH_PIN]
    start = organization.feature_codes.get(WITH_PIN, code.start)
    if not dialled.startswith(("*", "#", "%")) or len(dialled) > MAX_LENGTH:
        return dialled, ""
    text = unquote(dialled.partition(";")[0]).translate(_SEPARATORS)
    found = re.fullmatch(rf"({re.escape(start)}[0-9]+\*)([0-9]+)([*#]{{0,2}})", text)
    if found is None:
        return dialled, ""
    return f"{found[1]}{'0' * len(found[2])}{found[3]}", found[2]


def _match(text: str, configured: Mapping[str, str]) -> Match:
    found: Match = None
    for codes in (CODES, CALLS, TAKING):
        for name, code in codes.items():
            start = configured.get(name, code.start)
            if text.startswith(start):
                found = _arguments(name, code, text[len(start) :])
                if found is not None:
                    return found
            elif start.startswith(text):
                found = Incomplete()
    return found


def _arguments(name: str, code: Code, text: str) -> Match:
    *whole, rest = text.split("*")
    for shape in code.shapes:
        if len(whole) == len(shape) and not rest and _fit(whole, shape):
            return Complete(name, tuple(whole))
    return Incomplete() if any(_may_become(whole, rest, shape) for shape in code.shapes) else None


def _fit(whole: list[str], shape: Shape) -> bool:
    return all(re.fullmatch(ARGUMENTS[kind], text) for kind, text in zip(shape, whole, strict=True))


def _may_become(whole: list[str], rest: str, shape: Shape) -> bool:
    """Whether more digits can complete the arguments."""
    if len(whole) >= len(shape) or not re.fullmatch(r"\+?[0-9]*", rest):
        return False
    return _fit(whole, shape[: len(whole)])
