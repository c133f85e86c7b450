"""An independent user agent from PyPI: aiosipua for its SIP, aiortp for its sound.

It signals over TCP, because over UDP version 0.7.1 takes a repeated 401 for the end: it never acknowledges the first.
"""

from __future__ import annotations

import asyncio
import itertools
from array import array
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import pytest

from pbxd.media.sound import tones
from tests.interop.part import DOMAIN
from tests.interop.server import secret
from tests.interop.tones import Voice

aiosipua = pytest.importorskip("aiosipua", reason="aiosipua (PyPI) is not installed")
aiortp = pytest.importorskip("aiortp", reason="aiortp (PyPI) is not installed")

Form: TypeAlias = Literal["event", "info", "sound"]
"""How a key is sent."""
Address: TypeAlias = tuple[str, int]
PATIENCE = 15.0
RTP_PORT = 31_000
PACKET = 0.02
RATE = 8000
PCMA = 8


class Agent:
    """One user agent on an address of its own: registers with digest, calls, is called, speaks and listens."""

    def __init__(
        self,
        device: str,
        voice: Voice,
        *,
        host: str,
        registrar: tuple[str, int],
        way: Callable[[Address], Address] = lambda server: server,
    ) -> None:
        """``way`` is told where the server wants sound, and says where to send it: a wire that leads there."""
        self._device = device
        self._way = way
        self._voice = voice
        self._host = host
        self._registrar = registrar
        self._auth = aiosipua.SipDigestAuth(device, secret(device))
        self._transport = aiosipua.TcpSipTransport((host, 5060))
        self._uac = aiosipua.SipUAC(self._transport)
        self._uas = aiosipua.SipUAS(self._transport, uac=self._uac)
        self._uas.on_invite = self._invited
        self._incoming: asyncio.Queue[Any] = asyncio.Queue()
        self._call: Any = None
        self._rtp: Any = None
        self._rtp_port = RTP_PORT
        self._older: list[Any] = []
        """The sound of the calls before."""
        self._progress: asyncio.Queue[int] = asyncio.Queue()
        self._uas.on_transfer_progress = lambda _call, status, _reason: self._progress.put_nowait(status)
        self._epoch = asyncio.get_running_loop().time()
        """When the time stamp was 0."""
        self._heard = array("h")
        self.keys = ""
        """Those that came as named events."""
        self._ended = asyncio.Event()
        self._connection: asyncio.StreamWriter | None = None
        self._uas.on_bye = lambda _call, _request: self._ended.set()

    async def starts(self) -> None:
        """Connect to the server, and be there for calls."""
        await self._uas.start()
        _, self._connection = await self._transport.connect(self._registrar)

    async def registers(self) -> None:
        """Bind, and wait until the registrar said yes."""
        await self.starts()
        outcomes: asyncio.Queue[int] = asyncio.Queue()
        registration = aiosipua.Registration(
            self._uac, f"sip:{self._device}@{DOMAIN}", self._registrar, auth=self._auth, expires=120
        )
        registration.on_registered = lambda _: outcomes.put_nowait(200)
        registration.on_failed = lambda _, status, __: outcomes.put_nowait(status)
        registration.register()
        async with asyncio.timeout(PATIENCE):
            assert await outcomes.get() == 200

    async def calls(self, number: str, *, events: bool = True) -> None:
        """Dial, and wait for the answer; any call before waits meanwhile, and its far end hears nothing.

        Without ``events`` it offers to send no keys as named events.
        """
        if self._rtp is not None:
            self._older.append(self._rtp)
            self._rtp_port += 2
        offer = aiosipua.build_sdp(self._host, self._rtp_port, PCMA, "PCMA", RATE)
        if not events:
            media = offer.media[0]
            media.formats, media.codecs = media.formats[:1], media.codecs[:1]
            media.attributes["rtpmap"] = media.attributes["rtpmap"][:1]
            del media.attributes["fmtp"]
        self._call = self._uac.send_invite(
            f"sip:{self._device}@{DOMAIN}", f"sip:{number}@{DOMAIN}", self._registrar, offer, auth=self._auth
        )
        await self._call.wait_answered(PATIENCE)
        await self._opens_sound(self._call.sdp_answer)

    async def answers(self, *, events: bool = True) -> None:
        """Wait for a call and take it; without ``events`` it wants no keys as named events."""
        async with asyncio.timeout(PATIENCE):
            self._call = await self._incoming.get()
        answer, _ = aiosipua.negotiate_sdp(
            self._call.sdp_offer, self._host, self._rtp_port, [PCMA], dtmf_payload_type=101 if events else 0
        )
        await self._opens_sound(self._call.sdp_offer)
        self._call.accept(answer)

    async def speaks(self, seconds: float) -> None:
        """Say its tones at 50 packets a second, and hear what comes meanwhile."""
        await self._sends(self._voice.speak(seconds, RATE), self._now())

    async def _sends(self, samples: array[int], since: int) -> None:
        """Send sound, ``since`` being the time stamp of its beginning."""
        size = int(RATE * PACKET)
        for at in range(0, len(samples) - size + 1, size):
            self._rtp.send_audio_pcm(samples[at : at + size].tobytes(), since + at)
            await self._until(since + at + size)

    def _now(self) -> int:
        """The time stamp of this moment."""
        return round((asyncio.get_running_loop().time() - self._epoch) / PACKET) * int(RATE * PACKET)

    async def _until(self, stamp: int) -> None:
        await asyncio.sleep(max(0.0, self._epoch + stamp / RATE - asyncio.get_running_loop().time()))

    async def presses(self, keys: str, form: Form, *, on: int = 100, off: int = 0) -> None:
        """Press keys, each for ``on`` milliseconds: by named events (RFC 4733), by INFO, or by their sound."""
        begun, each = self._now(), (on + off) * RATE // 1000
        for since, key in zip(itertools.count(begun, each), keys, strict=False):
            match form:
                case "event":
                    self._rtp.send_dtmf(key, on, since)
                case "info":
                    body = f"Signal={key}\r\nDuration={on}\r\n"
                    self._uac.send_info(self._call.dialog, body, "application/dtmf-relay", self._registrar)
                case "sound":
                    # Its frequencies are far below half of either rate.
                    samples = array("h", tones.key(key, on))[::2] + array("h", bytes(2 * off * RATE // 1000))
                    await self._sends(samples, since)
            if off:
                await self._until(since + each)

    async def hangs_up(self) -> None:
        """End the call."""
        self._call.hangup(*([self._uac] if isinstance(self._call, aiosipua.OutgoingCall) else []))

    async def is_hung_up(self) -> None:
        """Wait for the far end's BYE."""
        async with asyncio.timeout(PATIENCE):
            await self._ended.wait()

    @property
    def dialog(self) -> Any:
        """That of the newest call."""
        return self._call.dialog

    async def transfers(self, dialog: Any, to: str) -> None:
        """REFER within ``dialog``, and wait until we are told that it came to something."""
        self._uac.send_refer(dialog, to, self._registrar)
        async with asyncio.timeout(PATIENCE):
            while await self._progress.get() != 200:
                pass

    def heard(self) -> tuple[array[int], int]:
        """The samples that it decoded, and their rate."""
        return self._heard, RATE

    async def stop(self) -> None:
        for sound in (*self._older, self._rtp):
            if sound is not None:
                await sound.close()
        if self._connection is not None:
            self._connection.close()  # the library leaves that to the collector
            await self._connection.wait_closed()
        await self._uas.stop()

    def _pressed(self, key: str) -> None:
        self.keys += key

    def _invited(self, call: Any) -> None:
        call.ringing()
        self._incoming.put_nowait(call)

    async def _opens_sound(self, remote: Any) -> None:
        # Nothing may mend what the network (or the server) did to the sound.
        self._rtp = await aiortp.RTPSession.create(
            (self._host, self._rtp_port),
            self._way(remote.rtp_address),
            PCMA,
            plc=False,
            jitter_prefetch=1,
            skip_audio_gaps=True,
        )
        self._rtp.on_dtmf = lambda key, _: self._pressed(key)
        self._rtp.on_audio = lambda pcm, _timestamp: self._heard.frombytes(pcm)
