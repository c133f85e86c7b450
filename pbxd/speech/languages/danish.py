"""Danish."""

from __future__ import annotations

from typing import ClassVar

from pbxd.speech.languages.language import Noun, in_groups, words
from pbxd.speech.languages.nordic import Nordic, days


class Danish(Nordic):
    code = "da"
    weekdays = words("mandag tirsdag onsdag torsdag fredag lørdag søndag")
    months = words("januar februar marts april maj juni juli august september oktober november december")
    ordinals = words(
        "første anden tredje fjerde femte sjette syvende ottende niende tiende ellevte tolvte trettende fjortende "
        "femtende sekstende syttende attende nittende tyvende enogtyvende toogtyvende treogtyvende fireogtyvende "
        "femogtyvende seksogtyvende syvogtyvende otteogtyvende niogtyvende tredivte enogtredivte"
    )
    units = words(
        "nul en to tre fire fem seks syv otte ni ti elleve tolv tretten fjorten femten seksten sytten atten nitten"
    )
    tens = words("nul ti tyve tredive fyrre halvtreds tres halvfjerds firs halvfems")
    one, hundred, thousand, million = "et", "hundrede", "tusind", "en million"
    oclock, midnight = "klokken", "midnat"
    fives: ClassVar = {
        5: "fem minutter over",
        10: "ti minutter over",
        15: "kvart over",
        20: "tyve minutter over",
        25: "fem minutter i halv",
        30: "halv",
        35: "fem minutter over halv",
        40: "tyve minutter i",
        45: "kvart i",
        50: "ti minutter i",
        55: "fem minutter i",
    }
    calling_code = "+45"
    signs: ClassVar = {"+": "plus", "*": "stjerne", "#": "firkant"}
    conjunction = "og"
    seconds = Noun(none="nul sekunder", one="et sekund", more="sekunder")
    minutes = Noun(none="nul minutter", one="et minut", more="minutter")
    hours = Noun(none="nul timer", one="en time", more="timer")
    days = days("i dag", "i går", "i morgen", "på")

    def below_hundred(self, tens: int, units: int, *, neuter: bool) -> str:
        return f"{self.units[units]}og{self.tens[tens]}" if units else self.tens[tens]

    def after_hundreds(self, rest: int) -> str:
        return "og " if rest < 100 else ""

    def grouped(self, plain: str) -> list[str]:
        """In pairs where there are pairs: 88887702 is ``otteogfirs, otteogfirs, syvoghalvfjerds, nul to``."""
        if len(plain) < 4 or len(plain) % 2 or not plain.isdecimal():
            return super().grouped(plain)
        return [self._pair(pair) for pair in in_groups(plain, 2)]

    def _pair(self, pair: str) -> str:
        if pair[0] == "0":
            return f"{self.units[0]} {self.sign(pair[1])}"
        return self.cardinal(int(pair), neuter=True)

    def year(self, year: int) -> str:
        century, rest = divmod(year, 100)
        if century >= 20:
            return self.cardinal(year, neuter=True)
        said = f"{self.cardinal(century, neuter=True)} {self.hundred}"
        return f"{said} og {self.cardinal(rest, neuter=True)}" if rest else said
