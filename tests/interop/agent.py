"""An independent user agent from PyPI: aiosipua for its SIP, aiortp for its sound.

It signals over TCP, because over UDP version 0.7.1 takes a repeated 401 for the end: it never acknowledges the first.
"""

from __future__ import annotations

import asyncio
from array import array
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
PATIENCE = 15.0
RTP_PORT = 31_000
PACKET = 0.02
RATE = 8000
PCMA = 8


class Agent:
    """One user agent on an address of its own: registers with digest, calls, is called, speaks and listens."""

    def __init__(self, device: str, voice: Voice, *, host: str, registrar: tuple[str, int]) -> None:
        self._device = device
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
        self._heard = array("h")
        self._ended = asyncio.Event()
        self._connection: asyncio.StreamWriter | None = None
        self._uas.on_bye = lambda _call, _request: self._ended.set()

    async def registers(self) -> None:
        """Bind, and wait until the registrar said yes."""
        await self._uas.start()
        _, self._connection = await self._transport.connect(self._registrar)
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

    async def answers(self) -> None:
        """Wait for a call and take it."""
        async with asyncio.timeout(PATIENCE):
            self._call = await self._incoming.get()
        answer, _ = aiosipua.negotiate_sdp(self._call.sdp_offer, self._host, self._rtp_port, [PCMA])
        await self._opens_sound(self._call.sdp_offer)
        self._call.accept(answer)

    async def speaks(self, seconds: float) -> None:
        """Say its tones at 50 packets a second, and hear what comes meanwhile."""
        loop = asyncio.get_running_loop()
        samples = self._voice.speak(seconds, RATE)
        begun, size = loop.time(), int(RATE * PACKET)
        for number in range(len(samples) // size):
            frame = samples[number * size : (number + 1) * size]
            self._rtp.send_audio_pcm(frame.tobytes(), number * size)
            await asyncio.sleep(max(0.0, begun + (number + 1) * PACKET - loop.time()))

    async def presses(self, key: str, form: Form) -> None:
        """Press a key for a tenth of a second: by named events (RFC 4733), by INFO, or by its sound."""
        match form:
            case "event":
                self._rtp.send_dtmf(key, 100, 0)
            case "info":
                body = f"Signal={key}\r\nDuration=100\r\n"
                self._uac.send_info(self._call.dialog, body, "application/dtmf-relay", self._registrar)
            case "sound":
                samples = array("h", tones.key(key, 100))[::2]  # its frequencies are far below half of either rate
                for at in range(0, len(samples), int(RATE * PACKET)):
                    self._rtp.send_audio_pcm(samples[at : at + int(RATE * PACKET)].tobytes(), at)
                    await asyncio.sleep(PACKET)

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

    def _invited(self, call: Any) -> None:
        call.ringing()
        self._incoming.put_nowait(call)

    async def _opens_sound(self, remote: Any) -> None:
        # Nothing may mend what the network (or the server) did to the sound.
        self._rtp = await aiortp.RTPSession.create(
            (self._host, self._rtp_port), remote.rtp_address, PCMA, plc=False, jitter_prefetch=1, skip_audio_gaps=True
        )
        self._rtp.on_audio = lambda pcm, _timestamp: self._heard.frombytes(pcm)
