"""The types of single values: text in, a checked value out, and plain words where it does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Annotated, Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, PlainValidator
from pydantic_core import PydanticCustomError

from pbxd.config.hints import nearest

T = TypeVar("T")

MAX_TEXT = 10_000


def wrong(message: str, hint: str = "", *, key: str = "") -> PydanticCustomError:
    """The error of a value that does not fit: words for people, and what to write instead.

    ``key`` names a key of the value, where the value is a mapping and only that key is wrong.
    """
    return PydanticCustomError("plain", "{message}", {"message": message, "hint": hint, "key": key})


def reading(kind: str, read: Callable[[str], T], *, secret: bool = False) -> PlainValidator:
    """A validator that turns text into a value by ``read``, which raises :func:`wrong` or ``ValueError``.

    What is ``secret`` is not repeated in the message.
    """

    def validate(value: Any) -> T:
        if not isinstance(value, str):
            raise wrong(f"must be {kind}" if value is None else f"must be {kind}, not {_kind(value)}")
        try:
            return read(value if secret else value.strip())
        except PydanticCustomError:
            raise
        except ValueError as error:
            raise wrong(f"must be {kind}" if secret else f"`{shown(value)}` is not {kind}") from error

    return PlainValidator(validate)


def shown(text: str) -> str:
    """The text as a message may repeat it."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:37] + "..."


def _kind(value: Any) -> str:
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else "this"


def _matching(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(text)
        return text

    return read


def _flag(text: str) -> bool:
    match text.lower():
        case "true" | "yes" | "on":
            return True
        case "false" | "no" | "off":
            return False
    raise ValueError(text)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,12}", text):
            raise ValueError(text)
        if not low <= int(text) <= high:
            raise wrong(f"must be between {low} and {high}")
        return int(text)

    return read


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> int:
    """Seconds, as :data:`Seconds` reads them; raises ``ValueError``."""
    return _duration(1)(text)


