"""Plans of others: who may see them, and who may edit them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbxd.calls.orders import OrderError
from pbxd.people.plans import PlanOrders
from tests.support.clock import VirtualClock
from tests.support.house import ORGANIZATION, House, configure
from tests.support.network import MemoryNetwork

NOON = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Europe/Copenhagen")).timestamp()
PEOPLE = """\
activities: [{name: available, available: true}, {name: meeting, available: false}]
groups:
  - name: heads
    permissions: {edit_future_presence: [crew]}
  - name: front
    permissions: {see_future_presence: [crew]}
  - name: crew
"""
GROUPS = {"anna": "[heads]", "bo": "[crew]", "cora": "[front]", "dan": "[crew]"}
MEETING = {"value": "meeting", "start": "2026-03-03 10:00", "until": "2026-03-03 11:00"}


@pytest.mark.covers("PRES-4", "LVL-7")
async def test_who_may_see_and_who_may_edit_is_by_group(
    tmp_path: Path, network: MemoryNetwork, clock: VirtualClock
) -> None:
    clock.set_wall(NOON)
    text = ORGANIZATION + PEOPLE
    for user, groups in GROUPS.items():
        text = text.replace(f"  - username: {user}\n", f"  - username: {user}\n    groups: {groups}\n")
    async with House(configure(tmp_path, organization=text), network, clock) as house:
        plans = PlanOrders(lambda: house.server.configuration, house.server.orders)
        added = await plans.add("bo", "activity", by="anna", **MEETING)
        [plan] = added["plans"]
        assert (plan["what"], plan["end"] - plan["start"]) == ("meeting", 3600)
        for viewer in (None, "anna", "bo", "cora"):
            assert plans.show("bo", by=viewer)["plans"] == [plan]
        with pytest.raises(OrderError, match="nothing lets dan see the plans of bo"):
            plans.show("bo", by="dan")
        for other in ("cora", "dan"):
            with pytest.raises(OrderError, match=f"nothing lets {other} edit the plans of bo"):
                await plans.add("bo", "activity", by=other, **MEETING)
            with pytest.raises(OrderError, match=f"nothing lets {other} edit the plans of bo"):
                await plans.remove("bo", plan["id"], by=other)
        with pytest.raises(OrderError, match="nothing lets anna see the plans of cora"):
            plans.show("cora", by="anna")
        with pytest.raises(OrderError, match="lunch can't be planned"):
            await plans.add("bo", "lunch", by="bo", **MEETING)
        with pytest.raises(OrderError, match="bo has no plan 1-nap"):
            await plans.remove("bo", "1-nap", by="bo")
        assert (await plans.remove("bo", plan["id"], by="anna"))["plans"] == []
        await plans.add("bo", "activity", by="bo", **MEETING)
        clock.set_wall(plan["start"] + 60)
        assert house.server.orders.show("bo")["activity"] == "meeting", "it came true"
