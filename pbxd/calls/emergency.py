"""Whether a number is an emergency number where one of the organizations is. Asked before it is known who calls."""

from __future__ import annotations

from collections.abc import Callable

from pbxd.config.snapshot import Configuration
from pbxd.dialplan.numbering import is_emergency
from pbxd.org.organization import Organization

LONGEST = 12
"""Characters of an emergency number, an outside-line prefix included."""
REMEMBERED = 1024


class EmergencyNumbers:
    """Those of all countries of a configuration."""

    def __init__(self, configuration: Callable[[], Configuration]) -> None:
        self._configuration = configuration
        self._of: Configuration | None = None
        self._different: tuple[Organization, ...] = ()
        self._known: dict[str, bool] = {}

    def __contains__(self, dialled: str) -> bool:
        if not 2 < len(dialled) <= LONGEST:
            return False
        configuration = self._configuration()
        if configuration is not self._of or len(self._known) >= REMEMBERED:
            everybody = configuration.organizations.values()
            self._different = tuple({(one.countries, one.outside_line_prefix): one for one in everybody}.values())
            self._of, self._known = configuration, {}
        found = self._known.get(dialled)
        if found is None:
            found = any(is_emergency(dialled, one) for one in self._different)
            self._known[dialled] = found
        return found
