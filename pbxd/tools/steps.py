"""What a call comes to, step by step, in the words of routing tests: ``rings``, ``plays``, ``voicemail`` (TOOL-2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.numbering import from_trunk
from pbxd.dialplan.router import Decision
from pbxd.dialplan.treatment import (
    DeviceTarget,
    Mailbox,
    Menu,
    Park,
    Play,
    Presentation,
    Recall,
    Reject,
    Ring,
    Room,
    TakeOver,
    TrunkTarget,
    Visit,
    Voicemail,
    Wait,
)
from pbxd.tools.dry_run import DryTurn

REJECTED = {603: "declined", 486: "busy", 403: "barred", 404: "not-found", 480: "unavailable", 482: "loop", 483: "loop"}
"""The word for a rejection, by status; another one is its reason phrase."""
SHORT = 6
"""Digits of numbers that no country code belongs to: emergency numbers, and others that go out as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens. What is ``None`` does not belong to it."""

    after: float = 0.0
    """Seconds after the call came in."""
    rings: tuple[str, ...] | None = None
    """Devices."""
    seconds: float | None = None
    """How long it rings."""
    trunk: str | None = None
    number: str | None = None
    """Canonical number beyond the trunk."""
    presents: str | None = None
    """Canonical number that is shown."""
    shows: str | None = None
    """Name that is shown."""
    emergency: bool | None = None
    plays: str | None = None
    voicemail: str | None = None
    mailbox: str | None = None
    """Mailbox that is opened."""
    queue: str | None = None
    menu: str | None = None
    room: str | None = None
    rejected: str | None = None

    def said(self) -> dict[str, object]:
        """What it says, by key, for programs."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in found.items() if value is not None
        }


def steps(turns: Iterable[DryTurn], configuration: Configuration) -> list[Step]:
    """The steps of a dry run, in order."""
    return [step for turn in turns for step in _of(turn.decision, turn.after, configuration)]


def _of(decision: Decision, after: float, configuration: Configuration) -> Iterator[Step]:
    match decision.treatment:
        case None:
            return
        case Ring() as ring:
            yield from _ringing(ring, decision, after, configuration)
        case Recall(ring=ring):
            yield from _ringing(ring, decision, after, configuration)
        case Voicemail(announce=announce, mailbox=mailbox):
            if announce is not None:
                yield Step(after=after, plays=str(announce))
            yield Step(after=after, voicemail=mailbox)
        case Mailbox(mailbox=mailbox):
            yield Step(after=after, mailbox=mailbox)
        case Play(sound=sound):
            yield Step(after=after, plays=str(sound))
        case Wait(queue=queue):
            yield Step(after=after, queue=queue)
        case Menu(menu=menu):
            yield Step(after=after, menu=menu)
        case Room(room=room):
            yield Step(after=after, room=room or None)
        case Reject(status=status, reason=reason, announce=announce):
            if announce is not None:
                yield Step(after=after, plays=str(announce))
            yield Step(after=after, rejected=REJECTED.get(status, reason))
        case TakeOver() | Visit() | Park():
            yield Step(after=after)


def _ringing(ring: Ring, decision: Decision, after: float, configuration: Configuration) -> Iterator[Step]:
    """The devices that ring together, each number outside, and what rings later."""
    for moment in sorted({target.after for target in ring.targets}):
        together = [target for target in ring.targets if target.after == moment]
        devices = tuple(target.device for target in together if isinstance(target, DeviceTarget))
        seconds = ring.seconds - moment
        if devices:
            shown = ring.presents
            yield Step(
                after=after + moment, rings=devices, seconds=seconds, presents=shown.number, shows=shown.name or None
            )
        for target in together:
            if isinstance(target, TrunkTarget):
                yield _outside(target, ring, decision, after + moment, configuration)


def _outside(target: TrunkTarget, ring: Ring, decision: Decision, after: float, configuration: Configuration) -> Step:
    presents = target.presents or ring.presents
    return Step(
        after=after,
        trunk=target.trunk,
        number=_canonical(target.number, target.trunk, decision, configuration),
        presents=_shown(presents, target.trunk, decision, configuration),
        shows=presents.name or None,
        seconds=ring.seconds - target.after,
        emergency=True if ring.emergency else None,
    )


def _shown(presents: Presentation, trunk: str, decision: Decision, configuration: Configuration) -> str:
    return "hidden" if presents.hidden else _canonical(presents.number, trunk, decision, configuration)


def _canonical(number: str, trunk: str, decision: Decision, configuration: Configuration) -> str:
    """What the trunk gets, written as everywhere else."""
    if decision.called == f"+{number}":
        return decision.called
    if len(number) <= SHORT or not number.isdigit():
        return number
    number_format = configuration.trunks[trunk].number_format
    if number_format == "e164":
        return f"+{number}"
    organization = configuration.organizations[decision.place.hop.organization]
    return from_trunk(number, number_format, organization.country)
