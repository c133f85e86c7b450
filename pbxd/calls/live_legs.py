"""All legs that have a session, by their dialogs; and those that have a port, by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbxd.dialplan.source import FromDevice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pbxd.calls.leg import Leg
    from pbxd.media.engine import PortId
    from pbxd.sip.replaces import Meant


class LiveLegs:
    """What Replaces, Join and Refer-To find a leg by, and what the media engine tells of a port."""

    def __init__(self) -> None:
        self._legs: dict[tuple[str, str], Leg] = {}
        self.at: dict[PortId, Leg] = {}
        """By port, for as long as that is open."""

    def add(self, leg: Leg) -> None:
        """It has a session."""
        self._legs[leg.connected().key] = leg

    def remove(self, leg: Leg) -> None:
        """It is over."""
        self._legs.pop(leg.connected().key, None)

    def talking(self, organization: str, user: str) -> Iterator[tuple[str, Leg]]:
        """The legs on which a user talks, or has somebody on hold, each with its device; the newest first."""
        for leg in reversed(self._legs.values()):
            match leg.source:
                case FromDevice(organization=his, user=name, device=device) if (his, name) == (organization, user):
                    if leg.answered:
                        yield device, leg

    def find(self, dialog: Meant) -> Leg | None:
        """The leg of a dialog, which must match in all three parts (RFC 3891 3).

        Phones that read them off a watched phone's dialog (RFC 4235) may have the tags the other way round; nobody can
        have read a trunk's there.
        """
        found = self._one(dialog, dialog.local_tag, dialog.remote_tag)
        if found is None:
            swapped = self._one(dialog, dialog.remote_tag, dialog.local_tag)
            found = swapped if swapped is not None and isinstance(swapped.source, FromDevice) else None
        return found

    def _one(self, dialog: Meant, ours: str, theirs: str) -> Leg | None:
        leg = self._legs.get((dialog.call_id, ours))
        found = leg.dialog if leg is not None else None
        return leg if found is not None and found.id.remote_tag == theirs else None
