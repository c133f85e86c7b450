"""Everything about mails and SMS in one place, as the server builds it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from pbxd.events import EmergencyCalled, MessageLeft, Registered
from pbxd.notices.alarms import EmergencyMails
from pbxd.notices.feed import Feed
from pbxd.notices.invitations import Invitations
from pbxd.notices.outbox import Outbox
from pbxd.notices.outward import Outward
from pbxd.notices.post import Post, Settings
from pbxd.notices.short_messages import SmsCarrier
from pbxd.notices.voicemail import VoicemailNotices
from pbxd.notices.webhooks import Webhooks

if TYPE_CHECKING:
    from pbxd.calls.kernel import Kernel
    from pbxd.config.snapshot import Configuration
    from pbxd.notices.letter import Sender
    from pbxd.store.interface import OutboxStore


class Desk:
    """The outbox, and whoever puts letters into it."""

    def __init__(
        self,
        kernel: Kernel,
        configuration: Callable[[], Configuration],
        store: OutboxStore,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        sender: Sender | None = None,
    ) -> None:
        """Without ``sender`` letters go by what is configured."""

        def settings() -> Settings:
            server = configuration().server
            return server.smtp, server.sms, server.webhooks

        sender = sender or Post(settings, spawn)
        self.outbox = Outbox(clock=kernel.clock, bus=kernel.bus, store=store, sender=sender, spawn=spawn)
        self.carrier = SmsCarrier(self.outbox)
        self.invitations = Invitations(configuration, self.outbox, kernel.clock)
        self.feed = Feed(secrets.token_hex(4), kernel.clock.monotonic)
        Outward(configuration, kernel.bus, (self.feed, Webhooks(configuration, self.outbox)))
        kernel.bus.subscribe(self.invitations, Registered)
        kernel.bus.subscribe(VoicemailNotices(configuration, self.outbox, kernel.mailroom.office), MessageLeft)
        kernel.bus.subscribe(EmergencyMails(configuration, self.outbox), EmergencyCalled)

    def stop(self) -> None:
        """Send nothing more, and let nobody wait any longer."""
        self.outbox.stop()
        self.feed.stop()
