"""Whether a number is an emergency number where one of the organizations is. Asked before it is known who calls."""

from __future__ import annotations

from collections.abc import Callable

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.numbering import is_emergency_in

LONGEST = 12
"""Characters of an emergency number, an outside-line prefix included."""
REMEMBERED = 1024


class EmergencyNumbers:
    """Those of all countries of a configuration."""

    def __init__(self, configuration: Callable[[], Configuration]) -> None:
        self._configuration = configuration
        # Values only: what was replaced by a reload must not live on here.
        self._of = ""
        self._different: frozenset[tuple[tuple[str, ...], str]] = frozenset()
        self._known: dict[str, bool] = {}

    def __contains__(self, dialled: str) -> bool:
        if not 2 < len(dialled) <= LONGEST:
            return False
        configuration = self._configuration()
        if configuration.content_hash != self._of or len(self._known) >= REMEMBERED:
            everybody = configuration.organizations.values()
            self._different = frozenset((one.countries, one.outside_line_prefix) for one in everybody)
            self._of, self._known = configuration.content_hash, {}
        found = self._known.get(dialled)
        if found is None:
            found = any(is_emergency_in(dialled, *one) for one in self._different)
            self._known[dialled] = found
        return found
