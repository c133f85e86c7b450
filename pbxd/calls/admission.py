"""Who is asking: a device with its password, or a trunk by its address, certificate, password or our Contact there.

Nobody else gets anywhere (SEC-1).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pbxd.config.snapshot import Configuration, Trunk
from pbxd.org.organization import Organization
from pbxd.sip.digest import ALGORITHMS, Accepted, Authenticator, Ha1, NoCredentials, Stale, Wrong
from pbxd.sip.flow import Flow
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
    """A request that is a trunk's."""

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
        peer_names: Callable[[Flow], tuple[str, ...]],
        seat_password: Callable[[str, str], str],
    ) -> None:
        """``registered_contact`` finds the trunk at which we registered the user part of a Contact, ``peer_names``
        tells the names in the verified certificate of a flow's far end, ``seat_password`` the password of a free
        seat, by organization and device.
        """
        self._seat_password = seat_password
        self._peer_names = peer_names
        self._configuration = configuration
        self._registered_contact = registered_contact
        self._authenticator = authenticator
        self._hashed: dict[tuple[str, str], tuple[str, Ha1]] = {}
        """By realm and username: the password, and what digest authentication needs of it."""

    def of_call(self, request: Request, entry: ServerEntry, now: float) -> Admitted:
        """Who places a call. ``now`` is wall-clock seconds. Raises :class:`MalformedMessage` for bad credentials."""
        configuration, flow = self._configuration(), entry.flow
        registered = self._registered_contact(request.uri.user)
        trunk = configuration.trunk_with_certificate(self._peer_names(flow)) or configuration.trunk_at(
            flow.remote.host, flow.remote.port if flow.transport == "udp" else None
        )
        if trunk is not None:
            return KnownTrunk(trunk, registered is not None)
        if registered is not None:
            return KnownTrunk(registered, registered=True)
        return self._by_password(request, request.from_.uri, now, trunks=True)

    def of_device(self, request: Request, account: Uri, now: float) -> Device | Challenge:
        """Whether the request has the password of a device; ``account`` is the address that it says it is."""
        admitted = self._by_password(request, account, now, trunks=False)
        assert not isinstance(admitted, KnownTrunk), "their logins were not asked for"
        return admitted

    def _by_password(self, request: Request, account: Uri, now: float, *, trunks: bool) -> Admitted:
        configuration = self._configuration()
        organization = self._organization(account)
        realm = organization.domain if organization is not None else account.host

        def ha1(username: str, asked: str) -> Ha1 | None:
            if organization is None or asked != realm:
                return None
            device = organization.device(username)
            if device is not None:
                password = device.password or self._seat_password(organization.name, username)
                return self._ha1(realm, username, password) if password else None
            trunk = configuration.trunk_with_login(username, organization.name) if trunks else None
            return self._ha1(realm, username, trunk.login.password) if trunk is not None and trunk.login else None

        verdict = self._authenticator.verify(request, "Authorization", ha1, now, realm=realm)
        match verdict:
            case Accepted(username=username) if organization is not None:
                if organization.device(username) is not None:
                    return Device(organization=organization, name=username)
                trunk = configuration.trunk_with_login(username, organization.name)
                assert trunk is not None, "nobody else has this password"
                return KnownTrunk(trunk)
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

    def _ha1(self, realm: str, username: str, password: str) -> Ha1:
        """Hashed once: a request with a name that somebody has takes no longer than one with a name of nobody."""
        before, hashed = self._hashed.get((realm, username), ("", None))
        if hashed is None or before != password:
            hashed = Ha1.of(username, realm, password)
            self._hashed[realm, username] = password, hashed
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
