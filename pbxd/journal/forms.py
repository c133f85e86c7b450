"""How a line looks: JSON for machines, colours for people."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from pbxd.compact import encoder

Form: TypeAlias = Callable[[Mapping[str, object]], str]
"""Fields in order, beginning with ``time`` (seconds), ``level`` and ``event``; to text that may have several lines."""

_encode = encoder(ensure_ascii=False, allow_nan=True, default=str)
_COLOURS = {"debug": "2", "info": "32", "warning": "33", "error": "1;31", "emergency": "1;37;41"}
_second: tuple[int, str] = (0, "1970-01-01T00:00:00")


def utc(at: float) -> str:
    """Wall-clock seconds as ``2026-03-01T12:00:00.123Z``."""
    global _second
    milliseconds = round(at * 1000)
    second = milliseconds // 1000
    if _second[0] != second:
        _second = (second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    return f"{_second[1]}.{milliseconds % 1000:03d}Z"


def as_json(fields: Mapping[str, object]) -> str:
    """One line of JSON; the time is :func:`utc`."""
    return _encode({**fields, "time": utc(fields["time"])})  # type: ignore[arg-type]


def console(*, colours: bool) -> Form:
    """Readable lines: time of day (UTC), event, call, fields; what has several lines follows indented."""

    def paint(code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colours else text

    def line(fields: Mapping[str, object]) -> str:
        rest = dict(fields)
        at, level, event = rest.pop("time"), str(rest.pop("level")), str(rest.pop("event"))
        below: list[str] = []
        words = [paint("2", utc(at)[11:-1]), paint(_COLOURS.get(level, "0"), f"{event:<16}")]  # type: ignore[arg-type]
        if call := rest.pop("call", None):
            words.append(paint("36", str(call)))
        for name, value in rest.items():
            if isinstance(value, list | tuple):
                below.extend(map(str, value))
            elif isinstance(value, str) and "\n" in value:
                below.extend(value.rstrip().splitlines())
            elif value not in ("", None):
                words.append(f"{paint('2', name + '=')}{printable(value)}")
        return "\n".join([" ".join(words), *(f"    {printable(text)}" for text in below)])

    return line


def printable(value: object) -> str:
    """Text from the network must not move the cursor or colour the terminal."""
    text = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def form_named(name: Literal["json", "console"], descriptor: int) -> Form:
    """The form that the configuration names; a console has colours where it is one and ``NO_COLOR`` is not set."""
    if name == "json":
        return as_json
    return console(colours=os.isatty(descriptor) and not os.environ.get("NO_COLOR"))
