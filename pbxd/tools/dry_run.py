"""A call that is not made: every decision it would take, with supposed outcomes, by the function of the live call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pbxd.dialplan.router import Decision, decide
from pbxd.dialplan.situation import Facts, Situation
from pbxd.dialplan.treatment import (
    Busy,
    Completed,
    Declined,
    NoAnswer,
    Outcome,
    Reject,
    Ring,
    Skipped,
    Treatment,
    Unreachable,
)
from pbxd.errors import PbxdError

OUTCOMES: dict[str, Outcome] = {
    "answered": Completed(reason="they talked"),
    "busy": Busy(),
    "no-answer": NoAnswer(),
    "declined": Declined(),
    "unreachable": Unreachable(),
    "skipped": Skipped(),
}
"""What can be supposed to come of a treatment, by its word."""
ENDLESS = 500
"""Turns after which a call is taken for endless: far more than any accepted configuration makes."""


class Endless(PbxdError):
    """A call that does not end: a bug of the router, never of a configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DryTurn:
    """One decision, when it would be taken, and what it is supposed to come to."""

    after: float
    """Seconds after the call came in."""
    decision: Decision
    outcome: Outcome | None
    """``None`` of the last one."""


def dry_run(situation: Situation, facts: Facts, now: float, outcomes: Sequence[Outcome] = ()) -> list[DryTurn]:
    """Decide until the call is over.

    ``outcomes`` are those of the phones that ring, in order; where they are used up, nobody answers. A caller listens
    to what there is to hear until its end. Raises :class:`Endless`.
    """
    turns: list[DryTurn] = []
    supposed = iter(outcomes)
    after = 0.0
    while len(turns) < ENDLESS:
        decision = decide(situation, facts, now + after)
        treatment = decision.treatment
        outcome = _outcome(treatment, supposed)
        turns.append(DryTurn(after=after, decision=decision, outcome=outcome))
        if treatment is None or outcome is None:
            return turns
        if isinstance(outcome, Completed):
            return turns
        if isinstance(treatment, Ring) and isinstance(outcome, NoAnswer):
            after += treatment.seconds
        situation = situation.after(decision, outcome)
    raise Endless(f"{situation.dialled} is not decided to an end in {ENDLESS} turns")


def _outcome(treatment: Treatment | None, supposed: Iterator[Outcome]) -> Outcome | None:
    match treatment:
        case None | Reject():
            return None
        case Ring():
            return next(supposed, NoAnswer())
        case _:
            heard = next(supposed, None)
            return heard if isinstance(heard, Skipped) else Completed(reason="the caller heard it")
