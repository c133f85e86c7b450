"""Phones that get their settings from us: which there are, which models we know, what their keys do (DEV-2, DEV-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Family: TypeAlias = Literal["snom", "mitel", "yealink", "grandstream"]
"""Phones that take the same files."""
KeyKind: TypeAlias = Literal["line", "blf", "speed-dial", "park", "pickup", "code", "queue-login", "profile"]

FAMILIES: Final[tuple[Family, ...]] = ("snom", "mitel", "yealink", "grandstream")
SEATS: Final = "free-seats"
"""The username of whoever has the phones at which nobody is logged in; no file can have it, so it is nobody's."""
SEAT: Final = "seat-"
"""What the names begin with under which such phones register; the MAC address follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneModel:
    """What we know of a model."""

    name: str
    """``snom-D725``: the family, and the vendor's own name for it."""
    family: Family
    lines: int
    """Accounts that it can have."""
    keys: int
    """Function keys that we program; the lines have the first of them, except on Mitel phones, which have others."""
    bank: str = ""
    """Of Mitel phones: what their files call these keys."""

    def first_key(self, lines: int) -> int:
        """The number of the first key that no line has."""
        return 1 if self.family == "mitel" else lines + 1


def _models() -> dict[str, PhoneModel]:
    snom = dict.fromkeys(("300", "D305", "D315", "710", "D710", "D712", "D715", "720", "D725"), 18)
    snom |= {"700": 18, "D345": 48, "D375": 12, "D745": 32, "760": 12, "D765": 16, "821": 12, "870": 15}
    snom |= {"D120": 2, "D717": 6, "D735": 32, "D785": 24, "MeetingPoint": 4}
    mitel = {"6863": (3, "prgkey"), "6865": (8, "prgkey"), "6867": (20, "topsoftkey"), "6869": (44, "topsoftkey")}
    mitel |= {"6873": (48, "topsoftkey"), "MiVoice-Conference": (0, ""), "MiVoice-Video": (0, "")}
    yealink = {"T31P": 2, "T33G": 4, "T40G": 3, "T41S": 15, "T42S": 15, "T42U": 15, "T43U": 21, "T46S": 27, "T46U": 27}
    yealink |= {"T48S": 29, "T48U": 29, "T53": 21, "T54W": 27, "T57W": 29, "CP920": 0, "CP960": 0}
    grandstream = dict.fromkeys(("GXP2130", "GXP2135", "GXP2140", "GXP2160", "GXP2170"), 3)
    found = [PhoneModel(name=f"snom-{name}", family="snom", lines=4, keys=keys) for name, keys in snom.items()]
    found += [
        PhoneModel(name=f"mitel-{name}", family="mitel", lines=9 if keys > 3 else 2, keys=keys, bank=bank)
        for name, (keys, bank) in mitel.items()
    ]
    found += [
        PhoneModel(name=f"yealink-{name}", family="yealink", lines=min(max(keys, 1), 16), keys=keys)
        for name, keys in yealink.items()
    ]
    found += [PhoneModel(name=f"grandstream-{name}", family="grandstream", lines=3, keys=6) for name in grandstream]
    return {model.name: model for model in found}


MODELS: Final[Mapping[str, PhoneModel]] = _models()
"""By name. A phone of another model of the same family mostly takes the files of its siblings."""


def model_of(name: str) -> PhoneModel | None:
    """The model of that name; one that we don't know of a family that we do is like the least of it."""
    known = MODELS.get(name)
    if known is not None:
        return known
    family = next((one for one in FAMILIES if name.startswith(f"{one}-")), None)
    if family is None:
        return None
    return PhoneModel(name=name, family=family, lines=1, keys=2 if family != "mitel" else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionKey:
    """One key beside the display. Lines have the first ones."""

    kind: KeyKind
    value: str = ""
    """A user, number, code, queue or profile, by what the kind says."""
    label: str = ""
    """What the display shows beside it; empty: what the key is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A phone that the configuration knows."""

    mac: str
    """Lower case, with colons."""
    model: str
    """In :data:`MODELS`."""
    lines: tuple[str, ...] = ()
    """Names of devices; the first is the phone's own line."""
    keys: tuple[FunctionKey, ...] = ()
    free_seating: bool = False
    """Whether anybody may log in at it."""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioning:
    """How an organization's phones get their settings."""

    wanted: bool = False
    """Whether the organization has phones that get their settings here."""
    ticket: str = field(default="", repr=False)
    """The first ticket; empty: one is made."""
    overlap: float = 14 * 86_400.0
    """Seconds for which a ticket still lets new phones in when the next one has been made."""
    server: str = ""
    """Where phones register: ``udp://192.0.2.1:5060``; empty: at the host that they fetch their settings from."""
    log_out_at: str = "03:00"
    """The time of day at which free seats become empty; empty: they don't by themselves."""
    password: str = field(default="", repr=False)
    """Of the phones' own web pages; empty: what they have."""
    firmware: Mapping[str, str] = field(default_factory=dict)
    """Address of the firmware, by model."""
    phones: Mapping[str, Phone] = field(default_factory=dict)
    """By MAC address."""


NO_PROVISIONING = Provisioning()


def seat_name(mac: str) -> str:
    """The name that a free seat registers as."""
    return SEAT + mac.replace(":", "")


def mac_of_seat(device: str) -> str | None:
    """The MAC address of the free seat that registers as ``device``; ``None`` for any other device."""
    digits = device.removeprefix(SEAT)
    if digits == device or len(digits) != 12:
        return None
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))
