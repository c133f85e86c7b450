"""Who watches whom (RFC 6665): subscriptions to users' dialogs, presence, registrations and mailboxes (PRES-5).

It takes SUBSCRIBEs in, follows the server's events, and tells each subscription that may show something new. When and
how its watcher is told is the subscription's own affair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pbxd.calls.dialogs import CHANGING
from pbxd.calls.directory import visible_at
from pbxd.errors import MalformedMessage
from pbxd.events import ActivityChanged, Bus, CallEvent, ConfigReloaded, MailboxChanged, Registered, Unregistered
from pbxd.org.permissions import SEE_STATUS
from pbxd.sip.dialog import Dialog
from pbxd.sip.event import EventId
from pbxd.sip.headers import parse_content_type, split_list
from pbxd.sip.notifier import Notifier
from pbxd.sip.packages import PACKAGES
from pbxd.sip.registrar import IntervalTooBrief
from pbxd.sip.subscription import Subscription, Terms

if TYPE_CHECKING:
    from pbxd.calls.admission import Device
    from pbxd.calls.dialogs import LiveDialogs
    from pbxd.calls.kernel import Kernel
    from pbxd.calls.location import Account
    from pbxd.calls.publications import Resource
    from pbxd.calls.reception import Reception
    from pbxd.calls.states import States
    from pbxd.config.snapshot import Configuration
    from pbxd.org.organization import Organization
    from pbxd.org.users import User
    from pbxd.sip.message import Request
    from pbxd.sip.transaction import ServerEntry

MAX_SUBSCRIPTIONS: Final = 1000
"""Of one device: a switchboard's console watches everybody, and nobody needs more."""
MAX_GOODBYES: Final = 5000
"""Subscriptions that are ended when the server stops, which takes well under a second."""
TERMS: Final = Terms()
OWN_ONLY: Final = frozenset({"message-summary", "reg"})
"""Packages that show nothing that is for others."""

Refusal = tuple[int, tuple[tuple[str, str], ...]]
"""Status and headers."""
Watched = tuple[str, str, str]
"""Organization, username and package."""


def may_watch(organization: Organization, device: str, watched: Organization, user: User, package: str) -> bool:
    """Whether a device of ``organization`` may subscribe to a user of ``watched``, the same one or a linked one."""
    owner = organization.owner(device)
    if owner is None:
        return False
    if package in OWN_ONLY:
        return owner is user
    if watched.name != organization.name:
        return watched.name in organization.linked_organizations and watched.is_federated(user)  # NUM-9
    return bool(organization.may(owner.username, SEE_STATUS, user.username))  # LVL-7


