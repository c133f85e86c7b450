"""Codes for phones that can't transfer: what they have on hold is sent on (CALL-3, CODE-13)."""

from __future__ import annotations

from pbxd.org.codes import starts
from pbxd.treatments.features.asker import Asker, Reply


async def park(asker: Asker) -> Reply:
    """``*85*``: whom the phone has on hold waits until the user, or who may, retrieves it."""
    if not asker.hands_on(starts(asker.organization.feature_codes)["park"]):
        raise asker.refused(404, "nobody-held")
    return asker.say("parked")


async def transfer(asker: Asker, number: str) -> Reply:
    """``*70*NUMBER*``: whom the phone has on hold is put through to a number."""
    if not asker.hands_on(number):
        raise asker.refused(404, "nobody-held")
    return asker.say("transferred", what=number)
