"""What ends differently under another configuration (TOOL-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.situation import FromDevice, Situation
from pbxd.dialplan.supposed import Supposed
from pbxd.tools.diff.asked import Asked, grid, recorded
from pbxd.tools.dry_run import DryTurn, dry_run
from pbxd.tools.steps import Step, steps
from pbxd.tools.telling import Names, told

__all__ = ["Asked", "Change", "Difference", "changes", "compare", "grid", "recorded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One call that ends differently."""

    asked: Asked
    old: str
    """What happens, in words that name the called party's own phones and mailbox as theirs."""
    new: str
    trails: tuple[str, str]
    """The first line of each trail in which they differ; empty where one trail ends before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Calls that end differently in the same way."""

    old: str
    new: str
    count: int
    example: Difference


def compare(old: Configuration, new: Configuration, calls: Iterable[Asked]) -> Iterator[Difference]:
    """The calls that end differently, on a quiet day: nobody has set anything, and nobody answers."""
    before, after = _Side(old), _Side(new)
    for asked in calls:
        first, second = before.turns(asked), after.turns(asked)
        one, other = before.ends(first), after.ends(second)
        if one != other:
            plain = _without_details(one), _without_details(other)
            shown = plain if plain[0] != plain[1] else (one, other)
            old_words, new_words = (
                told(happens, side.names(asked.situation)) for happens, side in zip(shown, (before, after), strict=True)
            )
            yield Difference(asked=asked, old=old_words, new=new_words, trails=_apart(first, second))


def changes(differences: Iterable[Difference]) -> list[Change]:
    """The differences by what becomes of what, the most frequent first."""
    found: dict[tuple[str, str], Change] = {}
    for one in differences:
        known = found.get((one.old, one.new))
        count = one.asked.count + (known.count if known is not None else 0)
        example = known.example if known is not None else one
        found[one.old, one.new] = Change(old=one.old, new=one.new, count=count, example=example)
    return sorted(found.values(), key=lambda change: -change.count)


class _Side:
    """One of the two configurations."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._facts = Supposed(organizations=configuration.organizations, by_name=configuration.trunks)

    def turns(self, asked: Asked) -> list[DryTurn] | None:
        """Every decision; ``None`` where there is no such caller."""
        source = asked.situation.source
        organization = self._configuration.organizations.get(source.organization)
        if organization is None:
            return None
        if isinstance(source, FromDevice) and organization.owner(source.device) is None:
            return None
        if isinstance(source, FromDevice) and source.user not in organization.users:
            return None
        return dry_run(asked.situation, self._facts, asked.at)

    def ends(self, turns: list[DryTurn] | None) -> list[Step] | None:
        return steps(turns, self._configuration) if turns is not None else None

    def names(self, situation: Situation) -> Names:
        """What is the called party's own."""
        organization = self._configuration.organizations.get(situation.source.organization)
        owner = organization.line(situation.dialled) if organization is not None else None
        if owner is None:
            return Names()
        return Names(user=owner.user.username, devices=frozenset(one.name for one in owner.user.devices))


def _without_details(happens: list[Step] | None) -> list[Step] | None:
    """What tells calls apart that end differently in the same way: who is shown, and when a step begins."""
    if happens is None:
        return None
    return [replace(step, presents=None, shows=None, after=0.0) for step in happens]


def _apart(first: list[DryTurn] | None, second: list[DryTurn] | None) -> tuple[str, str]:
    for one, other in zip_longest(_lines(first), _lines(second), fillvalue=""):
        if one != other:
            return one, other
    return "", ""


def _lines(turns: list[DryTurn] | None) -> Iterator[str]:
    if turns is None:
        yield "call: there is no such caller"
    for turn in turns or ():
        yield from turn.decision.trail
        if turn.decision.treatment is not None:
            yield f"=>: {turn.decision.treatment}"
