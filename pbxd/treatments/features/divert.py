"""Divert calls to a number, always or when nobody answers, or no longer (CODE-7, CODE-16, DIV-1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pbxd.dialplan.numbering import Kind, canonical
from pbxd.org.changes import divert
from pbxd.org.state import DiversionKind
from pbxd.speech.sayings import Digits
from pbxd.treatments.features.asker import Asker, Reply


def set_diversion(kind: DiversionKind) -> Callable[[Asker, str], Awaitable[Reply]]:
    """``*21*NUMBER*``, and for calls when busy ``*61*``, unanswered ``*62*`` and when unreachable ``*63*``."""

    async def perform(asker: Asker, number: str) -> Reply:
        dialled = canonical(number, asker.organization, asker.user)
        if dialled.kind is Kind.INVALID:
            raise asker.refused(404, "no-number", what=number)
        owner = asker.organization.line(dialled.canonical)
        if dialled.kind is Kind.EMERGENCY or (owner is not None and owner.user is asker.user):
            raise asker.refused(403, "not-allowed")
        await asker.change(divert(kind, number))
        return asker.say(f"divert-{kind}", what=number, spoken={"number": Digits(number)})

    return perform


def end_diversion(kind: DiversionKind) -> Callable[[Asker], Awaitable[Reply]]:
    """``#21#*``, ``#61#*``, ``#62#*`` and ``#63#*``."""

    async def perform(asker: Asker) -> Reply:
        await asker.change(divert(kind, None))
        return asker.say("divert-off")

    return perform
