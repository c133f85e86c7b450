"""Who asks, and what he may: tokens with scopes, for everything, for one organization, or for one user (SEC-5)."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from pbxd.api.limiter import Limiter
from pbxd.api.rest.answers import asked
from pbxd.api.upstream import ControlError, Upstream
from pbxd.config.snapshot import Scope

FAILURES: Final = 20
"""Wrong tokens a minute, from one address, until it is not listened to."""
BEARER: Final = HTTPBearer(auto_error=False, scheme_name="token", description="A token of `api_tokens`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token allows."""

    name: str
    scopes: frozenset[str]
    organization: str | None
    user: str | None

    def within(self, organization: str | None) -> str | None:
        """The organization that is meant: the token's, where it is for one. Raises 404 for another one, which is what
        there is not for who may not see it.
        """
        if self.organization is None:
            return organization
        if organization not in (None, self.organization):
            raise HTTPException(404, f"no organization is called {organization}")
        return self.organization

    def of_user(self, user: str) -> str:
        """The user that is meant, where the token may: raises 403 for somebody else's token."""
        if self.user not in (None, user):
            raise HTTPException(403, f"this token is for {self.user} only")
        return user


class Access:
    """Knows the tokens, as they are configured now."""

    def __init__(self, upstream: Upstream, monotonic: Callable[[], float]) -> None:
        self._upstream = upstream
        self._monotonic = monotonic
        self._limiter = Limiter(FAILURES)
        self._lock = threading.Lock()

    def needs(self, scope: Scope) -> Any:
        """A dependency: the grant of whoever asks, if it has the scope."""

        def granted(
            request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
        ) -> Grant:
            grant = self._grant(request, credentials)
            if scope not in grant.scopes:
                raise HTTPException(403, f"this token lacks the scope {scope}")
            return grant

        return Depends(granted)

    def still(self, grant: Grant) -> bool:
        """Whether a token that was valid is valid still, and says the same; blocks, and bears with a server that is
        not there just now.
        """
        try:
            tokens = self._upstream.ask("access")["tokens"]
        except ControlError:
            return True
        return any(_grant_of(token) == grant for token in tokens)

    def _grant(self, request: Request, credentials: HTTPAuthorizationCredentials | None) -> Grant:
        address, now = request.client.host if request.client is not None else "", self._monotonic()
        with self._lock:
            if self._limiter.blocked(address, now):
                raise HTTPException(429, "too many wrong tokens", {"Retry-After": "60"})
        given = credentials.credentials if credentials is not None else ""
        found = self._found(hashlib.sha256(given.encode("utf-8", "surrogateescape")).hexdigest()) if given else None
        if found is None:
            if given:  # who brings none does not guess
                with self._lock:
                    self._limiter.failed(address, now)
            raise HTTPException(401, "a valid token is needed", {"WWW-Authenticate": "Bearer"})
        return found

    def _found(self, digest: str) -> Grant | None:
        """The grant with this hash; all are compared, each in the same time."""
        found = None
        for token in asked(lambda: self._upstream.ask("access"))["tokens"]:
            if hmac.compare_digest(token["sha256"], digest):
                found = _grant_of(token)
        return found


def _grant_of(token: dict[str, Any]) -> Grant:
    return Grant(
        name=token["name"],
        scopes=frozenset(token["scopes"]),
        organization=token["organization"],
        user=token["user"],
    )
