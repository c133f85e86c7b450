"""Events sent to programs by HTTP, each on disk until its receiver has taken it (API-3)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pbxd.compact import encoder
from pbxd.notices.letter import Hook
from pbxd.notices.outbox import Notice, Outbox
from pbxd.notices.outward import Told

if TYPE_CHECKING:
    from pbxd.config.gateways import WebhookConfig
    from pbxd.config.snapshot import Configuration

KIND: Final = "webhook"
_encode = encoder(ensure_ascii=False)


class Webhooks:
    """A :class:`pbxd.notices.outward.Sink` that puts events into the outbox, for each address that wants them."""

    def __init__(self, configuration: Callable[[], Configuration], outbox: Outbox) -> None:
        self._configuration = configuration
        self._outbox = outbox

    @property
    def listens(self) -> bool:
        return bool(self._configuration().server.webhooks)

    def tell(self, told: Told) -> None:
        text = ""
        for webhook in self._configuration().server.webhooks:
            if wants(webhook, told):
                text = text or _encode(
                    {
                        "type": told.event,
                        "timestamp": told.at,
                        "organization": told.organization,
                        "users": told.users,
                        "data": told.data,
                    }
                )
                letter = Hook(to=webhook.url, text=text, identification=f"msg_{secrets.token_hex(12)}")
                self._outbox.put(Notice(organization=told.organization, kind=KIND, user="", letter=letter))


def wants(webhook: WebhookConfig, told: Told) -> bool:
    """Whether an address is to be told of an event."""
    if webhook.organization not in (None, told.organization):
        return False
    return not webhook.events or told.event in webhook.events
