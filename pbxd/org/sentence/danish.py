"""Danish: how each condition and target is said. The first spelling is written, the others are understood as well.

Conditions stand behind `når`, so `ikke` comes before the verb; the order of a main clause is understood, too.
"""

from __future__ import annotations

from pbxd.org.sentence.language import Tables

_TO = "[ring til|ring på|ring|send til|send opkaldet til|viderestil til|stil om til|gå til]"
_DEVICES = {
    "desk": ("bordtelefon", "[på] (bordtelefon|bordtelefonen|bordtelefoner|bordtelefonerne)"),
    "softphone": ("softphone", "[på] (softphone|softphonen|softphones)"),
    "browser": ("browser", "[på] (browser|browseren|webtelefon|webtelefonen)"),
    "mobile": ("mobil", "[på] (mobil|mobilen|mobiltelefon|mobiltelefonen)"),
    "third-party": ("tredjepartstelefon", "[på] (tredjepartstelefon|tredjepartstelefonen|tredjepartsenhed)"),
    "all": ("alle enheder", "[på] alle [enheder|telefoner|enhederne|telefonerne]"),
}
_CALLER = "(opkalderen|den der ringer|den , der ringer ,|den , der ringer)"
_ISNT = "(ikke er|er ikke)"

DANISH = Tables(
    code="da",
    structure={
        "when": ("når", "hvis", "mens"),
        "and": ("og",),
        "or": ("eller",),
        "not": ("ikke", "det ikke gælder at"),
        "either": ("enten",),
        "then": ("derefter", "herefter", "så", "og derefter", "og herefter", "og så"),
        "also": ("samt", "og desuden", "og også", "sammen med"),
    },
    conditions={
        "always": ("altid",),
        "call": ("et opkald {direction}", "opkaldet {direction}"),
        "line": ("der ringes til {line}", "opkaldet er til {line}"),
        "caller": ("opkalderen er {kind}", f"{_CALLER} er {{kind}}", "opkaldet er {kind}"),
        "caller-number": ("opkalderens nummer er {number}",),
        "caller-prefix": ("opkalderens nummer begynder med {prefix}", "opkalderens nummer starter med {prefix}"),
        "caller-type": ("opkalderens nummertype er {type}",),
        "caller-group": ("opkalderen er i gruppen {group}", f"{_CALLER} (er i|tilhører) (gruppe|gruppen) {{group}}"),
        "called-number": ("det kaldte nummer er {number}", "det opkaldte nummer er {number}"),
        "called-prefix": (
            "det kaldte nummer begynder med {prefix}",
            "det (kaldte|opkaldte) nummer (begynder|starter) med {prefix}",
        ),
        "called-type": ("nummertypen er {type}", "det kaldte nummers type er {type}"),
        "in-a-call": (
            "brugeren er i en samtale",
            "brugeren er (i samtale|i telefonen|optaget i en samtale|i en anden samtale)",
            "brugeren taler i telefon",
        ),
        "no-phone": ("ingen telefon er registreret", "ingen (enhed|enheder|telefoner) er registreret"),
        "activity": ("aktiviteten er {activity}", "brugerens aktivitet er {activity}"),
        "role": ("rollen er {role}", "brugerens rolle er {role}"),
        "profile": ("profilen er {profile}", "brugerens profil er {profile}"),
        "available": ("brugeren er tilgængelig", "brugeren er ledig"),
        "working-hours": ("det er arbejdstid", "[det er] (inden for|i) (arbejdstid|arbejdstiden)"),
        "night-mode": (
            "natstilling er slået til",
            "(natstilling|natstillingen|nattilstand) er (slået til|aktiv|tændt)",
        ),
        "schedule": ("tidsplanen {schedule} er åben", "(tidsplan|tidsplanen|skemaet) {schedule} er (åben|åbent)"),
        "date": ("datoen er {date}", "det er den {date}", "det er {date}"),
        "dates": ("datoen er fra {first} til {last}", "datoen er mellem {first} og {last}"),
        "times": (
            "klokken er mellem {start} og {end}",
            "(klokken|tidspunktet) er (fra {start} til|mellem {start} og) {end}",
        ),
        "days": ("dagen er {days}", "(dagen|ugedagen) er [en] {days}", "det er [en] {days}"),
        "diverted": (
            "viderestilling er slået til",
            "(viderestilling|viderestillingen) er (slået til|aktiv)",
            "brugeren har viderestillet",
        ),
        "after": ("et tidligere forsøg endte med {outcome}",),
        "device": ("opkaldet kommer fra {kind}", "opkaldet (foretages|kommer) fra [en] {kind}"),
    },
    negations={
        "always": ("aldrig",),
        "call": ("et opkald ikke {direction}", "et opkald {direction} ikke"),
        "line": ("der ikke ringes til {line}", "der ringes ikke til {line}"),
        "caller": ("opkalderen ikke er {kind}", f"{_CALLER} {_ISNT} {{kind}}", f"opkaldet {_ISNT} {{kind}}"),
        "caller-number": ("opkalderens nummer ikke er {number}", "opkalderens nummer er ikke {number}"),
        "caller-prefix": (
            "opkalderens nummer ikke begynder med {prefix}",
            "opkalderens nummer (begynder ikke|ikke starter|starter ikke) med {prefix}",
        ),
        "caller-type": ("opkalderens nummertype ikke er {type}", "opkalderens nummertype er ikke {type}"),
        "caller-group": (
            "opkalderen ikke er i gruppen {group}",
            f"{_CALLER} (ikke er i|er ikke i|ikke tilhører|tilhører ikke) (gruppe|gruppen) {{group}}",
        ),
        "called-number": ("det kaldte nummer ikke er {number}", f"det (kaldte|opkaldte) nummer {_ISNT} {{number}}"),
        "called-prefix": (
            "det kaldte nummer ikke begynder med {prefix}",
            "det (kaldte|opkaldte) nummer (ikke begynder|begynder ikke|ikke starter|starter ikke) med {prefix}",
        ),
        "called-type": ("nummertypen ikke er {type}", "nummertypen er ikke {type}"),
        "in-a-call": ("brugeren ikke er i en samtale", f"brugeren {_ISNT} (i samtale|i en samtale|i telefonen)"),
        "no-phone": ("en telefon er registreret", "en enhed er registreret"),
        "activity": ("aktiviteten ikke er {activity}", f"(aktiviteten|brugerens aktivitet) {_ISNT} {{activity}}"),
        "role": ("rollen ikke er {role}", f"(rollen|brugerens rolle) {_ISNT} {{role}}"),
        "profile": ("profilen ikke er {profile}", f"(profilen|brugerens profil) {_ISNT} {{profile}}"),
        "available": (
            "brugeren ikke er tilgængelig",
            f"brugeren {_ISNT} (tilgængelig|ledig)",
            "brugeren er utilgængelig",
        ),
        "working-hours": (
            "det ikke er arbejdstid",
            "det er ikke arbejdstid",
            "[det er] uden for (arbejdstid|arbejdstiden)",
        ),
        "night-mode": (
            "natstilling er slået fra",
            f"(natstilling|natstillingen|nattilstand) (er slået fra|er slukket|{_ISNT} (slået til|aktiv|tændt))",
        ),
        "schedule": (
            "tidsplanen {schedule} er lukket",
            f"(tidsplan|tidsplanen|skemaet) {{schedule}} (er lukket|{_ISNT} åben|{_ISNT} åbent)",
        ),
        "date": ("datoen ikke er {date}", "datoen er ikke {date}"),
        "dates": (
            "datoen ikke er fra {first} til {last}",
            f"datoen {_ISNT} (fra {{first}} til|mellem {{first}} og) {{last}}",
        ),
        "times": (
            "klokken ikke er mellem {start} og {end}",
            f"(klokken|tidspunktet) {_ISNT} (fra {{start}} til|mellem {{start}} og) {{end}}",
        ),
        "days": ("dagen ikke er {days}", f"(dagen|ugedagen|det) {_ISNT} [en] {{days}}"),
        "diverted": (
            "viderestilling er slået fra",
            f"(viderestilling|viderestillingen) (er slået fra|{_ISNT} (slået til|aktiv))",
            "brugeren ikke har viderestillet",
        ),
        "after": ("intet tidligere forsøg endte med {outcome}",),
        "device": ("opkaldet ikke kommer fra {kind}", "opkaldet kommer ikke fra [en] {kind}"),
    },
    targets={
        "ring": ("ring på {kinds}", "[ring] [til] {kinds}", "ring [på|til] {kinds} (samtidig|på én gang|på en gang)"),
        "user": ("brugeren {username}", f"{_TO} (bruger|brugeren) {{username}}"),
        "group": ("gruppen {group}", f"{_TO} [alle i] (gruppe|gruppen|brugergruppen) {{group}}"),
        "number": ("nummer {number}", f"{_TO} (nummer|nummeret) {{number}}"),
        "digits": (f"{_TO} {{number}}",),
        "switchboard": ("omstillingen", f"{_TO} (omstilling|omstillingen|omstillingsbordet|receptionen)"),
        "queue": ("køen {queue}", f"{_TO} (kø|køen) {{queue}}"),
        "hunt-group": (
            "ringegruppen {hunt_group}",
            f"{_TO} (ringegruppe|ringegruppen|svargruppe|svargruppen) {{hunt_group}}",
        ),
        "personal-queue": ("personlig kø", f"{_TO} (personlig kø|den personlige kø|brugerens personlige kø)"),
        "menu": ("menuen {menu}", f"{_TO} (menu|menuen) {{menu}}"),
        "voicemail": (
            "voicemail [hos brugeren {user}] [med meddelelsen {announce}] [{record}]",
            f"{_TO} (voicemail|voicemailen|telefonsvarer|telefonsvareren) [(hos|for|til) (bruger|brugeren) {{user}}] "
            "[med (meddelelse|meddelelsen|beskeden) {announce}] [{record}]",
        ),
        "mailbox": (
            "gruppevoicemail {mailbox}",
            f"{_TO} (gruppevoicemail|gruppens voicemail|gruppepostkassen|postkassen) {{mailbox}}",
            f"{_TO} voicemail (hos|for|til) (gruppe|gruppen) {{mailbox}}",
        ),
        "announce": ("afspil meddelelsen {sound}", "[afspil] (meddelelse|meddelelsen|beskeden|lyden) {sound}"),
        "busy": ("optagettone", "[afspil|giv] (optaget|optagettone|optagettonen)"),
        "reject": ("afvis som {reason}", "afvis [opkaldet] som {reason}"),
        "reject-text": ("afvis som {reason}", "afvis [opkaldet] (som|med) {reason}"),
        "show": ("{number}",),
        "show-number": ("vis nummer {number}", "vis nummeret {number}"),
        "show-text": ("vis teksten {text}", "vis [tekst] {text}"),
        "language": ("brug {language}", "(brug|skift til) [sproget] {language}"),
        "language-code": ("brug sproget {language}", "skift til sproget {language}"),
        "recording": ("{on}",),
        "continue": ("fortsæt med næste regel", "fortsæt", "fortsæt med den næste regel", "næste regel"),
    },
    words={
        "direction": {"received": ("modtages", "kommer ind", "ankommer"), "made": ("foretages", "går ud")},
        "line": {
            "landline": ("fastnetnummeret", "fastnettelefonen", "fastnet"),
            "mobile": ("mobilnummeret", "mobilen", "mobiltelefonen"),
            "primary": ("hovednummeret", "det primære nummer"),
            "secondary": ("et sekundært nummer", "det sekundære nummer", "et ekstra nummer"),
        },
        "caller": {
            "blocked": ("blokeret", "spærret"),
            "vip": ("VIP", "en VIP"),
            "favourite": ("en favorit", "favorit"),
            "contact": ("en kontakt", "en kontaktperson", "blandt kontakterne", "kontakt"),
            "internal": ("intern", "internt", "en kollega"),
            "external": ("ekstern", "eksternt"),
            "anonymous": ("anonym", "anonymt", "hemmelig"),
        },
        "outcome": {
            "busy": ("optaget", "optagettone"),
            "no-answer": ("manglende svar", "intet svar"),
            "declined": ("afvisning", "at blive afvist"),
            "unreachable": ("manglende forbindelse", "utilgængelig"),
        },
        "device": {
            "desk": ("bordtelefonen", *_DEVICES["desk"]),
            "softphone": ("softphonen", *_DEVICES["softphone"]),
            "browser": ("browseren", *_DEVICES["browser"]),
            "mobile": ("mobilen", *_DEVICES["mobile"]),
            "third-party": ("tredjepartstelefonen", *_DEVICES["third-party"]),
            "all": ("en vilkårlig enhed", *_DEVICES["all"]),
        },
        "devices": _DEVICES,
        "days": {
            "mon": ("mandag", "man"),
            "tue": ("tirsdag", "tir"),
            "wed": ("onsdag", "ons"),
            "thu": ("torsdag", "tor"),
            "fri": ("fredag", "fre"),
            "sat": ("lørdag", "lør"),
            "sun": ("søndag", "søn"),
        },
        "record": {False: ("uden indtaling", "uden at lægge besked", "uden besked")},
        "reason": {
            "declined": ("afvist", "declined"),
            "busy": ("optaget", "busy"),
            "barred": ("spærret", "barred"),
            "not-found": ("ukendt", "not-found"),
            "unavailable": ("utilgængelig", "unavailable"),
        },
        "shown": {
            "switchboard": ("vis omstillingens nummer", "vis omstillingsnummeret"),
            "hidden": ("skjul nummeret", "skjul nummer"),
            "landline": ("vis fastnetnummeret",),
            "own-mobile": ("vis mobilnummeret", "vis [det] eget mobilnummer"),
        },
        "language": {"en": ("engelsk",), "da": ("dansk",), "sv": ("svensk",)},
        "recording": {
            True: ("optag samtalen", "optag [opkaldet]"),
            False: ("optag ikke samtalen", "optag ikke [opkaldet]"),
        },
        "unit": {1: ("sekunder", "(sekund|sek|s)"), 60: ("minutter", "(minut|min)"), 3600: ("timer", "(time|t)")},
    },
    after=("efter {after}",),
    duration=("i {duration}", "i (højst|op til|maks) {duration}", "højst {duration}"),
    second="sekund",
    seconds="sekunder",
    until="til",
    days_or="eller",
    devices_and="og",
    names="tilgængelig utilgængelig ledig optaget lukket åben afvist spærret blokeret hemmelig intern ekstern busy",
)
