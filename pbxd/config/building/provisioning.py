"""Phones and how they get their settings, as the snapshot holds them."""

from __future__ import annotations

from collections.abc import Iterable

from pbxd.config.models import provisioning as files
from pbxd.org.phones import NO_PROVISIONING, SEATS, FunctionKey, Phone, Provisioning, seat_name
from pbxd.org.rules import RejectAs, Rule, Rules, RuleSet, Step
from pbxd.org.users import Device, User

BARRED = Rules(outgoing=RuleSet(overridable=(Rule(do=(Step(target=RejectAs("barred")),)),)))
"""Nobody calls from a phone at which nobody is logged in. Calls for help pass: they ask no rules."""


def provisioning(model: files.Provisioning | None) -> Provisioning:
    """What an organization says of its phones."""
    if model is None:
        return NO_PROVISIONING
    return Provisioning(
        wanted=True,
        ticket=model.ticket or "",
        overlap=float(model.overlap),
        server=model.server or "",
        log_out_at=model.log_out_at,
        password=model.password or "",
        firmware=dict(model.firmware),
        phones={phone.mac: _phone(phone) for phone in model.phones},
    )


def _phone(model: files.Phone) -> Phone:
    return Phone(
        mac=model.mac,
        model=model.model,
        lines=tuple(model.lines),
        keys=tuple(FunctionKey(kind=key.kind, value=key.value or "", label=key.label or "") for key in model.keys),
        free_seating=model.free_seating,
        description=model.description or "",
    )


def seats(model: files.Provisioning | None, language: str) -> Iterable[User]:
    """Whoever has the phones at which nobody is logged in, where there are such phones."""
    free = [phone for phone in model.phones if phone.free_seating] if model is not None else []
    if free:
        devices = tuple(Device(name=seat_name(phone.mac), kind="desk") for phone in free)
        yield User(username=SEATS, name="Free seat", language=language, devices=devices, rules=BARRED)
