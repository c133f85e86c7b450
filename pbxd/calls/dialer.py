"""From a target to legs that ring: where its phones are, and what their INVITE says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from pbxd.calls.carried import alert_info, carried
from pbxd.calls.formats import offered_codecs
from pbxd.calls.identity import to_device, to_trunk
from pbxd.calls.leg import Leg
from pbxd.calls.stream import Stream
from pbxd.calls.wishes import ANY, Wishes
from pbxd.config.snapshot import Configuration, Trunk
from pbxd.dialplan.situation import FromDevice, FromTrunk, Source
from pbxd.dialplan.treatment import DeviceTarget, Presentation, Target, TrunkTarget
from pbxd.events import LegDialled, LegId
from pbxd.org.users import Device, Srtp
from pbxd.sip.failover import Ways
from pbxd.sip.flow import Flow
from pbxd.sip.invitation import MAX_FORWARDS, Invitation
from pbxd.sip.sdp import Codec
from pbxd.sip.uri import Uri, sip_uri

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.location import Location
    from pbxd.calls.rendezvous import Rendezvous
    from pbxd.calls.trunks import Trunks, TrunkState


@dataclass(frozen=True, slots=True, kw_only=True)
class _Destination:
    """One place to send an INVITE to."""

    party: str
    number: str
    target: Uri
    to: Uri
    flow: Flow
    direct: bool
    domain: str
    trunk: TrunkState | None = None
    ways: Ways | None = None
    """Where else the INVITE may go: the servers of a trunk, ``flow`` leads to the first of them."""


class Dialer:
    """Places the outbound legs of calls."""

    def __init__(
        self,
        kernel: Kernel,
        location: Location,
        trunks: Trunks,
        configuration: Callable[[], Configuration],
        random: Random,
    ) -> None:
        self._kernel = kernel
        self._trunks = trunks
        self._location = location
        self._configuration = configuration
        self._random = random

    def stream(self, party: Source | Target) -> Stream:
        """A fresh stream, its port not open yet. The session id is random, so that it says nothing about us."""
        return Stream(self._kernel.engine, self._random.getrandbits(62), self._srtp(party), self._wishes(party))

    def _srtp(self, party: Source | Target) -> Srtp:
        """What the party's configuration, or else the server's, wants of encryption."""
        configuration = self._configuration()
        found: Device | Trunk | None = None
        match party:
            case FromDevice(organization=name, device=device) | DeviceTarget(organization=name, device=device):
                organization = configuration.organizations.get(name)
                found = organization.device(device) if organization is not None else None
            case FromTrunk(trunk=trunk) | TrunkTarget(trunk=trunk):
                found = configuration.trunks.get(trunk)
        return (found.srtp if found is not None else None) or configuration.server.media.srtp

    def _wishes(self, party: Source | Target) -> Wishes:
        """What a trunk wants of sound; phones say it themselves."""
        trunk = self._configuration().trunks.get(party.trunk) if isinstance(party, FromTrunk | TrunkTarget) else None
        if trunk is None:
            return ANY
        return Wishes(codecs=offered_codecs(trunk.codecs), dtmf=trunk.dtmf, tones=self._kernel.translates)

    async def dial(
        self,
        call: Call,
        target: Target,
        presents: Presentation,
        codecs: Sequence[Codec],
        *,
        meets: Rendezvous,
        into: dict[Leg, None],
    ) -> None:
        """Send an INVITE to every place where ``target`` can be reached; who answers arrives at ``meets``.

        The legs are added to ``into`` one by one, so that they are known even if a later one fails. Raises
        :class:`pbxd.errors.Refused` (503) when the media engine has no port left.
        """
        for destination in await self._destinations(target):
            leg = Leg(
                kernel=self._kernel,
                owner=call,
                id=LegId(call.next_leg()),
                party=destination.party,
                source=_source(call, target, destination.trunk),
                stream=self.stream(target),
                inbound=False,
            )
            leg.meets = meets
            if call.waits is not None:  # who is called by a call of our own is told by it whom it is for
                leg.meeting.expects(call.waits.source)
            if destination.trunk is not None:
                leg.goes_by(destination.trunk)
            if isinstance(target, TrunkTarget):
                leg.device = (target.organization, target.device) if target.device else None
                leg.counted = call.counted.hold() if target.counts and call.counted is not None else None
            call.adopt(leg)
            into[leg] = None
            await leg.stream.open(destination.flow.remote)
            self._invite(call, leg, destination, presents, codecs)

    def _invite(
        self, call: Call, leg: Leg, destination: _Destination, presents: Presentation, codecs: Sequence[Codec]
    ) -> None:
        trunk, domain = destination.trunk, destination.domain
        says = to_device(presents, domain)
        if trunk is not None:
            says = to_trunk(presents, trunk.trunk, domain, destination.target)
        invitation = Invitation(
            target=destination.target,
            flow=destination.flow,
            from_=str(says.from_),
            to=f"<{destination.to}>",
            user=says.from_.uri.user if trunk is None else trunk.contact_user,
            headers=(*says.headers, *_carried(call, presents, trunk)),
            body=leg.stream.offer(codecs),
            direct=destination.direct,
            max_forwards=_hops_left(call),
            credentials=trunk.credentials() if trunk is not None else None,
            routes=trunk.routes if trunk is not None else (),
            ways=destination.ways,
        )
        line = self._kernel.endpoint.place_call(invitation, leg.reported)
        leg.connect(line)
        if leg.owner is not None:
            self._kernel.bus.emit(
                LegDialled(
                    at=self._kernel.wall,
                    call=leg.owner.id,
                    leg=leg.id,
                    party=leg.party,
                    number=destination.number,
                    sip_call_id=line.key[0],
                    address=str(destination.flow),
                )
            )
        leg.dial()

    async def _destinations(self, target: Target) -> list[_Destination]:
        match target:
            case DeviceTarget(organization=name, device=device):
                return self._bindings(name, device)
            case TrunkTarget(trunk=trunk, number=number):
                return await self._trunk(trunk, number)

    def _bindings(self, name: str, device: str) -> list[_Destination]:
        organization = self._configuration().organizations.get(name)
        domain = organization.domain if organization is not None else name
        return [
            _Destination(
                party=device,
                number=device,
                target=binding.contact,
                to=sip_uri(device, domain),
                flow=binding.flow,
                direct=not binding.path,
                domain=domain,
            )
            for binding in self._location.reachable(name, device)
        ]

    async def _trunk(self, name: str, number: str) -> list[_Destination]:
        trunk = self._trunks.state(name)
        if trunk is None:  # gone with a reload since the decision
            return []
        address = Uri.parse(trunk.trunk.address)
        ways = trunk.servers.ways(await trunk.servers.look_up())
        if ways is None:
            return []
        flow = ways.first
        target = address.replace(user=number)
        domain = self._kernel.endpoint.sockets.advertised(flow)[0]
        return [
            _Destination(
                party=name,
                number=number,
                target=target,
                to=target,
                flow=flow,
                direct=False,
                domain=trunk.trunk.account.domain if trunk.trunk.account is not None else domain,
                trunk=trunk,
                ways=ways,
            )
        ]


def _source(call: Call, target: Target, trunk: TrunkState | None) -> Source:
    """Who is called, as the caller that he will be where he transfers."""
    match target:
        case DeviceTarget(organization=organization, user=user, device=device):
            return FromDevice(organization=organization, user=user, device=device)
        case TrunkTarget(trunk=name, number=number):
            organization = call.situation.source.organization
            number_format = trunk.trunk.number_format if trunk is not None else "plus_e164"
            return FromTrunk(organization=organization, trunk=name, number=number, number_format=number_format, name="")


def _carried(call: Call, presents: Presentation, trunk: TrunkState | None) -> tuple[tuple[str, str], ...]:
    """What the caller's INVITE brought for the callee, and how a phone is to ring, unless it is to answer."""
    inside = trunk is None and not presents.external and not presents.diverted
    found = carried(call.caller.inbound_session.invite.headers, inside=inside) if call.caller is not None else ()
    if trunk is not None or not presents.ringtone or any(name == "Alert-Info" for name, _ in found):
        return found
    return (*found, ("Alert-Info", alert_info(presents.ringtone)))


def _hops_left(call: Call) -> int:
    """One hop fewer than the caller's INVITE had (RFC 3261 16.6, step 3): we are no proxy, but as good in a loop."""
    hops = call.caller.inbound_session.invite.max_forwards if call.caller is not None else None
    return MAX_FORWARDS if hops is None else max(0, min(hops, MAX_FORWARDS) - 1)
