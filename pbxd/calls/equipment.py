"""What calls are carried out with, the same for all of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pbxd.calls.usage import Usages

if TYPE_CHECKING:
    from pbxd.calls.call import Call
    from pbxd.calls.dialer import Dialer
    from pbxd.calls.late import LateHours
    from pbxd.calls.people import People
    from pbxd.calls.seating import Seating
    from pbxd.dialplan.treatment import Outcome, Treatment


Perform = Callable[["Call", "Treatment"], Coroutine[Any, Any, "Outcome"]]
"""What carries a treatment out: given by the server, so that this floor does not import the treatments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """Parts of the server that calls do things with, besides the :class:`pbxd.calls.kernel.Kernel`, which these need,
    too.
    """

    dialer: Dialer
    people: People
    late_hours: LateHours
    seats: Seating
    perform: Perform
    usages: Usages = field(default_factory=Usages)
    """What calls count for that are limited in number (NUM-6)."""
