"""Who a call is from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pbxd.config.snapshot import NumberFormat
from pbxd.dialplan.diverted import Diverted


@dataclass(frozen=True, slots=True, kw_only=True)
class FromDevice:
    """The caller is a user of ours, on one of his devices."""

    organization: str
    user: str
    device: str
    hidden: bool = False
    """Whether the phone asks that its user stays unknown (RFC 3323)."""
    unhidden: bool = False
    """Whether the caller asks that his number be shown this once, whatever he has chosen (CODE-6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromTrunk:
    """The call came in by a trunk."""

    organization: str
    trunk: str
    number: str
    """The caller's number as the trunk wrote it, empty when anonymous."""
    number_format: NumberFormat
    """How the trunk writes numbers."""
    name: str
    diverted: tuple[Diverted, ...] = ()
    """Who sent the call on before it came here, the oldest first, with canonical numbers."""


Source: TypeAlias = FromDevice | FromTrunk
