"""TLS over the network in memory: who is let in, whom we trust, and what becomes of it when certificates change."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbxd.network import Address, StreamConnection
from pbxd.sip.transport.certificates import Certificates, TlsFiles
from pbxd.sip.transport.tls import TlsStream
from tests.support.network import MemoryNetwork, Rule
from tests.unit.sip.transport.conftest import Issue
from tests.unit.sip.transport.side import OPTIONS, PHONE, US, Bytes, Side

pytestmark = pytest.mark.covers("SEC-4")


class Client(Bytes):
    """A peer that speaks TLS."""

    def __init__(self, context: ssl.SSLContext, name: str = "pbx.example") -> None:
        super().__init__()
        self.context, self.name = context, name
        self.ready = False

    async def connects(self, network: MemoryNetwork) -> Client:
        self.stream = await network.connect_from(PHONE, US, self._connected)
        await asyncio.sleep(1)
        return self

    def _connected(self, stream: StreamConnection) -> TlsStream:
        self.tls = TlsStream(stream, self.context, self, server_name=self.name)
        return self.tls

    def opened(self, stream: StreamConnection) -> None:
        self.ready = True


def client_context(authority: Path, pair: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority)
    if pair:
        context.load_cert_chain(*pair)
    return context


async def serving(network: MemoryNetwork, files: TlsFiles) -> Side:
    side = Side(network, "tls", Certificates(files))
    await side.transport.listen(US)
    return side


async def test_messages_both_ways(network: MemoryNetwork, files: TlsFiles, trusted: Path) -> None:
    side = await serving(network, files)
    client = await Client(client_context(trusted)).connects(network)
    client.tls.write(OPTIONS * 2)
    await asyncio.sleep(1)
    assert [data for data, _ in side.messages] == [OPTIONS] * 2
    flow = side.messages[0][1]
    assert str(flow) == f"tls:{client.stream.local}"
    long = b"x" * 100_000  # several records
    side.transport.send(long, flow)
    await asyncio.sleep(1)
    assert client.got == long
    assert OPTIONS not in b"".join(data for _, data in client.stream.writes)


@pytest.mark.parametrize("size", [1, 2, 5, 37])
async def test_every_byte_may_come_alone(network: MemoryNetwork, files: TlsFiles, trusted: Path, size: int) -> None:
    network.rule(Rule(segment=size))
    side = await serving(network, files)
    client = await Client(client_context(trusted)).connects(network)
    for at in range(len(OPTIONS)):
        client.tls.write(OPTIONS[at : at + 1])
    client.tls.write(b"\r\n\r\n" + OPTIONS)
    await asyncio.sleep(1)
    assert [data for data, _ in side.messages] == [OPTIONS] * 2
    assert client.got == b"\r\n"


async def test_both_sides_say_goodbye(network: MemoryNetwork, files: TlsFiles, trusted: Path) -> None:
    side = await serving(network, files)
    client = await Client(client_context(trusted)).connects(network)
    client.tls.close()
    other = await Client(client_context(trusted)).connects(network)
    side.transport.close()
    await asyncio.sleep(1)
    assert client.lost_by == other.lost_by == [None]
    assert len(side.transport) == 0


async def test_who_never_shakes_hands_is_closed(network: MemoryNetwork, files: TlsFiles) -> None:
    side = await serving(network, files)
    silent = await Bytes.to(network)
    await asyncio.sleep(13)
    assert silent.lost_by
    assert side.reasons == ["handshake not finished in time"]


async def test_plain_sip_is_no_handshake(network: MemoryNetwork, files: TlsFiles) -> None:
    side = await serving(network, files)
    plain = await Bytes.to(network)
    plain.stream.write(OPTIONS)
    await asyncio.sleep(1)
    assert plain.lost_by
    assert not side.messages
    assert len(side.reasons) == 1
    assert side.reasons[0].startswith("TLS: ")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_old_versions_are_refused(
    network: MemoryNetwork, files: TlsFiles, trusted: Path, version: ssl.TLSVersion
) -> None:
    await serving(network, files)
    context = client_context(trusted)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    client = await Client(context).connects(network)
    assert not client.ready
    assert client.lost_by


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("required", [True, False])
async def test_mutual_tls(
    network: MemoryNetwork, issue: Issue, trusted: Path, required: bool, version: ssl.TLSVersion
) -> None:
    files = TlsFiles(pairs=(issue("pbx.example"),), client_ca=trusted, client_required=required)
    side = await serving(network, files)
    known, unknown, forged = (
        client_context(trusted, pair)
        for pair in (
            issue("carrier.example", into="client"),
            None,
            issue("carrier.example", by=trustme.CA(), into="forged"),
        )
    )
    for context in (known, unknown, forged):
        context.maximum_version = version
        client = await Client(context).connects(network)
        client.tls.write(OPTIONS)
        await asyncio.sleep(1)
    names = [side.transport.peer_names(flow) for _, flow in side.messages]
    assert names == ([("carrier.example",)] if required else [("carrier.example",), ()])


async def test_the_certificate_is_chosen_by_the_name_asked_for(
    network: MemoryNetwork, issue: Issue, trusted: Path
) -> None:
    files = TlsFiles(pairs=(issue("pbx.example"), issue("*.harbour.example", into="second")))
    await serving(network, files)
    for name, good in [("pbx.example", True), ("sip.harbour.example", True), ("a.b.harbour.example", False)]:
        client = await Client(client_context(trusted), name).connects(network)
        assert client.ready is good, name


class TestOutward:
    """We call."""

    async def calls(
        self, network: MemoryNetwork, server: TlsFiles, ours: TlsFiles | None, name: str
    ) -> tuple[Side, Side]:
        there, here = Side(network, "tls", Certificates(server)), Side(network, "tls", Certificates(ours))
        await there.transport.listen(US)
        flow = here.transport.flow_to(US, name)
        assert flow is not None
        here.transport.send(OPTIONS, flow)
        await asyncio.sleep(1)
        return here, there

    @pytest.mark.parametrize("name", ["pbx.example", "192.0.2.1"])
    async def test_a_server_with_the_right_name(self, network: MemoryNetwork, files: TlsFiles, name: str) -> None:
        _, there = await self.calls(network, files, files, name)
        assert [data for data, _ in there.messages] == [OPTIONS]

    async def test_another_name_is_refused(self, network: MemoryNetwork, files: TlsFiles) -> None:
        here, there = await self.calls(network, files, files, "bank.example")
        assert not there.messages
        assert "Hostname mismatch" in here.reasons[0]

    async def test_an_unknown_authority_is_refused(self, network: MemoryNetwork, files: TlsFiles) -> None:
        here, there = await self.calls(network, files, None, "pbx.example")
        assert not there.messages
        assert here.reasons == ["TLS: unable to get local issuer certificate"]
        assert len(here.transport) == 0

    async def test_a_connection_is_for_one_name_only(self, network: MemoryNetwork, files: TlsFiles) -> None:
        here, _ = await self.calls(network, files, files, "pbx.example")
        assert here.transport.flow_to(US, "pbx.example") != here.transport.flow_to(US, "192.0.2.1")

    async def test_we_show_our_certificate_and_get_requests_on_that_connection(
        self, network: MemoryNetwork, issue: Issue, trusted: Path
    ) -> None:
        server = TlsFiles(pairs=(issue("pbx.example"),), client_ca=trusted, ca=trusted)
        ours = TlsFiles(pairs=(issue("carrier.example", into="carrier"),), ca=trusted)
        here, there = await self.calls(network, server, ours, "pbx.example")
        flow = there.messages[0][1]
        there.transport.alias(flow, 5061)
        source = Address(flow.remote.host, 5061)
        assert there.transport.flow_to(source, "carrier.example") == flow
        assert there.transport.flow_to(source, "bank.example") != flow
        there.transport.send(OPTIONS, flow)
        await asyncio.sleep(1)
        assert [data for data, _ in here.messages] == [OPTIONS]


async def test_new_certificates_are_for_new_connections(
    network: MemoryNetwork, issue: Issue, authority: trustme.CA, tmp_path: Path, trusted: Path
) -> None:
    files = TlsFiles(pairs=(issue("pbx.example"),))
    certificates = Certificates(files)
    side = Side(network, "tls", certificates)
    await side.transport.listen(US)
    before = await Client(client_context(trusted)).connects(network)
    issue("new.example")
    assert certificates.refresh()
    after = await Client(client_context(trusted), "new.example").connects(network)
    old = await Client(client_context(trusted), "pbx.example").connects(network)
    before.tls.write(OPTIONS)
    await asyncio.sleep(1)
    assert after.ready
    assert not old.ready
    assert len(side.messages) == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.lists(st.binary(min_size=1, max_size=200), max_size=4), after_handshake=st.booleans())
def test_no_bytes_make_it_raise(files: TlsFiles, garbage: list[bytes], after_handshake: bool) -> None:
    """What is under TLS is closed at the first byte that is none of it."""
    here, there = _Pipe(), _Pipe()
    server_user, client_user = Bytes(), Bytes()
    certificates = Certificates(files)
    server = TlsStream(there, certificates.server, server_user)
    client = TlsStream(here, certificates.client, client_user, server_name="pbx.example")
    while after_handshake and (here.written or there.written):
        server.received(here.take())
        client.received(there.take())
    for data in garbage:
        server.received(data)
    server.write(b"anything")
    server.close()
    assert server_user.got == b""


class _Pipe:
    """The connection below, in one hand."""

    local = remote = US

    def __init__(self) -> None:
        self.written = b""

    def take(self) -> bytes:
        data, self.written = self.written, b""
        return data

    def write(self, data: bytes) -> None:
        self.written += data

    def backlog(self) -> int:
        return 0

    def close(self) -> None: ...

    def abort(self) -> None: ...
