"""A user's own phones are rung by the server, for something that he has asked for elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pbxd.calls.reports import Failed, Gone
from pbxd.dialplan.treatment import DeviceTarget, Presentation
from pbxd.errors import Refused
from pbxd.org.levels import RING_SECONDS

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.leg import Leg
    from pbxd.org.organization import Organization
    from pbxd.org.users import Device, User


async def summoned(
    call: Call, organization: Organization, user: User, devices: Iterable[Device], presents: Presentation
) -> Leg | None:
    """Ring a user's phones that are registered; the leg of the one that answers first, or nothing."""
    ringing: dict[Leg, None] = {}
    until = call.kernel.now + organization.effective(RING_SECONDS, user).value
    dialer, codecs = call.equipment.dialer, call.kernel.codecs
    with call.meet() as meeting:
        try:
            for device in devices:
                target = DeviceTarget(organization=organization.name, user=user.username, device=device.name)
                if device.registers and call.facts.registered(organization.name, device.name):
                    await dialer.dial(call, target, presents, codecs, meets=meeting, into=ringing)
        except Refused:  # the media engine has no port left: what rings, rings
            for leg in [leg for leg in ringing if leg.line is None]:
                del ringing[leg]
                leg.hangup()
        while meeting.winner is None and ringing and call.kernel.now < until:
            report = await call.inbox.next(until=until)
            if isinstance(report, Failed | Gone):
                ringing.pop(report.leg, None)
        winner = meeting.take()
        for leg in ringing:
            if leg is not winner:
                leg.hangup()
        return winner
