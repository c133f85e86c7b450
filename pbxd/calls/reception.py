"""What every request outside a dialog meets first: who sends it, or a challenge, or a refusal that is told of."""

from __future__ import annotations

from pbxd.calls.admission import Admission, Challenge, Device
from pbxd.calls.defence import Defence
from pbxd.calls.kernel import Kernel
from pbxd.calls.refusals import Refusals
from pbxd.events import RequestRefused
from pbxd.sip.message import Request, response_to
from pbxd.sip.transaction import ServerEntry
from pbxd.sip.uri import Uri


class Reception:
    """Answers those who do not get further."""

    def __init__(self, kernel: Kernel, admission: Admission, defence: Defence) -> None:
        self._kernel = kernel
        self._admission = admission
        self._defence = defence
        self._refusals = Refusals(kernel)

    def device(self, request: Request, transaction: ServerEntry, account: Uri | None = None) -> Device | None:
        """The device that sends ``request``; ``None`` when it was challenged instead.

        ``account`` is the address that it says it is, From where that is not given. Raises
        :class:`pbxd.errors.MalformedMessage` for credentials that can't be read.
        """
        admitted = self._admission.of_device(request, account or request.from_.uri, self._kernel.wall)
        if isinstance(admitted, Device):
            self.proved(admitted, transaction)
            return admitted
        self.challenge(request, transaction, admitted)
        return None

    def proved(self, device: Device, transaction: ServerEntry) -> None:
        """A device showed its password."""
        self._defence.proved(device.name, transaction.flow)

    def plainly(self, request: Request, transaction: ServerEntry) -> Device | None:
        """The device that sends ``request``; ``None`` when it was challenged, or refused for wanting an extension."""
        device = self.device(request, transaction)
        if device is not None and request.require:
            self.refuse(request, transaction, 420, (("Unsupported", ", ".join(sorted(request.require))),))
            return None
        return device

    def challenge(self, request: Request, transaction: ServerEntry, challenge: Challenge) -> None:
        """Ask for credentials."""
        self._defence.challenged(challenge, transaction.flow)
        if challenge.failed:
            self._say_refused(request, transaction, 401, "wrong password or unknown account", challenge.account)
        tag = self._kernel.endpoint.tag()
        response = response_to(request, 401, to_tag=tag, headers=challenge.headers)
        self._kernel.endpoint.respond(transaction, response)

    def refuse(
        self,
        request: Request,
        transaction: ServerEntry,
        status: int,
        headers: tuple[tuple[str, str], ...] = (),
        *,
        reason: str = "",
    ) -> None:
        """Decline a request, and say so."""
        response = response_to(request, status, reason, to_tag=self._kernel.endpoint.tag(), headers=headers)
        self._say_refused(request, transaction, status, response.reason, request.from_.uri.user)
        self._kernel.endpoint.respond(transaction, response)

    def _say_refused(self, request: Request, transaction: ServerEntry, status: int, reason: str, account: str) -> None:
        flow = transaction.flow
        self._refusals.say(
            flow.remote.host,
            lambda: RequestRefused(
                at=self._kernel.wall,
                method=request.method,
                account=account,
                target=str(request.uri),
                address=str(flow),
                status=status,
                reason=reason,
                sip_call_id=request.call_id,
            ),
        )
