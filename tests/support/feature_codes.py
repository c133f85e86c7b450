"""Feature codes, as people dial them."""

from __future__ import annotations

from pbxd.sip.message import Response
from tests.support.phone import Phone


async def dials(phone: Phone, code: str, status: int = 480) -> str:
    """The reason phrase that the phone shows after dialling a code."""
    async with phone.calls(code):
        response: Response = await phone.fails(status)
    cause = 200 if status == 480 else status
    reason = response.headers.get("Reason") or ""
    assert reason.startswith(f"SIP;cause={cause};text=") or status == 484
    return response.reason
