"""What a decision does from one step to the next: look for a rule, carry one out, follow up a failure, or be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pbxd.dialplan.order import Entry
from pbxd.dialplan.situation import Place
from pbxd.dialplan.treatment import Busy, Declined, NoAnswer, Reject, Treatment, Unreachable
from pbxd.org.rules import OutcomeKind

Failure: TypeAlias = Busy | NoAnswer | Declined | Unreachable


@dataclass(frozen=True, slots=True)
class Search:
    """Look for the next rule that matches, from the one after ``beyond`` on."""

    place: Place
    beyond: str = ""
    outcome: Failure | None = None
    """What the call has come to before; ``None``: nothing was tried, or nobody asks any more what came of it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Carry out a rule from the place's step on."""

    place: Place
    entry: Entry
    outcome: Failure | None = None
    """What it reacts to."""


@dataclass(frozen=True, slots=True)
class CameOut:
    """Something was tried and failed: who reacts to it?"""

    place: Place
    outcome: Failure


@dataclass(frozen=True, slots=True)
class Done:
    """The treatment is found; ``None``: nothing is left to do."""

    place: Place
    treatment: Treatment | None


Move: TypeAlias = Search | Run | CameOut | Done

NOT_FOUND = Unreachable(status=404, reason="Not Found")


def refused(place: Place, status: int, reason: str, result: str) -> Done:
    """The end of the call, with a final response."""
    return Done(place, Reject(status=status, reason=reason, result=result))


def kind_of(outcome: Failure) -> OutcomeKind:
    """The word that rules have for it."""
    match outcome:
        case Busy():
            return "busy"
        case NoAnswer():
            return "no-answer"
        case Declined():
            return "declined"
        case Unreachable():
            return "unreachable"
