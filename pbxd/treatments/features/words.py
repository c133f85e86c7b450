"""What a feature code's result says, in the caller's language: phones show it as the reason phrase of the response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGE: Final = "en"
"""What a caller reads whose language is not among ours."""

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "until": {"en": "{what} until {time}", "da": "{what} til {time}", "sv": "{what} till {time}"},
    "activity": {"en": "Activity {what}", "da": "Aktivitet {what}", "sv": "Aktivitet {what}"},
    "role": {"en": "Role {what}", "da": "Rolle {what}", "sv": "Roll {what}"},
    "profile": {"en": "Profile {what}", "da": "Profil {what}", "sv": "Profil {what}"},
    "planned": {
        "en": "Planned: {what} {start} to {end}",
        "da": "Planlagt: {what} {start} til {end}",
        "sv": "Planerat: {what} {start} till {end}",
    },
    "absence": {"en": "Absent: {what}", "da": "Fraværende: {what}", "sv": "Frånvarande: {what}"},
    "absence-off": {"en": "Absence ended", "da": "Fravær ophævet", "sv": "Frånvaro avslutad"},
    "divert-always": {"en": "All calls to {what}", "da": "Alle opkald til {what}", "sv": "Alla samtal till {what}"},
    "divert-busy": {
        "en": "Calls when busy to {what}",
        "da": "Opkald ved optaget til {what}",
        "sv": "Samtal vid upptaget till {what}",
    },
    "divert-no-answer": {
        "en": "Unanswered calls to {what}",
        "da": "Ubesvarede opkald til {what}",
        "sv": "Obesvarade samtal till {what}",
    },
    "divert-unreachable": {
        "en": "Calls when unreachable to {what}",
        "da": "Opkald uden forbindelse til {what}",
        "sv": "Samtal vid ej nåbar till {what}",
    },
    "divert-off": {"en": "Diversion off", "da": "Viderestilling slået fra", "sv": "Vidarekoppling av"},
    "night-override": {
        "en": "Night mode overridden",
        "da": "Nattilstand tilsidesat",
        "sv": "Nattläge åsidosatt",
    },
    "night-override-off": {
        "en": "Night mode as scheduled",
        "da": "Nattilstand efter planen",
        "sv": "Nattläge enligt schemat",
    },
    "shows": {"en": "Number shown: {what}", "da": "Viser nummer: {what}", "sv": "Visar nummer: {what}"},
    "hidden": {"en": "Number hidden", "da": "Nummer skjult", "sv": "Nummer dolt"},
    "usual": {"en": "Number as usual", "da": "Nummer som normalt", "sv": "Nummer som vanligt"},
    "hours": {"en": "Open until {time}", "da": "Åbent til {time}", "sv": "Öppet till {time}"},
    "queue-login": {"en": "Logged in to {what}", "da": "Logget ind i {what}", "sv": "Inloggad i {what}"},
    "queue-login-all": {
        "en": "Logged in to all queues",
        "da": "Logget ind i alle køer",
        "sv": "Inloggad i alla köer",
    },
    "queue-logout": {"en": "Logged out of {what}", "da": "Logget ud af {what}", "sv": "Utloggad från {what}"},
    "queue-logout-all": {
        "en": "Logged out of all queues",
        "da": "Logget ud af alle køer",
        "sv": "Utloggad från alla köer",
    },
    "queue-login-other": {
        "en": "{who} logged in to {what}",
        "da": "{who} logget ind i {what}",
        "sv": "{who} inloggad i {what}",
    },
    "queue-logout-other": {
        "en": "{who} logged out of {what}",
        "da": "{who} logget ud af {what}",
        "sv": "{who} utloggad från {what}",
    },
    "no-extension": {"en": "No extension {what}", "da": "Intet lokalnummer {what}", "sv": "Ingen anknytning {what}"},
    "pause": {"en": "Pause: no calls from queues", "da": "Pause: ingen køopkald", "sv": "Paus: inga kösamtal"},
    "pause-off": {"en": "Pause ended", "da": "Pause slut", "sv": "Pausen slut"},
    "no-queue": {"en": "No queue {what}", "da": "Ingen kø {what}", "sv": "Ingen kö {what}"},
    "parked": {"en": "Parked", "da": "Parkeret", "sv": "Parkerat"},
    "transferred": {"en": "Transferred to {what}", "da": "Omstillet til {what}", "sv": "Kopplat till {what}"},
    "nobody-held": {"en": "Nobody is on hold", "da": "Ingen er i venteposition", "sv": "Ingen är parkerad i vänteläge"},
    "recording": {"en": "Recording", "da": "Optager", "sv": "Spelar in"},
    "recording-paused": {"en": "Recording paused", "da": "Optagelse på pause", "sv": "Inspelning pausad"},
    "not-recorded": {"en": "Can't be recorded", "da": "Kan ikke optages", "sv": "Kan inte spelas in"},
    "nothing-recorded": {"en": "Not recorded", "da": "Optages ikke", "sv": "Spelas inte in"},
    "no-conversation": {"en": "No call", "da": "Ingen samtale", "sv": "Inget samtal"},
    "prompts": {"en": "You are called for {what}", "da": "Du ringes op for {what}", "sv": "Du rings upp för {what}"},
    "no-menu": {"en": "No menu {what}", "da": "Ingen menu {what}", "sv": "Ingen meny {what}"},
    "no-prompts": {"en": "No prompts to record", "da": "Ingen lyde at indtale", "sv": "Inga ljud att tala in"},
    "not-now": {"en": "Not just now", "da": "Ikke lige nu", "sv": "Inte just nu"},
    "seat": {"en": "Logged in: {what}", "da": "Logget ind: {what}", "sv": "Inloggad: {what}"},
    "seat-off": {"en": "Logged out", "da": "Logget ud", "sv": "Utloggad"},
    "no-seat": {"en": "Not a free seat", "da": "Ikke en fri plads", "sv": "Ingen fri plats"},
    "no-desk": {"en": "No desk phone line", "da": "Ingen bordtelefonlinje", "sv": "Ingen bordstelefonlinje"},
    "wrong-pin": {"en": "Wrong number or PIN", "da": "Forkert nummer eller PIN", "sv": "Fel nummer eller PIN"},
    "not-seated": {"en": "Not logged in", "da": "Ikke logget ind", "sv": "Inte inloggad"},
    "no-activity": {"en": "No activity {what}", "da": "Ingen aktivitet {what}", "sv": "Ingen aktivitet {what}"},
    "no-role": {"en": "No role {what}", "da": "Ingen rolle {what}", "sv": "Ingen roll {what}"},
    "no-profile": {"en": "No profile {what}", "da": "Ingen profil {what}", "sv": "Ingen profil {what}"},
    "no-shortcut": {"en": "No shortcut {what}", "da": "Ingen genvej {what}", "sv": "Ingen genväg {what}"},
    "no-number": {"en": "No number {what}", "da": "Intet nummer {what}", "sv": "Inget nummer {what}"},
    "no-time": {"en": "No such time", "da": "Intet sådant tidspunkt", "sv": "Ingen sådan tid"},
    "not-allowed": {"en": "Not allowed", "da": "Ikke tilladt", "sv": "Inte tillåtet"},
    "not-saved": {"en": "Not saved, try again", "da": "Ikke gemt, prøv igen", "sv": "Inte sparat, försök igen"},
    "too-much": {"en": "Too much is planned", "da": "For meget er planlagt", "sv": "För mycket är planerat"},
}
"""Texts by name, then by language."""


def words(name: str, language: str, **values: str) -> str:
    """A text in a language, with its values filled in."""
    texts = WORDS[name]
    return texts.get(language, texts[LANGUAGE]).format(**values)
