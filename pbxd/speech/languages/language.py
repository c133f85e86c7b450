"""What every language must be able to say, and what all of them say alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from typing import ClassVar, Final

LARGEST: Final = 1_000_000
"""The largest number that is said as one; larger ones are read digit by digit."""
NEAR: Final = timedelta(hours=12)
"""So far from now a time needs no half of the day to be understood."""
_A_WEEK: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """Something that is counted, as its language says it of none, of one and of more."""

    none: str
    """Whole: ``ingen nye beskeder``."""
    one: str
    """Whole, with its numeral: ``en ny besked``."""
    more: str
    """What follows the number: ``nye beskeder``."""


class Form(Enum):
    """What a moment is said for."""

    AT = auto()
    """When something happened or will happen: ``i dag klokken to``."""
    UNTIL = auto()
    """What comes after a word such as "until", which leaves out today: ``klokken to``."""


class Day(Enum):
    """A day as seen from another."""

    TODAY = auto()
    YESTERDAY = auto()
    TOMORROW = auto()
    LAST = auto()
    """A weekday of the week behind us."""
    NEXT = auto()
    """A weekday of the week before us."""
    FAR = auto()
    """Needs its date."""


class Language(ABC):
    """How one language says values. Nothing here depends on time or place."""

    code: ClassVar[str]
    """ISO 639-1."""
    weekdays: ClassVar[tuple[str, ...]]
    """Monday first."""
    months: ClassVar[tuple[str, ...]]
    ordinals: ClassVar[tuple[str, ...]]
    """Of the days of a month."""
    signs: ClassVar[Mapping[str, str]]
    """What telephone numbers have beside digits."""
    minus: ClassVar[str] = "minus"
    conjunction: ClassVar[str]
    """Between the last two of several things."""
    seconds: ClassVar[Noun]
    minutes: ClassVar[Noun]
    hours: ClassVar[Noun]
    days: ClassVar[Mapping[tuple[Day, Form], str]]
    """A moment by its day: ``{weekday}``, ``{date}`` and ``{clock}`` are filled in."""

    def number(self, number: int) -> str:
        """A number as it is counted. Above :data:`LARGEST` its digits."""
        if number < 0:
            return f"{self.minus} {self.number(-number)}"
        return self.cardinal(number, neuter=True) if number <= LARGEST else self.digits(str(number))

    def count(self, number: int, noun: Noun) -> str:
        """How many there are of something."""
        match number:
            case 0:
                return noun.none
            case 1:
                return noun.one
        if not 0 < number <= LARGEST:
            return f"{self.number(number)} {noun.more}"
        return f"{self.cardinal(number, neuter=self._is_neuter(noun))} {noun.more}"

    def _is_neuter(self, noun: Noun) -> bool:
        return noun.one.split()[0] == self.cardinal(1, neuter=True)

    def length(self, seconds: float) -> str:
        """How long something lasts: seconds up to ten minutes, from then on minutes."""
        whole = max(0, round(seconds))
        if whole >= 600:
            whole = round(whole / 60) * 60
        hours, rest = divmod(whole, 3600)
        minutes, rest = divmod(rest, 60)
        parts = [(hours, self.hours), (minutes, self.minutes), (rest, self.seconds)]
        said = [self.count(number, noun) for number, noun in parts if number]
        return self.joined(said) if said else self.count(0, self.seconds)

    def joined(self, parts: list[str]) -> str:
        """Several things in one breath."""
        *before, last = parts
        return f"{', '.join(before)} {self.conjunction} {last}" if before else last

    def moment(self, at: datetime, now: datetime, form: Form) -> str:
        """A moment as it is said at another; both on the same clock."""
        day = seen(at.date(), now.date())
        far = self.date(at.date(), year=at.year != now.year)
        clock = self.clock(at.time(), near=abs(at - now) < NEAR)
        return self.days[day, form].format(weekday=self.weekdays[at.weekday()], date=far, clock=clock)

    def plain(self, digits: str) -> str:
        """Digits and signs alone, without what groups them."""
        return "".join(sign for sign in digits if sign in self.signs or sign in "0123456789")

    @abstractmethod
    def cardinal(self, number: int, *, neuter: bool) -> str:
        """A number from 0 to :data:`LARGEST`; where a language inflects one, ``neuter`` says how."""

    @abstractmethod
    def digits(self, digits: str) -> str:
        """Digits and signs, as telephone numbers are read."""

    @abstractmethod
    def clock(self, at: time, *, near: bool) -> str:
        """A time of day with the word that it comes with. ``near``: the half of the day is clear, so say it the way
        that people do to each other.
        """

    @abstractmethod
    def date(self, day: date, *, year: bool) -> str:
        """A weekday and date."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


def seen(day: date, today: date) -> Day:
    """How far off a day is, the way that people say it."""
    match (day - today).days:
        case 0:
            return Day.TODAY
        case -1:
            return Day.YESTERDAY
        case 1:
            return Day.TOMORROW
        case ahead if 0 < ahead < _A_WEEK:
            return Day.NEXT
        case ahead if -_A_WEEK < ahead < 0:
            return Day.LAST
    return Day.FAR


def in_groups(digits: str, size: int) -> list[str]:
    """Cut into groups of ``size``; a digit that would be left alone joins the group before."""
    groups = [digits[start : start + size] for start in range(0, len(digits), size)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = ["".join(groups[-2:])]
    return groups
