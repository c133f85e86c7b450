"""What keeps a calendar from being read."""

from __future__ import annotations

from pbxd.calendars.fetching import Failed, Unreachable


class CalendarError(Exception):
    """This one can't be had, or is none."""

    def outcome(self, longest: int) -> Failed:
        """As it is told."""
        return Failed(reason=_short(self, longest))


class ServerError(Exception):
    """Where it is, nothing can be had just now."""

    def outcome(self, longest: int) -> Unreachable:
        """As it is told."""
        return Unreachable(reason=_short(self, longest))


class TooLong(BaseException):
    """Its time is over. Not an :class:`Exception`, because libraries catch those."""


def _short(error: Exception, longest: int) -> str:
    return " ".join(str(error).split())[:longest] or type(error).__name__
