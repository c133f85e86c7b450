"""SIP over UDP (RFC 3261 18): one socket per listening address, one callback per datagram."""

from __future__ import annotations

from collections.abc import Callable

from pbxd.network import Address, DatagramSocket, Network
from pbxd.sip.flow import Flow
from pbxd.sip.transport.local import local_toward
from pbxd.sip.transport.stun import binding_response, is_stun

KEEP_ALIVE = frozenset(b"\r\n\0 \t")
"""A datagram of nothing but these keeps a NAT's binding open (RFC 5626 3.5.1 and older habits) and wants no answer."""
FLOWS_REMEMBERED = 65_536
"""Flow objects kept for reuse, so that a thousand messages of one phone share one."""


class UdpTransport:
    """Our UDP sockets."""

    def __init__(self, network: Network, received: Callable[[bytes, Flow], None]) -> None:
        self._network = network
        self._received = received
        self._sockets: dict[Address, DatagramSocket] = {}

    def listen(self, local: Address) -> Address:
        """Bind ``local`` (port 0: any); returns the bound address. Raises :class:`OSError`."""
        flows: dict[Address, Flow] = {}

        def received(data: bytes, source: Address) -> None:
            if len(data) < 8 and KEEP_ALIVE.issuperset(data):
                return
            if is_stun(data):
                answer = binding_response(data, source)
                if answer is not None:
                    socket.send(answer, source)
                return
            flow = flows.get(source)
            if flow is None:
                if len(flows) >= FLOWS_REMEMBERED:
                    flows.clear()
                flow = flows[source] = Flow("udp", bound, source)
            self._received(data, flow)

        socket = self._network.datagram(local, received)
        bound = socket.local
        self._sockets[bound] = socket
        return bound

    def send(self, data: bytes, flow: Flow) -> bool:
        """Send one message; ``False`` when the flow's socket is not ours (any more)."""
        socket = self._sockets.get(flow.local)
        if socket is None:
            return False
        socket.send(data, flow.remote)
        return True

    def has(self, flow: Flow) -> bool:
        """Whether the flow's socket is ours."""
        return flow.local in self._sockets

    def flow_to(self, remote: Address, *, undecided: bool = False) -> Flow | None:
        """A flow from the socket that suits best; see :class:`Flow` for ``undecided``."""
        local = local_toward(remote, self._sockets)
        return Flow("udp", local, remote, undecided=undecided) if local is not None else None

    def close(self) -> None:
        for socket in self._sockets.values():
            socket.close()
        self._sockets.clear()