def _duration(plain: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if clock := re.fullmatch(r"([0-9]{1,4}):([0-5][0-9])", text):
            return int(clock[1]) * 60 + int(clock[2])
        if amount := re.fullmatch(r"([0-9]{1,7})\s?([smhd]?)", text):
            return int(amount[1]) * (_UNITS[amount[2]] if amount[2] else plain)
        raise ValueError(text)

    return read


def _text(text: str) -> str:
    if not text:
        raise wrong("must not be empty")
    if len(text) > MAX_TEXT:
        raise wrong(f"must not be longer than {MAX_TEXT} characters")
    return text


def _secret(text: str) -> str:
    if any(ord(character) < 0x20 for character in text):
        raise wrong("must not hold control characters")
    return _text(text)


def _timezone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        hint = nearest(text, available_timezones()) or "write a name such as `Europe/Copenhagen`"
        raise wrong(f"`{shown(text)}` is not a time zone", hint) from error


def _country(text: str) -> str:
    from phonenumbers import SUPPORTED_REGIONS  # 40 ms to import, and a check without organizations needs none of it

    if text not in SUPPORTED_REGIONS:
        known = text.upper() in SUPPORTED_REGIONS
        raise wrong(
            f"`{shown(text)}` is not a country",
            f"did you mean `{text.upper()}`?" if known else "write its two letters (ISO 3166), such as `DK`",
        )
    return text


_CODES = """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja
    jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb
    nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq
    sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
LANGUAGES = frozenset(_CODES.split())
"""ISO 639-1."""


def _language(text: str) -> str:
    if text not in LANGUAGES:
        hint = f"did you mean `{text.lower()}`?" if text.lower() in LANGUAGES else ""
        raise wrong(f"`{shown(text)}` is not a language", hint or "write its two letters (ISO 639-1), such as `da`")
    return text


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _span(text: str) -> tuple[time, time]:
    """``08:00-16:00``; ``24:00`` as an end is midnight, and an end before the start is on the next day."""
    match = re.fullmatch(r"([0-2]?[0-9]:[0-5][0-9])\s?-\s?([0-2]?[0-9]:[0-5][0-9])", text)
    if match is None:
        raise ValueError(text)
    return _clock(match[1]), _clock(_until(match[2]))


def _until(text: str) -> str:
    return "00:00" if text == "24:00" else text


def _clock(text: str) -> time:
    hours, _, minutes = text.partition(":")
    return time(int(hours), int(minutes))


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_weekdays(text: str) -> bool:
    """Whether it is a day or a span of days: ``mon``, ``mon-thu``."""
    first, dash, last = text.partition("-")
    return first in WEEKDAYS and (not dash or last in WEEKDAYS)


def _weekdays(text: str) -> str:
    if not is_weekdays(text):
        raise ValueError(text)
    return text


def _number(text: str) -> str:
    if re.fullmatch(r"\+[1-9][0-9]{2,14}|[0-9]{1,15}", text):
        return text
    compact = re.sub(r"[\s().\-/]", "", text)
    hint = f"write `{compact}`" if re.fullmatch(r"\+?[0-9]{1,15}", compact) else "such as `+4588887700` or `201`"
    raise wrong(f"`{shown(text)}` is not a number", hint)


def _digit_span(text: str) -> tuple[str, str]:
    """``07-15``, or ``07`` alone."""
    match = re.fullmatch(r"([0-9]{1,15})(?:\s?-\s?([0-9]{1,15}))?", text)
    if match is None:
        raise ValueError(text)
    first, last = match[1], match[2] or match[1]
    if len(first) != len(last):
        raise wrong(f"`{first}` and `{last}` do not have the same length", "write leading zeros: `07-15`")
    if first > last:
        raise wrong(f"`{first}` comes after `{last}`")
    return first, last


def _mac(text: str) -> str:
    digits = re.sub(r"[:.\-]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        raise ValueError(text)
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


Text: TypeAlias = Annotated[str, reading("text", _text)]
Name: TypeAlias = Annotated[
    str, reading("a name of letters, digits, `.`, `_` and `-`", _matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"))
]
Domain: TypeAlias = Annotated[
    str,
    reading("a domain", _matching(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")),
    AfterValidator(str.lower),
]
Number: TypeAlias = Annotated[str, reading("a number", _number)]
"""E.164 with ``+``, or an internal number: digits that are dialled as they are."""
Email: TypeAlias = Annotated[
    str,
    reading(
        "an e-mail address such as `anna@nordhavn.example`",
        _matching(
            r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
        ),
    ),
]
"""Local part and domain (RFC 5321 4.1.2), without quotes."""
Digits: TypeAlias = Annotated[str, reading("a row of digits", _matching(r"[0-9]{1,32}"))]
DigitSpan: TypeAlias = Annotated[tuple[str, str], reading("a span of digits such as `07-15`", _digit_span)]
"""Its two ends have the same length, and leading zeros count."""
Pin: TypeAlias = Annotated[str, reading("4 to 16 digits", _matching(r"[0-9]{4,16}"), secret=True)]
Secret: TypeAlias = Annotated[str, reading("text", _secret, secret=True)]
"""Every character counts, so nothing is stripped."""
Code: TypeAlias = Annotated[str, reading("a code of digits, `*` and `#`", _matching(r"[0-9*#]{1,16}"))]
Prefix: TypeAlias = Annotated[str, reading("the beginning of a number", _matching(r"\+?[0-9]{0,15}"))]
OutsidePrefix: TypeAlias = Annotated[str, reading("`0`, `00` or another one to three digits", _matching(r"[0-9]{0,3}"))]
Mac: TypeAlias = Annotated[str, reading("a MAC address such as `00:04:13:aa:bb:01`", _mac)]
Flag: TypeAlias = Annotated[bool, reading("`true` or `false`", _flag)]
Count: TypeAlias = Annotated[int, reading("a whole number", _whole(0, 1_000_000_000))]
Positive: TypeAlias = Annotated[int, reading("a whole number", _whole(1, 1_000_000_000))]
Port: TypeAlias = Annotated[int, reading("a port", _whole(1, 65_535))]
Seconds: TypeAlias = Annotated[int, reading("a time such as `30`, `30s`, `5:00` or `2h`", _duration(1))]
"""Seconds; a plain number is seconds."""
RingSeconds: TypeAlias = Annotated[
    int, reading("a time such as `30` or `30s`", _duration(1)), AfterValidator(lambda seconds: _ringing(seconds))
]
Minutes: TypeAlias = Annotated[int, reading("a time such as `2`, `2:00` or `90s`", _duration(60))]
"""Seconds; a plain number is minutes (QUE-9)."""
Ringtone: TypeAlias = Annotated[
    str,
    reading(
        "the name of a ringtone, or a URI such as `urn:alert:source:internal`",
        _matching(r"[A-Za-z0-9._-]{1,64}|[a-z]+:[A-Za-z0-9._~:/?#@!$&'*+;=%-]{1,200}"),
    ),
]
"""What Alert-Info is made of."""
Timezone: TypeAlias = Annotated[ZoneInfo, reading("a time zone", _timezone)]
Country: TypeAlias = Annotated[str, reading("a country", _country)]
Language: TypeAlias = Annotated[str, reading("a language", _language)]
Date: TypeAlias = Annotated[date, reading("a date such as `2026-12-24`", _date)]
Moment: TypeAlias = Annotated[datetime, reading("a moment such as `2026-12-24 14:00`", _moment)]
Clock: TypeAlias = Annotated[time, reading("a time of day such as `08:00`", _clock)]
ClockEnd: TypeAlias = Annotated[time, reading("a time of day such as `16:00`", lambda text: _clock(_until(text)))]
"""``24:00`` is the midnight that ends the day."""
Span: TypeAlias = Annotated[tuple[time, time], reading("a span such as `08:00-16:00`", _span)]
Weekdays: TypeAlias = Annotated[str, reading("a day (mon ... sun) or a span of days such as `mon-fri`", _weekdays)]


def _ringing(seconds: int) -> int:
    if not 1 <= seconds <= 3600:
        raise wrong("must be between 1 and 3600 seconds")
    return seconds


def as_list(value: Any) -> Any:
    """One value where a list may stand."""
    return [value] if isinstance(value, str | dict) else value


OneOrMore = BeforeValidator(as_list)
