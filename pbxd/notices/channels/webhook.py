"""Events by HTTP: one POST each, signed as https://www.standardwebhooks.com has it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final

import httpx2

from pbxd.notices.letter import Delayed, Hook, Outcome, Refused, Sent, Unreachable

ANSWER_WITHIN: Final = 15.0
GONE: Final = 410
"""The receiver wants no more of it."""
PREFIX: Final = "whsec_"


class Webhook:
    """Posts to any of the addresses that are configured."""

    def __init__(self, secrets: Mapping[str, str | None], wall: Callable[[], float]) -> None:
        """``secrets`` are by address."""
        self._secrets = secrets
        self._wall = wall
        self._client = httpx2.AsyncClient(timeout=ANSWER_WITHIN, follow_redirects=False, trust_env=False)

    async def send(self, hook: Hook) -> Outcome:
        """One request. Raises nothing for what the network or the receiver does."""
        if hook.to not in self._secrets:
            return Refused(reason="nothing is configured to go there any more")
        body = hook.text.encode()
        headers = {"Content-Type": "application/json", "User-Agent": "pbxd", "webhook-id": hook.identification}
        headers |= signature(self._secrets[hook.to], hook.identification, int(self._wall()), body)
        try:
            async with self._client.stream("POST", hook.to, content=body, headers=headers) as response:
                status = response.status_code  # what else it says is not read
        except httpx2.HTTPError as error:
            return Unreachable(reason=str(error) or type(error).__name__)
        if 200 <= status < 300:
            return Sent()
        return Refused(reason="410: it wants no more") if status == GONE else Delayed(reason=f"it answers {status}")

    async def close(self) -> None:
        await self._client.aclose()


def signature(secret: str | None, identification: str, at: int, body: bytes) -> dict[str, str]:
    """The headers that prove who sent it, and when: HMAC-SHA256 over id, time and body."""
    headers = {"webhook-timestamp": str(at)}
    if secret is not None:
        signed = b".".join((identification.encode(), str(at).encode(), body))
        digest = hmac.digest(key_of(secret), signed, hashlib.sha256)
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def key_of(secret: str) -> bytes:
    """``whsec_`` is followed by Base64; any other secret is the key itself."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
