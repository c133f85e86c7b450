"""What a trunk wants of sound: which codecs, and how keys are sent. Pure (TRK-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pbxd.calls.formats import EVENTS, TELEPHONE_EVENT, conversation, joined
from pbxd.org.users import Dtmf
from pbxd.sip.sdp import Codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Of one party."""

    codecs: tuple[Codec, ...] = ()
    """The only ones that are used with it, the most wanted first; empty: any."""
    dtmf: Dtmf | None = None
    """``None``: as the party says itself. Named events are agreed on unless it wants keys in another way."""
    tones: bool = True
    """Whether we can make keys into tones for it."""

    def taken(self, codecs: Sequence[Codec]) -> tuple[Codec, ...]:
        """What of ``codecs`` the party is offered, or answered with."""
        chosen = self._chosen(codecs)
        return chosen if self.dtmf in (None, "rfc4733") else without_events(chosen)

    def told(self, codecs: Sequence[Codec]) -> tuple[Codec, ...]:
        """What another party may be offered where this one has ``codecs``.

        Events are among it where we tell this one of them in another way.
        """
        chosen = self._chosen(codecs)
        match self.dtmf:
            case "info" | "inband" if chosen and (self.tones or self.dtmf == "info"):
                return with_events(without_events(chosen))
            case "inband":
                return without_events(chosen)
        return chosen

    def _chosen(self, codecs: Sequence[Codec]) -> tuple[Codec, ...]:
        if not self.codecs:
            return tuple(codecs)
        order = {codec.name: place for place, codec in enumerate(self.codecs)}
        chosen = tuple(sorted((one for one in codecs if one.name in order), key=lambda one: order[one.name]))
        return chosen if conversation(chosen) else ()


ANY = Wishes()


def with_events(codecs: Sequence[Codec]) -> tuple[Codec, ...]:
    """``codecs``, and telephone-event at each of their clock rates that lacks it, under a number that is free."""
    rates = {codec.clock_rate for codec in codecs}
    return joined(codecs, (event for event in EVENTS if event.clock_rate in rates))


def without_events(codecs: Sequence[Codec]) -> tuple[Codec, ...]:
    """``codecs`` but for telephone-event."""
    return tuple(codec for codec in codecs if codec.name[0] != TELEPHONE_EVENT)
