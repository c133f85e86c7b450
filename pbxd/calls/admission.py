"""Who is asking: a device with its password, or a trunk by its address. Nobody else gets anywhere (SEC-1)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pbxd.config.snapshot import Configuration, Trunk
from pbxd.org.organization import Organization
from pbxd.org.users import Device as PhoneDevice
from pbxd.sip.digest import ALGORITHMS, Accepted, Authenticator, Ha1, NoCredentials, Stale, Wrong
from pbxd.sip.message import Request
from pbxd.sip.transaction import ServerEntry
from pbxd.sip.uri import Uri

CHOKES_ON_SHA_256 = re.compile(r"baresip v[012]\.")
"""User agents that give up at a challenge that they don't know, which RFC 7616 3.7 has them pass over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """An authenticated device of an organization."""

    organization: Organization
    name: str


@dataclass(frozen=True, slots=True)
class KnownTrunk:
    """A request from an address that is a trunk's, or to a Contact that only it knows."""

    trunk: Trunk
    registered: bool = False
    """Whether it was known by the Contact that we registered there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Ask for credentials; ``headers`` are the WWW-Authenticate lines. ``failed``: those given were wrong.

    ``stale``: they were right, and for a nonce that does not count (any more).
    """

    headers: tuple[tuple[str, str], ...]
    account: str
    failed: bool
    stale: bool


Admitted: TypeAlias = Device | KnownTrunk | Challenge


class Admission:
    """Tells requests apart by who sends them. Unknown users are challenged like known ones, and fail like them."""

    def __init__(
        self,
        configuration: Callable[[], Configuration],
        authenticator: Authenticator,
        registered_contact: Callable[[str], Trunk | None],
    ) -> None:
        """``registered_contact`` finds the trunk at which we registered the user part of a Contact."""
        self._configuration = configuration
        self._registered_contact = registered_contact
        self._authenticator = authenticator
        self._hashed: dict[tuple[str, str], tuple[str, Ha1]] = {}
        """By realm and device: its password, and what digest authentication needs of it."""

    def of_call(self, request: Request, entry: ServerEntry, now: float) -> Admitted:
        """Who places a call. ``now`` is wall-clock seconds. Raises :class:`MalformedMessage` for bad credentials."""
        host, port = entry.flow.remote
        trunk = self._configuration().trunk_at(host, port if entry.flow.transport == "udp" else None)
        if trunk is not None:
            return KnownTrunk(trunk, self._registered_contact(request.uri.user) is not None)
        registered = self._registered_contact(request.uri.user)
        if registered is not None:
            return KnownTrunk(registered, registered=True)
        return self.of_device(request, request.from_.uri, now)

    def of_device(self, request: Request, account: Uri, now: float) -> Device | Challenge:
        """Whether the request has the password of a device; ``account`` is the address that it says it is."""
        organization = self._organization(account)
        realm = organization.domain if organization is not None else account.host

        def ha1(username: str, asked: str) -> Ha1 | None:
            if organization is None or asked != realm:
                return None
            device = organization.device(username)
            return self._ha1(realm, device) if device is not None and device.registers else None

        verdict = self._authenticator.verify(request, "Authorization", ha1, now, realm=realm)
        match verdict:
            case Accepted(username=username) if organization is not None:
                return Device(organization=organization, name=username)
            case Stale():
                return self._challenge(request, realm, account.user, now, stale=True, failed=False)
            case NoCredentials():
                return self._challenge(request, realm, account.user, now, stale=False, failed=False)
            case Wrong(username=username) | Accepted(username=username):
                return self._challenge(request, realm, username, now, stale=False, failed=True)

    def _challenge(
        self, request: Request, realm: str, account: str, now: float, *, stale: bool, failed: bool
    ) -> Challenge:
        agent = request.headers.get("User-Agent") or ""
        only = ("MD5",) if CHOKES_ON_SHA_256.match(agent) else ALGORITHMS
        values = self._authenticator.challenges(realm, now, stale=stale, only=only)
        return Challenge(
            headers=tuple(("WWW-Authenticate", one) for one in values), account=account, failed=failed, stale=stale
        )

    def _ha1(self, realm: str, device: PhoneDevice) -> Ha1:
        """Hashed once: a request with the name of a device takes no longer than one with a name that nobody has."""
        password, hashed = self._hashed.get((realm, device.name), ("", None))
        if hashed is None or password != device.password:
            hashed = Ha1.of(device.name, realm, device.password)
            self._hashed[realm, device.name] = device.password, hashed
        return hashed

    def _organization(self, account: Uri) -> Organization | None:
        """By domain; a phone that was given an address for a domain is found by its name, if only one has it."""
        configuration = self._configuration()
        organization = configuration.organization_for(account.host)
        if organization is not None:
            return organization
        having = configuration.organizations_with(account.user)
        if len(having) == 1:
            return having[0]
        everybody = tuple(configuration.organizations.values())
        if not everybody:
            return None
        # Nobody has it, or several do. The realm must not tell: it is somebody's, always the same for a name, and
        # nobody outside can work out whose it is.
        key = configuration.content_hash.encode()
        drawn = hmac.digest(key, account.user.encode("utf-8", "surrogateescape"), "sha256")
        return everybody[int.from_bytes(drawn[:8], "big") % len(everybody)]
