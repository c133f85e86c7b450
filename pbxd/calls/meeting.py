"""Whom a party believes that it talks to, and what it is told when that is somebody else now (RFC 4916, RFC 3325).

An INVITE of ours has said who calls, and who dialled a number gets whom that number means: those need not be told. They
are after a transfer, when a call was picked up or retrieved, and when somebody goes on at another phone.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, TypeAlias

from pbxd.calls.identity import connected_to_device, connected_to_trunk
from pbxd.dialplan.presentation import caller, inside, outside, to_linked
from pbxd.dialplan.situation import FromDevice, FromTrunk, Shown, Situation, Source
from pbxd.dialplan.treatment import Presentation
from pbxd.dialplan.view import View

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.leg import Leg
    from pbxd.calls.world import World
    from pbxd.org.organization import Organization

Pairs: TypeAlias = tuple[tuple[str, str], ...]


class Meeting:
    """What one party knows of the other."""

    __slots__ = ("_kernel", "_knows", "_of", "_travelled")

    def __init__(self, leg: Leg, kernel: Kernel) -> None:
        self._kernel = kernel
        self._of = weakref.ref(leg)  # which is the one that has this, and need not wait for the garbage collector
        self._knows: Source | None = None
        """``None``: it dialled a number, and takes whoever answers for whom it wanted."""
        self._travelled = False
        """Whether it has come from another call."""

    def expects(self, source: Source) -> None:
        """The party's INVITE says that ``source`` calls."""
        self._knows = source

    def moved(self) -> None:
        """The party is in another call now."""
        self._travelled = True

    def meets(self, other: Leg) -> None:
        """The party talks to ``other`` from here on; it will be told, where it could not know."""
        leg = self._of()
        if leg is None or leg.owner is None:
            return
        knows, self._knows = self._knows, other.source
        unexpected = self._travelled or other.meeting.travelled if knows is None else not same(knows, other.source)
        if unexpected:
            leg.offers.news(introduction(leg, other, leg.owner.facts, self._kernel))

    @property
    def travelled(self) -> bool:
        """Whether the party has come from another call."""
        return self._travelled


def same(one: Source, other: Source) -> bool:
    """Whether both are the same person or number, as far as the other end can see."""
    match one, other:
        case FromDevice(), FromDevice():
            return (one.organization, one.user) == (other.organization, other.user)
        case FromTrunk(), FromTrunk():
            return (one.trunk, one.number) == (other.trunk, other.number)
        case _:
            return False


def introduction(to: Leg, other: Leg, facts: World, kernel: Kernel) -> Pairs:
    """The headers that tell the party of ``to`` that it talks to that of ``other``.

    Phones of ours are told what they would have been shown of a call, trusted trunks what the world sees.
    """
    home = facts.configuration.organizations.get(to.source.organization)
    if home is None or not _is_known(other.source, facts):
        return ()  # a reload has taken one of them away
    if to.trunk is None and isinstance(to.source, FromDevice):
        return connected_to_device(presented_inside(other.source, home, facts), home.domain)
    trunk = to.trunk.trunk if to.trunk is not None else facts.configuration.trunks.get(_trunk_of(to.source))
    dialog = to.dialog
    if trunk is None or not trunk.trusted or dialog is None:
        return ()
    domain = trunk.account.domain if trunk.account is not None else kernel.endpoint.sockets.advertised(dialog.flow)[0]
    view = View(facts=facts, now=kernel.wall, organization=home, source=other.source, caller="", called="")
    seen = caller(_called_by(other.source), view, Shown(), _unheeded)
    return connected_to_trunk(outside(seen, home, trunk.number_format, ()), trunk, domain)


def presented_inside(other: Source, home: Organization, facts: World) -> Presentation:
    """How ``other`` is shown to a user of ``home``."""
    situation = _called_by(other)
    if not isinstance(other, FromDevice) or other.organization == home.name:
        return inside(situation, home, (), [])
    theirs = facts.organization(other.organization)
    return to_linked(inside(situation, theirs, (), []), situation, theirs)


def _called_by(source: Source) -> Situation:
    return Situation(source=source, dialled="")


def _trunk_of(source: Source) -> str:
    return source.trunk if isinstance(source, FromTrunk) else ""


def _is_known(source: Source, facts: World) -> bool:
    organization = facts.configuration.organizations.get(source.organization)
    return organization is not None and (not isinstance(source, FromDevice) or source.user in organization.users)


def _unheeded(what: str, words: str) -> None:
    """Nobody asks here why a number is shown."""
