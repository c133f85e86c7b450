"""Everything that an engine does with sound beyond relaying it. Made at the first command that needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from pbxd.clock import Clock
from pbxd.media.embedded.conference import Conference
from pbxd.media.embedded.ear import Ear
from pbxd.media.embedded.key_tones import KeyTones
from pbxd.media.embedded.library import Clip, Encoding, Library
from pbxd.media.embedded.metronome import Metronome
from pbxd.media.embedded.player import Player
from pbxd.media.embedded.port import Port
from pbxd.media.embedded.tape import Tape
from pbxd.media.embedded.translation import Translation
from pbxd.media.embedded.watch import Watch
from pbxd.media.engine import Played, PortId, Recorded
from pbxd.media.sound.files import UnreadableSound
from pbxd.media.sound.tones import PAIRS
from pbxd.media.sounds import Detection, MixId, Programme, Recording, Sound

T = TypeVar("T")


class Studio:
    """Of one engine."""

    def __init__(self, clock: Clock) -> None:
        self._metronome = Metronome(clock)
        self._library = Library()
        # One thread: sounds are read and encoded one after the other, and the library is nobody else's.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sounds")
        self._programmes: dict[PortId, Programme] = {}
        """What a port hears of us, or will when it is read."""
        self._players: dict[PortId, Player] = {}
        self._rooms: dict[MixId, Conference] = {}
        self._seats: dict[PortId, MixId] = {}
        self._ears: dict[PortId, tuple[Ear, int]] = {}
        """With how many use each."""
        self._tapes: dict[PortId, Tape] = {}
        self._watches: dict[PortId, Watch] = {}
        self._key_tones: dict[PortId, KeyTones] = {}
        self._endings: set[asyncio.Future[Recorded | None]] = set()

    async def stop(self) -> None:
        """After every port was closed: returns when every recording is on disk."""
        await asyncio.gather(*self._endings)
        self._thread.shutdown(wait=False, cancel_futures=True)

    # What a port hears ---------------------------------------------------------------------------------------------

    def hush(self, port: Port) -> None:
        """End what a port hears of us."""
        self._programmes.pop(port.id, None)
        player = self._players.pop(port.id, None)
        if player is not None:
            self._metronome.leave(player)
        room = self._seats.pop(port.id, None)
        if room is not None:
            conference = self._rooms[room]
            conference.leave(port)
            self._let_go(port)
            if not conference:
                self._metronome.leave(conference)
                del self._rooms[room]

    def play(self, port: Port, programme: Programme) -> None:
        """Read the sounds, and begin."""
        self.hush(port)
        self._programmes[port.id] = programme
        self._in_thread(partial(self._read, programme), partial(self._begin, port, programme))

    def _read(self, programme: Programme) -> list[Clip]:
        return [self._library.clip(sound) for sound in programme.sounds]

    def _begin(self, port: Port, programme: Programme, clips: list[Clip] | Exception) -> None:
        if self._programmes.get(port.id) is not programme:
            return  # something else is to be heard by now
        if isinstance(clips, Exception):
            self.hush(port)
            problem = str(clips) if isinstance(clips, UnreadableSound) else repr(clips)
            port.emit(Played(port=port.id, ticket=programme.ticket, problem=problem))
            return
        player = Player(port, programme, clips, self._extend, partial(self.hush, port))
        self._players[port.id] = player
        self._metronome.join(player)

    def _extend(self, encoding: Encoding) -> None:
        if not encoding.busy:
            encoding.busy = True
            self._in_thread(encoding.extend, partial(self._extended, encoding))

    @staticmethod
    def _extended(encoding: Encoding, result: Exception | None) -> None:
        # After an error it stays busy, and whoever plays it hears nothing more of it.
        encoding.busy = isinstance(result, Exception)

    def _in_thread(self, work: Callable[[], T], then: Callable[[T | Exception], None]) -> None:
        def done(future: asyncio.Future[T]) -> None:
            if not future.cancelled():
                error = future.exception()
                then(error if isinstance(error, Exception) else future.result())

        asyncio.get_running_loop().run_in_executor(self._thread, work).add_done_callback(done)

    def mix(self, port: Port, room: MixId, heard_by: Sequence[PortId] | None) -> None:
        """Seat a port in a room, and say who hears it there."""
        if self._seats.get(port.id) != room:
            self.hush(port)
            conference = self._rooms.get(room)
            if conference is None:
                conference = self._rooms[room] = Conference()
                self._metronome.join(conference)
            self._seats[port.id] = room
            conference.join(port, self._ear(port))
        self._rooms[room].heard_by(port.id, heard_by)

    def tell(self, room: MixId, sounds: Sequence[Sound]) -> None:
        """Read the sounds, and have everybody in the room hear them."""
        self._in_thread(partial(self._samples, sounds), partial(self._tell, room))

    def _samples(self, sounds: Sequence[Sound]) -> bytes:
        return b"".join(self._library.clip(sound).samples for sound in sounds)

    def _tell(self, room: MixId, samples: bytes | Exception) -> None:
        conference = self._rooms.get(room)
        if conference is not None and isinstance(samples, bytes):
            conference.tell(samples)

    def press(self, port: Port, key: str, milliseconds: int) -> None:
        """Say a key as a tone, in place of whatever else the party hears."""
        if key not in PAIRS:
            return
        tones = self._key_tones.get(port.id)
        if tones is None:
            tones = self._key_tones[port.id] = KeyTones(port, self._pressed)
            self._metronome.join(tones)
        tones.press(key, milliseconds)

    def _pressed(self, tones: KeyTones) -> None:
        if self._key_tones.pop(tones.port.id, None) is not None:
            self._metronome.leave(tones)
            tones.stop()

    def translate(self, source: Port, hearer: Port, *, keys: bool) -> Translation:
        """Make what one party says anew for another, until that is stopped."""
        translation = Translation(self._ear(source), hearer, self._translated, keys=keys)
        self._metronome.join(translation)
        return translation

    def _translated(self, translation: Translation) -> None:
        self._metronome.leave(translation)
        self._let_go(translation.ear.port)

    # What a party says ---------------------------------------------------------------------------------------------

    def record(self, port: Port, beside: Port | None, recording: Recording) -> None:
        """Begin a recording."""
        self.end_recording(port)
        ears = tuple(self._ear(each) for each in (port, beside) if each is not None)
        tape = self._tapes[port.id] = Tape(ears, recording, self._tape_over)
        self._metronome.join(tape)

    def end_recording(self, port: Port) -> asyncio.Future[Recorded | None] | None:
        """End the recording of a port, if there is one; done when it is on disk."""
        tape = self._tapes.pop(port.id, None)
        if tape is None:
            return None
        self._metronome.leave(tape)
        for ear in tape.ears:
            self._let_go(ear.port)
        ending = tape.end()
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        return ending

    def _tape_over(self, tape: Tape) -> None:
        self.finish_recording(tape.ears[0].port)

    def finish_recording(self, port: Port) -> None:
        """End the recording of a port, if there is one, and tell when it is on disk."""
        ending = self.end_recording(port)
        if ending is not None:
            ending.add_done_callback(partial(self._tell_recorded, port))

    @staticmethod
    def _tell_recorded(port: Port, ended: asyncio.Future[Recorded | None]) -> None:
        recorded = ended.result()
        if recorded is not None:
            port.emit(recorded)

    def detect(self, port: Port, detection: Detection) -> None:
        """Listen for this and nothing else."""
        former = self._watches.pop(port.id, None)
        if former is not None:
            self._metronome.leave(former)
            former.ear.keys = False
            self._let_go(port)
        if detection.keys or detection.tones or detection.quiet is not None:
            ear = self._ear(port)
            ear.keys = detection.keys
            watch = self._watches[port.id] = Watch(ear, detection)
            self._metronome.join(watch)

    def _ear(self, port: Port) -> Ear:
        ear, users = self._ears.get(port.id) or (Ear(port), 0)
        self._ears[port.id] = ear, users + 1
        if not users:
            port.listen(ear)
            self._metronome.join(ear)
        return ear

    def _let_go(self, port: Port) -> None:
        ear, users = self._ears[port.id]
        self._ears[port.id] = ear, users - 1
        if users == 1:
            del self._ears[port.id]
            self._metronome.leave(ear)
            port.listen(None)

    def closed(self, port: Port) -> None:
        """Let go of everything that a port had; a recording is completed."""
        self.hush(port)
        if port.id in self._key_tones:
            self._pressed(self._key_tones[port.id])
        self.detect(port, Detection())
        self.finish_recording(port)
