"""Transactions (RFC 3261 17, RFC 6026): four pure machines, and the layer that finds the one a message belongs to."""

from __future__ import annotations

from pbxd.sip.transaction.client import NonInviteClientTransaction
from pbxd.sip.transaction.effects import Deliver, Effect, Send, TimedOut, TransportFailed
from pbxd.sip.transaction.entries import ClientEntry, ClientUser, Core, ServerEntry
from pbxd.sip.transaction.invite_client import InviteClientTransaction
from pbxd.sip.transaction.invite_server import TRYING_AFTER, InviteServerTransaction
from pbxd.sip.transaction.layer import TransactionLayer
from pbxd.sip.transaction.machine import DEFAULT_TIMERS, State, Timers
from pbxd.sip.transaction.server import NonInviteServerTransaction

__all__ = [
    "DEFAULT_TIMERS",
    "TRYING_AFTER",
    "ClientEntry",
    "ClientUser",
    "Core",
    "Deliver",
    "Effect",
    "InviteClientTransaction",
    "InviteServerTransaction",
    "NonInviteClientTransaction",
    "NonInviteServerTransaction",
    "Send",
    "ServerEntry",
    "State",
    "TimedOut",
    "Timers",
    "TransactionLayer",
    "TransportFailed",
]
