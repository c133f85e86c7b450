"""Bugs and failures cost the call that they happen in, and nothing else."""

from __future__ import annotations

from pbxd.events import CallEnded
from tests.support.house import House


async def test_shutting_down_ends_calls_and_keeps_bindings(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    await bo.answers()
    await anna.is_answered()
    begun = house.clock.monotonic()
    await house.stop()
    assert house.clock.monotonic() - begun < 5
    await anna.is_hung_up()
    await bo.is_hung_up()
    assert [ended.result for ended in house.happened(CallEnded)] == ["shutdown"]
    assert len(house.store.bindings.rows) == 2
    await house.start()


async def test_shutting_down_while_it_rings(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.dials("202")
    await bo.rings()
    await house.stop()
    await bo.stops_ringing()
    await anna.watch.until(lambda: anna.call.state == "over", "a refusal", 5)
    assert anna.call.status in (480, 487, 500, 503)
    await house.start()


async def test_garbage_is_survived(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    for garbage in (b"", b"\r\n\r\n", b"\x00" * 100, b"INVITE", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 60_000):
        anna.wire.send(garbage, anna.server)
    async with anna.calls("202"):
        await bo.answers()
        await anna.is_answered()
    await house.settles()


async def test_an_invite_with_a_broken_description_is_refused(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    anna.style.attributes = ("a=rtpmap:8 nonsense/notanumber",)
    anna.style.before = ("m=audio -1 RTP/AVP 0",)
    async with anna.calls("202"):
        await anna.watch.until(lambda: anna.call.state == "over", "a refusal", 5)
    assert anna.call.status in (400, 488)
    assert bo.calls_got == []
    await house.settles()
