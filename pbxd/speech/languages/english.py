"""English, as it is said in Britain."""

from __future__ import annotations

from datetime import date, time
from typing import ClassVar, Final

from pbxd.speech.languages.language import Day, Form, Language, Noun, in_groups, words

_UNITS: Final = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS: Final = words("zero ten twenty thirty forty fifty sixty seventy eighty ninety")
_SIZES: Final = ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_PAST: Final = {
    5: "five past",
    10: "ten past",
    15: "quarter past",
    20: "twenty past",
    25: "twenty-five past",
    30: "half past",
}
_TO: Final = {35: "twenty-five to", 40: "twenty to", 45: "quarter to", 50: "ten to", 55: "five to"}


class English(Language):
    code = "en"
    weekdays = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
    months = words("January February March April May June July August September October November December")
    ordinals = words(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third "
        "twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
    )
    signs: ClassVar = {"+": "plus", "*": "star", "#": "hash"}
    conjunction = "and"
    seconds = Noun(none="zero seconds", one="one second", more="seconds")
    minutes = Noun(none="zero minutes", one="one minute", more="minutes")
    hours = Noun(none="zero hours", one="one hour", more="hours")
    days: ClassVar = {
        (Day.TODAY, Form.AT): "today at {clock}",
        (Day.TODAY, Form.UNTIL): "{clock}",
        **{(Day.YESTERDAY, form): "yesterday at {clock}" for form in Form},
        **{(Day.TOMORROW, form): "tomorrow at {clock}" for form in Form},
        **{(Day.LAST, form): "last {weekday} at {clock}" for form in Form},
        (Day.NEXT, Form.AT): "on {weekday} at {clock}",
        (Day.NEXT, Form.UNTIL): "{weekday} at {clock}",
        (Day.FAR, Form.AT): "on {date} at {clock}",
        (Day.FAR, Form.UNTIL): "{date} at {clock}",
    }

    def cardinal(self, number: int, *, neuter: bool = True) -> str:
        if number < 20:
            return _UNITS[number]
        if number < 100:
            return _TENS[number // 10] + (f"-{_UNITS[number % 10]}" if number % 10 else "")
        size, word = next(found for found in _SIZES if number >= found[0])
        many, rest = divmod(number, size)
        said = f"{self.cardinal(many)} {word}"
        return f"{said} {'and ' if rest < 100 else ''}{self.cardinal(rest)}" if rest else said

    def digits(self, digits: str) -> str:
        plain = self.plain(digits)
        groups = in_groups(plain, 3) if len(plain) > 4 else [plain]
        return ", ".join(" ".join(self.signs.get(sign) or _UNITS[int(sign)] for sign in group) for group in groups)

    def clock(self, at: time, *, near: bool) -> str:
        hour, minute = at.hour, at.minute
        if hour % 12 == 0 and minute == 0:
            return "noon" if hour else "midnight"
        if near and minute % 5 == 0:
            return self._as_people_say(hour, minute)
        minutes = "" if not minute else f" oh {_UNITS[minute]}" if minute < 10 else f" {self.cardinal(minute)}"
        return f"{self._of_twelve(hour)}{minutes} {'p.m.' if hour >= 12 else 'a.m.'}"

    def _as_people_say(self, hour: int, minute: int) -> str:
        if not minute:
            return f"{self._of_twelve(hour)} o'clock"
        if minute in _PAST:
            return f"{_PAST[minute]} {self._of_twelve(hour)}"
        return f"{_TO[minute]} {self._of_twelve(hour + 1)}"

    def _of_twelve(self, hour: int) -> str:
        return _UNITS[hour % 12 or 12]

    def date(self, day: date, *, year: bool) -> str:
        said = f"{self.weekdays[day.weekday()]} the {self.ordinals[day.day - 1]} of {self.months[day.month - 1]}"
        return f"{said} {self._year(day.year)}" if year else said

    def _year(self, year: int) -> str:
        century, rest = divmod(year, 100)
        if century % 10 == 0 and rest < 10:
            return self.cardinal(year)
        if not rest:
            return f"{self.cardinal(century)} hundred"
        return f"{self.cardinal(century)} {'oh ' if rest < 10 else ''}{self.cardinal(rest)}"
