"""Log in at a free seat, and leave it (CODE-14)."""

from __future__ import annotations

from pbxd.phones.seats import SeatError
from pbxd.treatments.features.asker import Asker, Reply


async def log_in(asker: Asker, extension: str, _: str) -> Reply:
    """``*57*EXT*PIN*``. The PIN is not among the arguments, which are written down, but with what is withheld."""
    try:
        user = await asker.seats.log_in(asker.organization, asker.device, extension, asker.withheld)
    except SeatError as error:
        raise asker.refused(403, error.word) from None
    return asker.say("seat", what=user.name, spoken={"name": user.name})


async def log_out(asker: Asker) -> Reply:
    """``#57#*``."""
    if not await asker.seats.log_out(asker.organization, asker.user, f"#57#* at {asker.device}"):
        raise asker.refused(404, "not-seated")
    return asker.say("seat-off")
