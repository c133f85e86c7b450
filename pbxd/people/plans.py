"""What is planned for somebody, seen and changed by others who may (PRES-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pbxd.calls.orders import OrderError, user_of
from pbxd.org.permissions import EDIT_FUTURE_PRESENCE, SEE_FUTURE_PRESENCE

if TYPE_CHECKING:
    from pbxd.calls.orders import Orders
    from pbxd.config.snapshot import Configuration

KINDS: Final = {"activity": "plan", "role": "plan-role", "profile": "plan-profile"}
"""What can be planned, and what an order calls that."""


class PlanOrders:
    """Answers for one running server. ``by`` is who asks; ``None`` is an administrator's program."""

    def __init__(self, configuration: Callable[[], Configuration], orders: Orders) -> None:
        self._configuration = configuration
        self._orders = orders

    def show(self, user: str, by: str | None = None, organization: str | None = None) -> dict[str, Any]:
        """A user's plans, for who may see or edit them. Raises :class:`OrderError`."""
        within = self._allowed(user, by, organization, edit=False)
        return self._shown(user, within)

    async def add(
        self, user: str, kind: str, by: str | None = None, organization: str | None = None, **order: str
    ) -> dict[str, Any]:
        """Plan an activity, a role or a profile. Raises :class:`OrderError`, ``StoreError``."""
        within = self._allowed(user, by, organization, edit=True)
        if kind not in KINDS:
            raise OrderError(f"{kind} can't be planned: {', '.join(KINDS)} can")
        await self._orders.set(user, within, what=KINDS[kind], **order)
        return self._shown(user, within)

    async def remove(
        self, user: str, plan: str, by: str | None = None, organization: str | None = None
    ) -> dict[str, Any]:
        """Forget a plan. Raises :class:`OrderError`, ``StoreError``."""
        within = self._allowed(user, by, organization, edit=True)
        if plan not in [one["id"] for one in self._shown(user, within)["plans"]]:
            raise OrderError(f"{user} has no plan {plan}")
        await self._orders.clear(user, "plan", plan, within)
        return self._shown(user, within)

    def _shown(self, user: str, within: str) -> dict[str, Any]:
        found = self._orders.show(user, within)
        return {key: found[key] for key in ("organization", "user", "plans")}

    def _allowed(self, user: str, by: str | None, organization: str | None, *, edit: bool) -> str:
        """The organization's name. Raises :class:`OrderError` with why not, where ``by`` may not."""
        within, _ = user_of(self._configuration().organizations, user, organization)
        if by is None:
            return within.name
        granted = within.may(by, EDIT_FUTURE_PRESENCE, user)
        if not granted and not edit:
            granted = within.may(by, SEE_FUTURE_PRESENCE, user)
        if not granted:
            raise OrderError("; ".join(granted.sources))
        return within.name
