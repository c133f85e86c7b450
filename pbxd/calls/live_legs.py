"""All legs that have a session, by their dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pbxd.calls.leg import Leg
    from pbxd.sip.replaces import Meant


class LiveLegs:
    """What Replaces, Join and Refer-To find a leg by."""

    def __init__(self) -> None:
        self._legs: dict[tuple[str, str], Leg] = {}

    def add(self, leg: Leg) -> None:
        """It has a session."""
        self._legs[leg.connected().key] = leg

    def remove(self, leg: Leg) -> None:
        """It is over."""
        self._legs.pop(leg.connected().key, None)

    def find(self, dialog: Meant) -> Leg | None:
        """The leg of a dialog, which must match in all three parts (RFC 3891 3).

        Phones that read them off a watched phone's dialog (RFC 4235) may have the tags the other way round.
        """
        return self._one(dialog, dialog.local_tag, dialog.remote_tag) or self._one(
            dialog, dialog.remote_tag, dialog.local_tag
        )

    def _one(self, dialog: Meant, ours: str, theirs: str) -> Leg | None:
        leg = self._legs.get((dialog.call_id, ours))
        found = leg.dialog if leg is not None else None
        return leg if found is not None and found.id.remote_tag == theirs else None