class Watchers:
    """All subscriptions."""

    def __init__(
        self,
        *,
        kernel: Kernel,
        reception: Reception,
        configuration: Callable[[], Configuration],
        dialogs: LiveDialogs,
        states: States,
    ) -> None:
        self._kernel = kernel
        self._reception = reception
        self._configuration = configuration
        self._dialogs = dialogs
        self._states = states
        self._notifiers: dict[Watched, dict[Notifier, Account]] = {}
        """Whose state each subscription shows, and the device that subscribed."""
        self._users: dict[Watched, User] = {}
        """Those who are watched, as they were configured when that was last looked at."""
        self._counts: Counter[Account] = Counter()
        self._talking: set[Account] = set()
        """Devices in a call, as presence last knew it."""
        self.followers: list[Callable[[Account], None]] = []
        """Told of each device whose dialogs are others now."""

    def __len__(self) -> int:
        """Subscriptions."""
        return sum(map(len, self._notifiers.values()))

    # SUBSCRIBE -----------------------------------------------------------------------------------------------------

    def subscribed(self, request: Request, transaction: ServerEntry) -> None:
        """A SUBSCRIBE outside a dialog."""
        device = self._reception.plainly(request, transaction)
        if device is None:
            return
        package = EventId.of(request).package if "Event" in request.headers else ""
        if package not in self._states.packages:
            self._reception.refuse(request, transaction, 489, (("Allow-Events", ", ".join(PACKAGES)),))
            return
        found = visible_at(device.organization, self._configuration().organizations, request.uri.user)
        problem = self._problem(request, device, found, package)
        if found is None or problem is not None:
            status, headers = problem or (404, ())
            self._reception.refuse(request, transaction, status, headers)
            return
        try:
            self._subscribe(request, transaction, device, *found)
        except IntervalTooBrief as brief:
            self._reception.refuse(request, transaction, 423, brief.headers)

    def _problem(
        self, request: Request, device: Device, found: tuple[Organization, User] | None, package: str
    ) -> Refusal | None:
        """Why a SUBSCRIBE is refused."""
        if found is None:
            return 404, ()
        if not may_watch(device.organization, device.name, *found, package):
            return 403, ()
        if not _accepts(request, self._states.packages[package][0]):
            return 406, ()
        if self._counts[device.organization.name, device.name] >= MAX_SUBSCRIPTIONS:
            return 403, ()
        return None

    def _subscribe(
        self, request: Request, transaction: ServerEntry, device: Device, organization: Organization, user: User
    ) -> None:
        endpoint = self._kernel.endpoint
        resource = organization.name, user.username
        event = EventId.of(request)
        contact = endpoint.sockets.contact(transaction.flow, request.uri.user)
        dialog = Dialog.of_server(request, local_tag=endpoint.tag(), contact=contact, flow=transaction.flow)
        entity = str(request.uri.replace(password="", params=(), headers=""))
        render = self._states.packages[event.package][1](resource, entity)
        watched, account = (*resource, event.package), (device.organization.name, device.name)

        def over(notifier: Notifier) -> None:
            self._forget(notifier, watched, account)

        notifier = Notifier(endpoint, Subscription(event, dialog, render, TERMS), over)
        notifier.accept(request, transaction, endpoint.now)
        self._notifiers.setdefault(watched, {})[notifier] = account
        self._users[watched] = user
        self._counts[account] += 1

    def _forget(self, notifier: Notifier, watched: Watched, account: Account) -> None:
        notifiers = self._notifiers.get(watched, {})
        if notifiers.pop(notifier, None) is None:
            return
        if not notifiers:
            del self._notifiers[watched], self._users[watched]
        self._counts[account] -= 1
        if not self._counts[account]:
            del self._counts[account]

    # What happens --------------------------------------------------------------------------------------------------

    def follow(self, bus: Bus) -> None:
        """Have watchers learn of what happens to calls, devices, people and mailboxes."""
        for kind in CHANGING:
            bus.subscribe(self._call_changed, kind)
        bus.subscribe(self._registered, Registered)
        bus.subscribe(self._unregistered, Unregistered)
        bus.subscribe(lambda event: self.presence_changed((event.organization, event.user)), ActivityChanged)
        bus.subscribe(self._mailbox_changed, MailboxChanged)
        bus.subscribe(lambda _: self._look_again(), ConfigReloaded)

    def _call_changed(self, event: CallEvent) -> None:
        for account in self._dialogs.happened(event):
            self._dialogs_changed(account)
            for follow in self.followers:
                follow(account)

    def _registered(self, event: Registered) -> None:
        kinds = ("reg",) if event.refresh else ("reg", "presence")
        self._device_changed((event.organization, event.device), *kinds)

    def _unregistered(self, event: Unregistered) -> None:
        self._device_changed((event.organization, event.device), "reg", "presence")

    def _mailbox_changed(self, event: MailboxChanged) -> None:
        if event.kind == "user":
            self._changed((event.organization, event.mailbox, "message-summary"))

    def presence_changed(self, resource: Resource) -> None:
        """A user's presence is another one: he, or one of his devices, says something else."""
        self._changed((*resource, "presence"))

    def _dialogs_changed(self, account: Account) -> None:
        talks = self._dialogs.in_a_call(account)
        if talks == (account in self._talking):
            self._device_changed(account, "dialog")
            return
        (self._talking.add if talks else self._talking.discard)(account)
        self._device_changed(account, "dialog", "presence")

    def _device_changed(self, account: Account, *packages: str) -> None:
        organization = self._configuration().organizations.get(account[0])
        owner = organization.owner(account[1]) if organization is not None and self._notifiers else None
        if owner is not None:
            for package in packages:
                self._changed((account[0], owner.username, package))

    def _changed(self, watched: Watched) -> None:
        for notifier in tuple(self._notifiers.get(watched, ())):
            notifier.changed()

    def _look_again(self) -> None:
        """After a reload: whoever is watched, or watches, may be gone, and names may be others."""
        organizations = self._configuration().organizations
        for watched, notifiers in list(self._notifiers.items()):
            organization = organizations.get(watched[0])
            user = organization.users.get(watched[1]) if organization is not None else None
            changed = user != self._users[watched]
            for notifier, (home, device) in list(notifiers.items()):
                own = organizations.get(home)
                if organization is None or user is None:
                    notifier.terminate("noresource")
                elif own is None or not may_watch(own, device, organization, user, watched[2]):
                    notifier.terminate("rejected")
                elif changed:
                    notifier.changed()
            if user is not None and watched in self._users:
                self._users[watched] = user

    def stop(self) -> None:
        """Tell watchers that the server goes away for a moment; not more than can be told while it stops."""
        notifiers = [notifier for each in self._notifiers.values() for notifier in each]
        for notifier in notifiers[:MAX_GOODBYES]:
            notifier.terminate("probation;retry-after=10")


def _accepts(request: Request, content_type: str) -> bool:
    """Whether the watcher understands what it would be sent; one that says nothing does (RFC 6665 8.4)."""
    lines = request.headers.all("Accept")
    if not lines:
        return True
    try:
        kinds = {parse_content_type(one)[0] for line in lines for one in split_list(line)}
    except MalformedMessage:
        return False
    family = content_type.partition("/")[0]
    return bool(kinds & {content_type, f"{family}/*", "*/*"})
