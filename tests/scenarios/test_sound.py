"""What people hear: relayed by the in-process engine, one continuous stream per port."""

from __future__ import annotations

import itertools

import pytest

from tests.support.house import SERVER, House
from tests.support.sound import Sound, read

pytestmark = pytest.mark.covers("CALL-9")

OPUS = {96: "opus/48000/2", 101: "telephone-event/48000"}
OPUS_ELSEWHERE = {111: "opus/48000/2", 97: "telephone-event/48000"}


def continuous(sound: Sound) -> bool:
    """Whether all that was heard is one RTP stream without a hole."""
    sequences = [packet.sequence for packet in sound.heard]
    steps = {(after - before) & 0xFFFF for before, after in itertools.pairwise(sequences)}
    return len({packet.ssrc for packet in sound.heard}) == 1 and steps <= {1}


async def test_descriptions_name_only_pbxd(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        call = await bo.answers()
        await anna.is_answered()
        assert call.invite
        assert anna.host.encode() not in call.invite.to_bytes()
        final = anna.call.attempt.final
        assert final
        assert bo.host.encode() not in final.to_bytes()
        assert {line.host for line in read(final.body) + read(call.invite.body)} == {SERVER.host}


async def test_payloads_pass_untouched_in_a_stream_of_pbxds_own(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await bo.hears(anna, packets=100)
        assert continuous(bo.call.sound)
        assert bo.call.sound.heard[0].ssrc != 0xA0_0000 + anna.call.sound.local.port
        assert bo.call.sound.heard[0].source.host == SERVER.host


async def test_payload_numbers_are_each_legs_own(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.style.formats, bo.style.formats = OPUS, OPUS_ELSEWHERE
    bo.style.own_numbers = True
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await bo.hears(anna)
        await anna.hears(bo)
        assert {packet.payload_type for packet in bo.call.sound.heard} == {111}
        assert {packet.payload_type for packet in anna.call.sound.heard} == {96}


async def test_digits_pass_as_telephone_events(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.style.formats, bo.style.formats = OPUS, OPUS_ELSEWHERE
    bo.style.own_numbers = True
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        anna.call.sound.speak(3, encoding="telephone-event/48000")
        await bo.pause(1)
        assert [packet.payload_type for packet in bo.call.sound.heard] == [97] * 3


@pytest.mark.parametrize("formats", [{0: "PCMU/8000"}, {8: "PCMA/8000"}, {9: "G722/8000"}, {96: "opus/48000/2"}])
async def test_each_format(house: House, formats: dict[int, str]) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.style.formats = bo.style.formats = formats
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await anna.hears(bo, packets=50)
        await bo.hears(anna, packets=50)
    await house.settles()


async def test_pbxd_learns_where_a_phone_behind_nat_really_is(house: House) -> None:
    """Anna's description names an address that nobody can reach; her packets come from elsewhere."""
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202", offer=False) as call:
        await bo.answers()
        await anna.is_answered()
        natted = call.sound.offer().replace(anna.host.encode(), b"10.1.2.3")
        reoffer = call.request("INVITE", body=natted)
        await anna.watch.until(lambda: reoffer.final, "an answer", 5)
        await bo.hears(anna)  # now pbxd knows
        await anna.hears(bo)


async def test_a_strangers_packets_are_not_passed_on(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await bo.hears(anna)
        await anna.hears(bo)
        remote = anna.call.sound.remote
        assert remote
        stranger = cora.new_sound()
        stranger.remote = remote
        spoken = stranger.speak(20)
        await bo.pause(1)
        assert not set(spoken) & set(bo.call.sound.payloads())
        await anna.hears(bo)  # and Bo still reaches Anna, not the stranger
        stranger.close()


async def test_ports_are_free_when_the_call_is_over(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        assert house.leftovers()["ports"] == 2
    assert house.leftovers()["ports"] == 0


async def test_one_stream_through_hold_and_resume(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
        await bo.hears(anna)
        await anna.holds()
        await anna.resumes()
        await bo.hears(anna)
        assert continuous(bo.call.sound)
