"""A call that is asked for outside: the user's own phone is rung, and who answers it is connected (API-3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pbxd.calls.orders import OrderError, user_of
from pbxd.config.hints import nearest
from pbxd.dialplan.numbering import Kind, canonical
from pbxd.dialplan.situation import Situation
from pbxd.dialplan.source import FromDevice
from pbxd.dialplan.treatment import Presentation
from pbxd.treatments.summoning import summoned

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.exchange import Exchange
    from pbxd.config.snapshot import Configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Who wants to call whom."""

    organization: str
    user: str
    number: str
    devices: tuple[str, ...]
    """The user's, any of which may answer."""


def order(
    exchange: Exchange,
    configuration: Configuration,
    *,
    user: str,
    number: str,
    organization: str | None = None,
    device: str | None = None,
) -> dict[str, Any]:
    """Ring a user's phones, or one of them, and connect him with ``number`` as if he had dialled it there.

    Raises :class:`pbxd.calls.orders.OrderError` for what can't be dialled. Calls for help can't: who asks for one from
    elsewhere is not where his phone is.
    """
    within, found = user_of(configuration.organizations, user, organization)
    devices = {one.name: one for one in found.devices if one.registers}
    if device is not None and device not in devices:
        hint = nearest(device, devices)
        raise OrderError(f"{user} has no phone {device}" + (f"; {hint}" if hint else ""))
    if not devices:
        raise OrderError(f"{user} has no phone")
    if canonical(number, within, found).kind in (Kind.INVALID, Kind.EMERGENCY):
        raise OrderError(f"{number} can't be dialled from here")
    wanted = (device,) if device is not None else tuple(devices)
    source = FromDevice(organization=within.name, user=user, device=wanted[0])
    click = Click(organization=within.name, user=user, number=number, devices=wanted)
    call = exchange.originate(Situation(source=source, dialled=number), user, partial(begin, click=click))
    if call is None:
        raise OrderError("the server takes no calls just now")
    return {"call": call.id, "user": user, "number": number}


async def begin(call: Call, click: Click) -> bool:
    """Ring; whoever answers goes on as the one who has dialled. ``False``: nobody did."""
    organization = call.facts.organization(click.organization)
    user = organization.users[click.user]
    devices = [device for device in user.devices if device.name in click.devices]
    leg = await summoned(call, organization, user, devices, Presentation(number=click.number, name=click.number))
    if leg is None:
        call.result.is_now(result="no-answer", status=480, reason=f"{click.user} did not answer")
        return False
    call.subject = leg
    source = FromDevice(organization=click.organization, user=click.user, device=leg.party)
    call.situation = Situation(source=source, dialled=click.number)
    return True
