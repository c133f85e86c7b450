"""A bridge: a room, and who hears whom in it.

Membership decides everything: the media engine is told on each change, and one look per change (:meth:`reconcile`)
finds out whether a party must be offered other formats so that what one sends the other can hear. Who can't be
brought to a common format is translated for by the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from pbxd.calls import digits
from pbxd.calls.formats import may_send_in_vain, speaks_in_vain

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.leg import Leg
    from pbxd.media.engine import PortId


class Visitor(Protocol):
    """Somebody who is in the conversation of others for a while (CALL-5, CODE-15)."""

    def arrange(self, members: Sequence[Leg]) -> None:
        """Tell the engine what each of them hears."""
        ...

    def left(self, leg: Leg) -> None:
        """One of them is gone; the visit is over."""
        ...


class Bridge:
    """A room for two, and at times a visitor."""

    __slots__ = ("_interlude", "_members", "_music", "_room", "_told", "_vain", "_visitor")

    def __init__(self, kernel: Kernel) -> None:
        self._room = kernel.engine
        self._music = kernel.hold_music if kernel.translates else None
        self._vain = speaks_in_vain if kernel.translates else may_send_in_vain
        self._members: list[Leg] = []
        self._visitor: Visitor | None = None
        self._interlude = False
        """Whether the members are told something, which they hear to its end."""
        self._told: dict[Leg, tuple[PortId, PortId | None, bool] | Leg] = {}
        """What the engine was told last: whose port hears which, and whether keys are taken out of that; or who it is
        in place of whom a member hears music.
        """

    @property
    def members(self) -> tuple[Leg, ...]:
        return tuple(self._members)

    def peer_of(self, leg: Leg) -> Leg | None:
        """The other one."""
        return next((member for member in self._members if member is not leg), None)

    def join(self, leg: Leg) -> None:
        """Come in. Raises :class:`ValueError` when the room is full or the leg is elsewhere."""
        if leg.bridge is not None or len(self._members) >= 2:
            raise ValueError(f"{leg.party} can't join: the room is full, or it is in another")
        self._members.append(leg)
        leg.bridge = self
        self._arrange()

    def leave(self, leg: Leg) -> None:
        """Go out; the other one hears nothing from then on."""
        if leg.bridge is self:
            self._members.remove(leg)
            for member in self._members:
                member.stream.met_another()
            self._quiet(leg)
            leg.bridge = None
            if leg.stream.end is not None:
                self._room.hear(leg.stream.end.port, None)
            self._interlude = False
            visitor, self._visitor = self._visitor, None
            if visitor is not None:
                visitor.left(leg)
            self._arrange()

    def pair(self, one: Leg, other: Leg) -> None:
        """Make these two the members, and nobody else."""
        for member in self.members:
            if member not in (one, other):
                self.leave(member)
        for leg in (one, other):
            if leg.bridge is not self:
                self.join(leg)

    def swap(self, old: Leg, new: Leg) -> None:
        """``new`` comes in and ``old`` goes out, in one step; raises :class:`ValueError` as :meth:`join` does."""
        if old.bridge is not self or new.bridge is not None:
            raise ValueError(f"{new.party} can't take the place of {old.party}")
        self.leave(old)
        self.join(new)
        self.reconcile()

    @property
    def visited(self) -> bool:
        """Whether somebody else is here for a while."""
        return self._visitor is not None

    def receive(self, visitor: Visitor) -> None:
        """Somebody else comes in; from now on he says who hears whom."""
        self._visitor = visitor
        self._arrange()

    def dismiss(self, visitor: Visitor) -> None:
        """He is gone: the members hear each other again."""
        if self._visitor is visitor:
            self._visitor = None
            self._arrange()

    @contextmanager
    def interlude(self) -> Iterator[None]:
        """Whatever happens meanwhile, the members hear each other when the block ends, or as soon as one goes."""
        self._interlude = True
        try:
            yield
        finally:
            self._interlude = False
            self._told.clear()
            self._arrange()

    def reconcile(self) -> None:
        """Have whoever may send what the other can't hear be offered what the other can; one offer at a time.

        Each such offer leaves its party with part of the other's formats, so that two of them settle any difference.
        Whoever talks to somebody else than before is told so, with such an offer or without.
        """
        if self._visitor is None:
            self._arrange()
        if len(self._members) < 2 or not all(member.answered for member in self._members):
            return
        one, other = self._members
        one.meeting.meets(other)
        other.meeting.meets(one)
        for member, peer in ((one, other), (other, one)):
            if self._differ(member, peer) and member.offers.propose(peer.stream.heard()):
                break
        one.offers.tell()
        other.offers.tell()

    def _arrange(self) -> None:
        """Tell the engine what each member hears, where that has changed."""
        if self._interlude:
            return
        if self._visitor is not None:
            for member in self._members:
                self._quiet(member)
            self._visitor.arrange(self._members)
            return
        for member in self._members:
            end, peer = member.stream.end, self.peer_of(member)
            if end is None:
                continue
            if peer is not None and peer.held and not member.held and self._music is not None:
                if self._told.get(member) is not peer:
                    self._told[member] = peer
                    self._music.begin(member, peer)
                continue
            source = peer.stream.end.port if peer is not None and peer.stream.end is not None else None
            extract = peer is not None and digits.must_be_heard(peer, member)
            if self._told.get(member) != (end.port, source, extract):
                self._quiet(member)
                self._told[member] = end.port, source, extract
                self._room.hear(end.port, source, extract_keys=extract)

    def _differ(self, member: Leg, peer: Leg) -> bool:
        """Whether a member has to be offered what its peer can hear."""
        if member.stream.fax is not None or peer.stream.fax is not None:
            return peer.stream.fax is None  # a fax with nobody at the other end is over
        return self._vain(member.stream.agreed, peer.stream.agreed)

    def _quiet(self, member: Leg) -> None:
        self._told.pop(member, None)
        if self._music is not None:
            self._music.end(member)
