"""Swedish."""

from __future__ import annotations

from typing import ClassVar

from pbxd.speech.languages.language import Noun, words
from pbxd.speech.languages.nordic import Nordic, days


class Swedish(Nordic):
    code = "sv"
    weekdays = words("måndag tisdag onsdag torsdag fredag lördag söndag")
    months = words("januari februari mars april maj juni juli augusti september oktober november december")
    ordinals = words(
        "första andra tredje fjärde femte sjätte sjunde åttonde nionde tionde elfte tolfte trettonde fjortonde "
        "femtonde sextonde sjuttonde artonde nittonde tjugonde tjugoförsta tjugoandra tjugotredje tjugofjärde "
        "tjugofemte tjugosjätte tjugosjunde tjugoåttonde tjugonionde trettionde trettioförsta"
    )
    units = words(
        "noll en två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton"
    )
    tens = words("noll tio tjugo trettio fyrtio femtio sextio sjuttio åttio nittio")
    one, hundred, thousand, million = "ett", "hundra", "tusen", "en miljon"
    oclock, midnight = "klockan", "midnatt"
    fives: ClassVar = {
        5: "fem över",
        10: "tio över",
        15: "kvart över",
        20: "tjugo över",
        25: "fem i halv",
        30: "halv",
        35: "fem över halv",
        40: "tjugo i",
        45: "kvart i",
        50: "tio i",
        55: "fem i",
    }
    calling_code = "+46"
    signs: ClassVar = {"+": "plus", "*": "stjärna", "#": "fyrkant"}
    conjunction = "och"
    seconds = Noun(none="noll sekunder", one="en sekund", more="sekunder")
    minutes = Noun(none="noll minuter", one="en minut", more="minuter")
    hours = Noun(none="noll timmar", one="en timme", more="timmar")
    days = days("i dag", "i går", "i morgon", "på")

    def below_hundred(self, tens: int, units: int, *, neuter: bool) -> str:
        return self.tens[tens] + (self.cardinal(units, neuter=neuter) if units else "")

    def year(self, year: int) -> str:
        century, rest = divmod(year, 100)
        said = f"{self.cardinal(century, neuter=True)}{self.hundred}"
        return f"{said}{self.cardinal(rest, neuter=True)}" if rest else said
