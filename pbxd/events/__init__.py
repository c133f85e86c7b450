"""What happened: every domain fact, frozen and in the past tense, and the bus that hands it on.

The journal, call records, metrics and the ledger are folds over these; call code contains no record, metric or log
line of its own. All times (``at``) are wall-clock seconds since 1970-01-01 00:00 UTC, all durations are seconds.
"""

from __future__ import annotations

from contextvars import ContextVar

from pbxd.events.base import Event as Event
from pbxd.events.bus import Bus as Bus
from pbxd.events.bus import Subscriber as Subscriber
from pbxd.events.calendars import CalendarFailed as CalendarFailed
from pbxd.events.calendars import CalendarRead as CalendarRead
from pbxd.events.calendars import CalendarsDown as CalendarsDown
from pbxd.events.calendars import CalendarsUp as CalendarsUp
from pbxd.events.calls import CallArrived as CallArrived
from pbxd.events.calls import CallCrashed as CallCrashed
from pbxd.events.calls import CallEnded as CallEnded
from pbxd.events.calls import CallEvent as CallEvent
from pbxd.events.calls import CallId as CallId
from pbxd.events.calls import CallParked as CallParked
from pbxd.events.calls import CallTransferred as CallTransferred
from pbxd.events.calls import CallVisited as CallVisited
from pbxd.events.calls import EmergencyCalled as EmergencyCalled
from pbxd.events.calls import KeysPressed as KeysPressed
from pbxd.events.calls import LegAdopted as LegAdopted
from pbxd.events.calls import LegAnswered as LegAnswered
from pbxd.events.calls import LegDialled as LegDialled
from pbxd.events.calls import LegEncrypted as LegEncrypted
from pbxd.events.calls import LegEnded as LegEnded
from pbxd.events.calls import LegEvent as LegEvent
from pbxd.events.calls import LegFax as LegFax
from pbxd.events.calls import LegHeld as LegHeld
from pbxd.events.calls import LegId as LegId
from pbxd.events.calls import LegMoved as LegMoved
from pbxd.events.calls import LegReplaced as LegReplaced
from pbxd.events.calls import LegResumed as LegResumed
from pbxd.events.calls import LegRinging as LegRinging
from pbxd.events.calls import LegSilent as LegSilent
from pbxd.events.calls import LegTold as LegTold
from pbxd.events.calls import LimitedCallBegan as LimitedCallBegan
from pbxd.events.calls import MediaProblem as MediaProblem
from pbxd.events.calls import RecordingEnded as RecordingEnded
from pbxd.events.calls import RecordingPaused as RecordingPaused
from pbxd.events.calls import RecordingStarted as RecordingStarted
from pbxd.events.calls import RoomEntered as RoomEntered
from pbxd.events.calls import RoomLeft as RoomLeft
from pbxd.events.calls import RouteDecided as RouteDecided
from pbxd.events.calls import Said as Said
from pbxd.events.calls import Transcoding as Transcoding
from pbxd.events.calls import TransferFailed as TransferFailed
from pbxd.events.calls import VisitEnded as VisitEnded
from pbxd.events.mailboxes import MailboxChanged as MailboxChanged
from pbxd.events.mailboxes import MailboxLocked as MailboxLocked
from pbxd.events.mailboxes import MailboxSettingChanged as MailboxSettingChanged
from pbxd.events.mailboxes import MessageLeft as MessageLeft
from pbxd.events.notices import GatewayDown as GatewayDown
from pbxd.events.notices import GatewayUp as GatewayUp
from pbxd.events.notices import InvitationUsed as InvitationUsed
from pbxd.events.notices import NoticeDelayed as NoticeDelayed
from pbxd.events.notices import NoticeEvent as NoticeEvent
from pbxd.events.notices import NoticeFailed as NoticeFailed
from pbxd.events.notices import NoticeReported as NoticeReported
from pbxd.events.notices import NoticeSent as NoticeSent
from pbxd.events.people import AbsenceChanged as AbsenceChanged
from pbxd.events.people import ActivityChanged as ActivityChanged
from pbxd.events.people import DiversionChanged as DiversionChanged
from pbxd.events.people import FieldChanged as FieldChanged
from pbxd.events.people import HoursExtended as HoursExtended
from pbxd.events.people import NightModeChanged as NightModeChanged
from pbxd.events.people import NumberShown as NumberShown
from pbxd.events.people import PlanChanged as PlanChanged
from pbxd.events.people import ProfileChanged as ProfileChanged
from pbxd.events.people import RoleChanged as RoleChanged
from pbxd.events.people import UserEvent as UserEvent
from pbxd.events.phones import PhoneAdded as PhoneAdded
from pbxd.events.phones import PhoneAssigned as PhoneAssigned
from pbxd.events.phones import PhoneFetched as PhoneFetched
from pbxd.events.phones import PhoneRefused as PhoneRefused
from pbxd.events.phones import PhoneReleased as PhoneReleased
from pbxd.events.phones import PhoneTold as PhoneTold
from pbxd.events.phones import SeatLeft as SeatLeft
from pbxd.events.phones import SeatRefused as SeatRefused
from pbxd.events.phones import SeatTaken as SeatTaken
from pbxd.events.phones import TicketMade as TicketMade
from pbxd.events.phones import TicketRevoked as TicketRevoked
from pbxd.events.queues import AgentFinished as AgentFinished
from pbxd.events.queues import AgentLoggedIn as AgentLoggedIn
from pbxd.events.queues import AgentLoggedOut as AgentLoggedOut
from pbxd.events.queues import AgentPaused as AgentPaused
from pbxd.events.queues import AgentResumed as AgentResumed
from pbxd.events.queues import AttendantNotified as AttendantNotified
from pbxd.events.queues import CallbackFailed as CallbackFailed
from pbxd.events.queues import CallbackRequested as CallbackRequested
from pbxd.events.queues import CallDequeued as CallDequeued
from pbxd.events.queues import CallOffered as CallOffered
from pbxd.events.queues import CallQueued as CallQueued
from pbxd.events.queues import OfferEnded as OfferEnded
from pbxd.events.server import ConfigReloaded as ConfigReloaded
from pbxd.events.server import ReloadRefused as ReloadRefused
from pbxd.events.server import ServerDraining as ServerDraining
from pbxd.events.server import ServerStarted as ServerStarted
from pbxd.events.server import ServerStopped as ServerStopped
from pbxd.events.server import SipTraceEnded as SipTraceEnded
from pbxd.events.server import SipTraceStarted as SipTraceStarted
from pbxd.events.world import Banned as Banned
from pbxd.events.world import MessageAccepted as MessageAccepted
from pbxd.events.world import MessageDelivered as MessageDelivered
from pbxd.events.world import MessageExpired as MessageExpired
from pbxd.events.world import MessageKept as MessageKept
from pbxd.events.world import Registered as Registered
from pbxd.events.world import RequestRefused as RequestRefused
from pbxd.events.world import RequestsRefused as RequestsRefused
from pbxd.events.world import TrunkDown as TrunkDown
from pbxd.events.world import TrunkServerDown as TrunkServerDown
from pbxd.events.world import TrunkServerUp as TrunkServerUp
from pbxd.events.world import TrunkUp as TrunkUp
from pbxd.events.world import Unbanned as Unbanned
from pbxd.events.world import Unregistered as Unregistered

current_call: ContextVar[str] = ContextVar("current_call", default="")
"""The call that the running code works for, so that log lines of helpers and libraries can name it."""
