"""SMS by a gateway that is spoken to in HTTP."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import httpx2

from pbxd.config.gateways import Fields, HttpGateway
from pbxd.notices.letter import Delayed, Outcome, Refused, Sent, Sms, Unreachable

ANSWER_WITHIN = 30.0
NOT_OF_THE_SMS = frozenset({301, 302, 303, 307, 308, 401, 402, 403, 404, 405, 407})
"""Statuses that would come for any SMS: wrong address, wrong credentials, nothing paid."""
FOR_NOW = frozenset({408, 409, 425, 429})


class Http:
    """One gateway; connections are kept for the next SMS."""

    def __init__(self, gateway: HttpGateway) -> None:
        self._gateway = gateway
        secure = gateway.url.startswith("https:")
        auth = httpx2.BasicAuth(gateway.username, gateway.password or "") if gateway.username else None
        self._client = httpx2.AsyncClient(
            headers=dict(gateway.headers),
            auth=auth,
            timeout=ANSWER_WITHIN,
            follow_redirects=False,  # credentials go nowhere but where they were meant to go
            verify=ssl.create_default_context(cafile=gateway.ca) if secure else True,
            trust_env=False,
        )

    async def send(self, notice: int, sms: Sms) -> Outcome:
        """One request. Raises nothing for what the network or the gateway does."""
        values = {"to": sms.to, "from": sms.sender, "number": sms.number, "text": sms.text}
        fields = filled(self._gateway.fields, values)
        where = {"GET": "params"}.get(self._gateway.method, "json" if self._gateway.encoding == "json" else "data")
        arguments: dict[str, Any] = {where: fields}
        try:
            response = await self._client.request(self._gateway.method, self._gateway.url, **arguments)
        except httpx2.HTTPError as error:
            return Unreachable(reason=str(error) or type(error).__name__)
        return outcome(response.status_code, response.text)

    async def close(self) -> None:
        await self._client.aclose()


def filled(fields: Fields, values: Mapping[str, str]) -> Any:
    """The fields with what is sent in place of ``{to}`` and the like; what is put in is not read again."""
    if isinstance(fields, str):
        pieces = fields.split("{")
        found = [pieces[0]]
        for piece in pieces[1:]:
            name, closed, rest = piece.partition("}")
            found += [values[name], rest] if closed and name in values else ["{", piece]
        return "".join(found)
    if isinstance(fields, Mapping):
        return {key: filled(value, values) for key, value in fields.items()}
    return [filled(value, values) for value in fields]


def outcome(status: int, body: str) -> Outcome:
    """What a status says: of this SMS, or of the gateway."""
    reason = f"{status} {' '.join(body.split())[:200]}".strip()
    if 200 <= status < 300:
        return Sent()
    if status in NOT_OF_THE_SMS:
        return Unreachable(reason=reason)
    return Delayed(reason=reason) if status in FOR_NOW or status >= 500 else Refused(reason=reason)
