"""What an INVITE may carry through, and what it may not mean."""

from __future__ import annotations

import pytest

from tests.support.house import House


async def test_user_to_user_information_is_carried(house: House) -> None:
    anna, bo = await house.phones("anna", "bo")
    value = "56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar"
    async with anna.calls("202", headers=[("User-to-User", value), ("X-Other", "1")]):
        callee = await bo.rings()
        assert callee.invite is not None
        assert callee.invite.headers.all("User-to-User") == (value,)
        assert "X-Other" not in callee.invite.headers
    await house.settles()


@pytest.mark.parametrize("header", ["Replaces", "Join"])
async def test_a_dialog_that_nobody_knows(house: House, header: str) -> None:
    anna, bo = await house.phones("anna", "bo")
    async with anna.calls("202", headers=[(header, "nobody@nowhere;to-tag=a;from-tag=b")]):
        await anna.fails(481)
    async with anna.calls("202", headers=[(header, "nobody@nowhere")]):
        await anna.fails(400)
    async with anna.calls("202", headers=[("Require", header.lower()), (header, "a;to-tag=a;from-tag=b")]):
        refused = await anna.fails(481 if header == "Replaces" else 420)
        assert refused.headers.get("Unsupported") == (None if header == "Replaces" else "join")
    assert bo.calls_got == []
    await house.settles()


async def test_nobody_joins_a_call(house: House) -> None:
    anna, bo, cora = await house.phones("anna", "bo", "cora")
    async with anna.calls("202") as call:
        await bo.answers()
        await anna.is_answered()
        means = f"{call.call_id};to-tag={call.remote_tag};from-tag={call.tag}"
        async with cora.calls("202", headers=[("Join", means)]):
            await cora.fails(603)
        await anna.hears(bo)
    await house.settles()
