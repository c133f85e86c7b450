"""RFC 7118 framing, with the client side of the library as the browser."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from pbxd.sip.parse import MAX_MESSAGE
from pbxd.sip.transport.websocket import WebSocketFraming
from tests.support.network import MemoryNetwork
from tests.unit.sip.transport.side import OPTIONS, US, Bytes, Side

MESSAGE = OPTIONS.replace(b"Content-Length: 0\r\n", b"")  # nobody needs it here


class Browser(Bytes):
    """A WebSocket client."""

    def __init__(self, path: str, subprotocols: list[str]) -> None:
        super().__init__()
        names = [Subprotocol(name) for name in subprotocols]
        self.protocol = ClientProtocol(parse_uri(f"ws://192.0.2.1{path}"), subprotocols=names)
        self.status = 0
        self.texts: list[bytes] = []
        self.frames: list[Frame] = []

    @classmethod
    async def connects(
        cls, network: MemoryNetwork, path: str = "/sip", subprotocols: tuple[str, ...] = ("sip",)
    ) -> Browser:
        browser = cls(path, list(subprotocols))
        browser.stream = await network.connect_from("192.0.2.20", US, browser.opened_below)
        browser.protocol.send_request(browser.protocol.connect())
        await browser.sends()
        return browser

    async def sends(self) -> None:
        for data in self.protocol.data_to_send():
            self.stream.write(data)
        await asyncio.sleep(1)

    def received(self, data: bytes) -> None:
        self.protocol.receive_data(data)
        for event in self.protocol.events_received():
            if isinstance(event, Response):
                self.status = event.status_code
            elif isinstance(event, Frame):
                self.frames.append(event)


async def listening(network: MemoryNetwork, path: str = "/sip") -> Side:
    side = Side(network, "ws")
    await side.transport.listen(US, path)
    return side


async def test_a_message_is_a_frame(network: MemoryNetwork) -> None:
    side = await listening(network)
    browser = await Browser.connects(network)
    assert (browser.status, browser.protocol.subprotocol) == (101, "sip")
    browser.protocol.send_text(MESSAGE)
    browser.protocol.send_binary(MESSAGE)
    await browser.sends()
    assert [data for data, _ in side.messages] == [MESSAGE] * 2
    flow = side.messages[0][1]
    assert flow.transport == "ws"
    for data in (MESSAGE, MESSAGE + b"\xff"):
        side.transport.send(data, flow)
    await asyncio.sleep(1)
    assert [(frame.opcode, bytes(frame.data)) for frame in browser.frames] == [
        (Opcode.TEXT, MESSAGE),
        (Opcode.BINARY, MESSAGE + b"\xff"),
    ]


async def test_a_message_may_come_in_fragments(network: MemoryNetwork) -> None:
    side = await listening(network)
    browser = await Browser.connects(network)
    browser.protocol.send_text(MESSAGE[:10], fin=False)
    browser.protocol.send_ping(b"between")
    browser.protocol.send_continuation(MESSAGE[10:], fin=True)
    await browser.sends()
    assert [data for data, _ in side.messages] == [MESSAGE]
    assert [(frame.opcode, bytes(frame.data)) for frame in browser.frames] == [(Opcode.PONG, b"between")]


@pytest.mark.parametrize(("data", "answer"), [(b"\r\n\r\n", [b"\r\n"]), (b"\r\n", []), (b"", [])])
async def test_keep_alive(network: MemoryNetwork, data: bytes, answer: list[bytes]) -> None:
    side = await listening(network)
    browser = await Browser.connects(network)
    browser.protocol.send_text(data)
    await browser.sends()
    assert not side.messages
    assert [bytes(frame.data) for frame in browser.frames] == answer


@pytest.mark.parametrize(
    ("path", "subprotocols", "status"),
    [("/other", ("sip",), 404), ("/sip", ("mqtt",), 400), ("/sip?x=1", ("sip",), 101)],
)
async def test_who_asks_for_something_else_is_refused(
    network: MemoryNetwork, path: str, subprotocols: tuple[str, ...], status: int
) -> None:
    side = await listening(network)
    browser = await Browser.connects(network, path, subprotocols)
    assert browser.status == status
    assert len(side.transport) == (status == 101)


async def test_without_a_path_any_is_right(network: MemoryNetwork) -> None:
    await listening(network, "")
    assert (await Browser.connects(network, "/ws")).status == 101


async def test_a_message_too_long_closes(network: MemoryNetwork) -> None:
    side = await listening(network)
    browser = await Browser.connects(network)
    browser.protocol.send_binary(b"x" * (MAX_MESSAGE + 1))
    await browser.sends()
    assert browser.protocol.close_rcvd is not None
    assert browser.protocol.close_rcvd.code == 1009
    assert not side.messages
    assert len(side.transport) == 0


async def test_closing(network: MemoryNetwork) -> None:
    side = await listening(network)
    theirs, ours = await Browser.connects(network), await Browser.connects(network)
    theirs.protocol.send_close(1000)
    await theirs.sends()
    assert theirs.lost_by == [None]
    side.transport.close()
    await asyncio.sleep(1)
    assert ours.protocol.close_rcvd is not None
    assert ours.protocol.close_rcvd.code == 1001
    assert len(side.transport) == 0


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"OPTIONS sip:x SIP/2.0\r\n\r\n", b"\0" * 100_000]
)
async def test_what_is_no_websocket_is_closed(network: MemoryNetwork, data: bytes) -> None:
    side = await listening(network)
    peer = await Bytes.to(network)
    peer.stream.write(data)
    await asyncio.sleep(1)
    assert peer.lost_by
    assert len(side.transport) == 0


async def test_slow_handshakes_and_slow_frames_are_closed(network: MemoryNetwork) -> None:
    side = await listening(network)
    peer = await Bytes.to(network)
    for byte in b"GET /sip HTTP/1.1\r\nUpgrade: websocket\r\n":
        peer.stream.write(bytes([byte]))
        await asyncio.sleep(0.5)
    browser = await Browser.connects(network)
    browser.protocol.send_text(MESSAGE)
    await browser.sends()
    browser.protocol.send_text(MESSAGE)
    for byte in b"".join(browser.protocol.data_to_send())[:-1]:
        browser.stream.write(bytes([byte]))
        await asyncio.sleep(1)
    assert side.reasons == ["handshake not finished in time", "message not finished in time"]


async def test_nobody_can_be_called_who_did_not_connect(network: MemoryNetwork) -> None:
    side = await listening(network)
    assert side.transport.flow_to(US) is None


@given(st.lists(st.binary(max_size=300), max_size=5), st.booleans())
def test_no_bytes_make_it_raise(garbage: list[bytes], open_first: bool) -> None:
    framing = WebSocketFraming("")
    if open_first:
        client = ClientProtocol(parse_uri("ws://192.0.2.1/"), subprotocols=[Subprotocol("sip")])
        client.send_request(client.connect())
        assert list(framing.feed(b"".join(client.data_to_send()))) == []
        assert framing.ready
    for data in garbage:
        assert all(framing.feed(data))
        framing.wrap(OPTIONS)
        framing.replies()
    framing.farewell()
