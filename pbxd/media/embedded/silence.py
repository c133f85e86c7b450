"""Whether a party that may speak is heard. Pure, and looked at now and then, so that no packet pays for it."""

from __future__ import annotations

from pbxd.media.engine import HeardAgain, MediaEvent, PortId, Silent


class Silence:
    """The watch over one port's party."""

    __slots__ = ("_expected_since", "_limit", "_port", "_sign", "_told_at")

    def __init__(self, port: PortId, limit: float) -> None:
        """``limit`` seconds without a sign of life are silence; 0: it is never told."""
        self._port = port
        self._limit = limit
        self._sign = 0.0
        self._expected_since: float | None = None
        """Since when the party may speak, by what was negotiated last; ``None``: it may not."""
        self._told_at: float | None = None

    def sign(self, now: float) -> None:
        """The party lives, though this is no sound: a report, or comfort noise that was not negotiated (RFC 3389)."""
        self._sign = now

    def negotiated(self) -> None:
        """Something was agreed anew: the time counts from the next look on."""
        self._expected_since = None

    def look(self, now: float, heard_at: float, *, expected: bool) -> MediaEvent | None:
        """What there is to tell: silence each time that it lasts ``limit`` longer, and its end."""
        if not self._limit:
            return None
        alive_at = max(heard_at, self._sign)
        if self._told_at is not None and alive_at > self._told_at:
            self._told_at = None
            return HeardAgain(port=self._port)
        if not expected:
            self._expected_since = None
            return None
        if self._expected_since is None:
            self._expected_since = now
        silent_since = max(alive_at, self._expected_since)
        if now - max(silent_since, self._told_at or 0.0) < self._limit:
            return None
        self._told_at = now
        return Silent(port=self._port, seconds=now - silent_since)
