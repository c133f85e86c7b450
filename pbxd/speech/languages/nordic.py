"""What Danish and Swedish have in common: two genders, ``halv`` for the half hour before, and a clock of 24 hours."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import date, time
from typing import ClassVar, Final

from pbxd.speech.languages.language import Day, Form, Language, in_groups

BEFORE_HALF: Final = 20
"""The last minute that is counted from the hour that began; all later ones look to the hour that comes."""


class Nordic(Language):
    """A Nordic language."""

    units: ClassVar[tuple[str, ...]]
    """Numbers below twenty; 1 is the common gender's."""
    tens: ClassVar[tuple[str, ...]]
    """Of 0 to 90."""
    one: ClassVar[str]
    """The neuter one, which is also the number by itself."""
    hundred: ClassVar[str]
    thousand: ClassVar[str]
    million: ClassVar[str]
    """Whole: ``en million``."""
    oclock: ClassVar[str]
    midnight: ClassVar[str]
    fives: ClassVar[Mapping[int, str]]
    """What is said of five minutes past, ten minutes past ... and the hour that it is seen from."""
    calling_code: ClassVar[str]
    """Of the country whose numbers are read best: ``+45``."""

    def cardinal(self, number: int, *, neuter: bool) -> str:
        if number == 1 and neuter:
            return self.one
        if number < 20:
            return self.units[number]
        if number < 100:
            return self.below_hundred(number // 10, number % 10, neuter=neuter)
        if number >= 1_000_000:
            return self.million
        size, word = (1_000, self.thousand) if number >= 1_000 else (100, self.hundred)
        many, rest = divmod(number, size)
        said = f"{self.cardinal(many, neuter=True)} {word}"
        return f"{said} {self.after_hundreds(rest)}{self.cardinal(rest, neuter=neuter)}" if rest else said

    @abstractmethod
    def below_hundred(self, tens: int, units: int, *, neuter: bool) -> str:
        """20 to 99."""

    def after_hundreds(self, rest: int) -> str:
        """What stands between hundreds or thousands and the rest."""
        return ""

    def digits(self, digits: str) -> str:
        plain = self.plain(digits)
        said = []
        if plain.startswith(self.calling_code):
            plain = plain.removeprefix(self.calling_code)
            said = [f"{self.signs['+']} {self.cardinal(int(self.calling_code), neuter=True)}"]
        return ", ".join([*said, *self.grouped(plain)])

    def grouped(self, plain: str) -> list[str]:
        """Digits and signs without a calling code, as they are read in one breath each."""
        groups = in_groups(plain, 3) if len(plain) > 4 else [plain]
        return [" ".join(self.sign(sign) for sign in group) for group in groups if group]

    def sign(self, sign: str) -> str:
        """One digit or other sign."""
        return self.signs.get(sign) or self.cardinal(int(sign), neuter=True)

    def clock(self, at: time, *, near: bool) -> str:
        hour, minute = at.hour, at.minute
        if hour == minute == 0:
            return self.midnight
        colloquial = near and minute % 5 == 0
        return f"{self.oclock} {self._as_people_say(hour, minute) if colloquial else self._in_full(hour, minute)}"

    def _as_people_say(self, hour: int, minute: int) -> str:
        if not minute:
            return self._of_twelve(hour)
        return f"{self.fives[minute]} {self._of_twelve(hour if minute <= BEFORE_HALF else hour + 1)}"

    def _of_twelve(self, hour: int) -> str:
        return self.cardinal(hour % 12 or 12, neuter=True)

    def _in_full(self, hour: int, minute: int) -> str:
        zero = self.units[0]
        said = self.cardinal(hour, neuter=True) if hour else f"{zero} {zero}"
        if not minute:
            return said
        return f"{said} {f'{zero} ' if minute < 10 else ''}{self.cardinal(minute, neuter=True)}"

    def date(self, day: date, *, year: bool) -> str:
        said = f"{self.weekdays[day.weekday()]} den {self.ordinals[day.day - 1]} {self.months[day.month - 1]}"
        return f"{said} {self.year(day.year)}" if year else said

    @abstractmethod
    def year(self, year: int) -> str:
        """A year of the Gregorian calendar from 1100 on."""


def days(today: str, yesterday: str, tomorrow: str, on: str) -> Mapping[tuple[Day, Form], str]:
    """A moment by its day."""
    last = "i {weekday}s {clock}"
    return {
        (Day.TODAY, Form.AT): f"{today} {{clock}}",
        (Day.TODAY, Form.UNTIL): "{clock}",
        **{(Day.YESTERDAY, form): f"{yesterday} {{clock}}" for form in Form},
        **{(Day.TOMORROW, form): f"{tomorrow} {{clock}}" for form in Form},
        **{(Day.LAST, form): last for form in Form},
        (Day.NEXT, Form.AT): f"{on} {{weekday}} {{clock}}",
        (Day.NEXT, Form.UNTIL): "{weekday} {clock}",
        **{(Day.FAR, form): "{date} {clock}" for form in Form},
    }
