"""A call of the ledger decided once more: the same words, or something has changed (TOOL-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.basis import Basis, Remembered
from pbxd.dialplan.router import Decision
from pbxd.dialplan.situation import Situation
from pbxd.dialplan.transfers import next_decision
from pbxd.errors import PbxdError
from pbxd.events import CallEvent, RouteDecided


class ReplayError(PbxdError):
    """A call that can't be decided again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One decision, as it was and as it is now."""

    was: RouteDecided
    now: Decision

    @property
    def same(self) -> bool:
        """Whether the same was decided for the same reasons."""
        return (self.was.treatment, self.was.called, self.was.trail) == (
            str(self.now.treatment),
            self.now.called,
            self.now.trail,
        )


def replay(events: Iterable[CallEvent], configuration: Configuration) -> list[Replayed]:
    """Every decision of a call made again, with what was live then, by ``configuration``.

    It need not be the one that decided; :attr:`Replayed.same` tells what it changes. Raises :class:`ReplayError` where
    the events don't say what the decisions were made from.
    """
    replayed: list[Replayed] = []
    situation: Situation | None = None
    for event in events:
        if not isinstance(event, RouteDecided):
            continue
        try:
            basis = Basis.from_json(event.basis)
        except ValueError:
            raise ReplayError(f"the ledger doesn't say what step {event.turn + 1} was decided from") from None
        if basis.situation is not None:
            situation = basis.situation
        elif situation is not None and basis.outcome is not None:
            situation = situation.after(replayed[-1].now, basis.outcome)
        if situation is None:
            raise ReplayError("it has lost its beginning")
        organization = situation.source.organization
        if organization not in configuration.organizations:
            raise ReplayError(f"there is no organization {organization} any more")
        facts = Remembered(configuration=configuration, reads=basis.reads)
        replayed.append(Replayed(was=event, now=next_decision(situation, facts, basis.now)))
    return replayed
