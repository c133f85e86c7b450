"""Swedish: how each condition and target is said. The first spelling is written, the others are understood as well.

Conditions stand behind `när`, so `inte` comes before the verb; the order of a main clause is understood, too.
"""

from __future__ import annotations

from pbxd.org.sentence.language import Tables

_TO = "[ring till|ring upp|ring|skicka till|skicka samtalet till|vidarekoppla till|koppla till|gå till]"
_DEVICES = {
    "desk": ("bordstelefon", "[på] (bordstelefon|bordstelefonen|bordstelefoner|fast telefon)"),
    "softphone": ("softphone", "[på] (softphone|softphonen|mjuktelefon|mjuktelefonen)"),
    "browser": ("webbläsare", "[på] (webbläsare|webbläsaren|webbtelefon|webbtelefonen)"),
    "mobile": ("mobil", "[på] (mobil|mobilen|mobiltelefon|mobiltelefonen)"),
    "third-party": ("tredjepartstelefon", "[på] (tredjepartstelefon|tredjepartstelefonen|tredjepartsenhet)"),
    "all": ("alla enheter", "[på] alla [enheter|telefoner|enheterna|telefonerna]"),
}
_CALLER = "(uppringaren|den som ringer|den uppringande)"
_ISNT = "(inte är|är inte)"

SWEDISH = Tables(
    code="sv",
    structure={
        "when": ("när", "om", "medan"),
        "and": ("och",),
        "or": ("eller",),
        "not": ("inte", "det inte gäller att"),
        "either": ("antingen",),
        "then": ("därefter", "sedan", "så", "och därefter", "och sedan"),
        "also": ("samt", "och dessutom", "och även", "och också", "tillsammans med"),
    },
    conditions={
        "always": ("alltid",),
        "call": ("ett samtal {direction}", "samtalet {direction}"),
        "line": ("samtalet går till {line}", "samtalet (är|kommer) till {line}"),
        "caller": ("uppringaren är {kind}", f"{_CALLER} är {{kind}}", "samtalet är {kind}"),
        "caller-number": ("uppringarens nummer är {number}",),
        "caller-prefix": ("uppringarens nummer börjar med {prefix}",),
        "caller-type": ("uppringarens nummertyp är {type}",),
        "caller-group": (
            "uppringaren tillhör gruppen {group}",
            f"{_CALLER} (tillhör|är i|är med i) (grupp|gruppen) {{group}}",
        ),
        "called-number": ("det uppringda numret är {number}", "det slagna numret är {number}"),
        "called-prefix": (
            "det uppringda numret börjar med {prefix}",
            "det (uppringda|slagna) numret börjar med {prefix}",
        ),
        "called-type": ("nummertypen är {type}", "det uppringda numrets typ är {type}"),
        "in-a-call": (
            "användaren är i ett samtal",
            "användaren (är i|sitter i|är upptagen i) (samtal|ett samtal|telefon|ett annat samtal)",
        ),
        "no-phone": ("ingen telefon är registrerad", "ingen enhet är registrerad"),
        "activity": ("aktiviteten är {activity}", "användarens aktivitet är {activity}"),
        "role": ("rollen är {role}", "användarens roll är {role}"),
        "profile": ("profilen är {profile}", "användarens profil är {profile}"),
        "available": ("användaren är tillgänglig", "användaren är (ledig|anträffbar)"),
        "working-hours": ("det är arbetstid", "[det är] (inom|under) (arbetstid|arbetstiden)"),
        "night-mode": (
            "nattkopplingen är på",
            "(nattkoppling|nattkopplingen|nattläge|nattläget) är (på|aktiv|aktivt|påslagen|påslaget)",
        ),
        "schedule": ("schemat {schedule} är öppet", "(schema|schemat|tidschemat) {schedule} är (öppet|öppen)"),
        "date": ("datumet är {date}", "det är den {date}", "det är {date}"),
        "dates": (
            "datumet är från {first} till {last}",
            "datumet är (mellan {first} och|från {first} till och med) {last}",
        ),
        "times": (
            "klockan är mellan {start} och {end}",
            "(klockan|tiden) är (från {start} till|mellan {start} och) {end}",
        ),
        "days": ("dagen är {days}", "(dagen|veckodagen) är [en] {days}", "det är [en] {days}"),
        "diverted": (
            "vidarekopplingen är på",
            "(vidarekoppling|vidarekopplingen) är (på|aktiv|påslagen)",
            "användaren har vidarekopplat",
        ),
        "after": ("ett tidigare försök slutade med {outcome}",),
        "device": ("samtalet kommer från {kind}", "samtalet (rings|kommer) från [en] {kind}"),
    },
    negations={
        "always": ("aldrig",),
        "call": ("ett samtal inte {direction}", "ett samtal (tas inte emot|rings inte)"),
        "line": ("samtalet inte går till {line}", "samtalet går inte till {line}"),
        "caller": ("uppringaren inte är {kind}", f"{_CALLER} {_ISNT} {{kind}}", f"samtalet {_ISNT} {{kind}}"),
        "caller-number": ("uppringarens nummer inte är {number}", "uppringarens nummer är inte {number}"),
        "caller-prefix": (
            "uppringarens nummer inte börjar med {prefix}",
            "uppringarens nummer börjar inte med {prefix}",
        ),
        "caller-type": ("uppringarens nummertyp inte är {type}", "uppringarens nummertyp är inte {type}"),
        "caller-group": (
            "uppringaren inte tillhör gruppen {group}",
            f"{_CALLER} (inte tillhör|tillhör inte|inte är [med] i|är inte [med] i) (grupp|gruppen) {{group}}",
        ),
        "called-number": ("det uppringda numret inte är {number}", f"det (uppringda|slagna) numret {_ISNT} {{number}}"),
        "called-prefix": (
            "det uppringda numret inte börjar med {prefix}",
            "det (uppringda|slagna) numret (inte börjar|börjar inte) med {prefix}",
        ),
        "called-type": ("nummertypen inte är {type}", "nummertypen är inte {type}"),
        "in-a-call": (
            "användaren inte är i ett samtal",
            "användaren (inte är|är inte|inte sitter|sitter inte) i (samtal|ett samtal|telefon)",
        ),
        "no-phone": ("en telefon är registrerad", "en enhet är registrerad"),
        "activity": ("aktiviteten inte är {activity}", f"(aktiviteten|användarens aktivitet) {_ISNT} {{activity}}"),
        "role": ("rollen inte är {role}", f"(rollen|användarens roll) {_ISNT} {{role}}"),
        "profile": ("profilen inte är {profile}", f"(profilen|användarens profil) {_ISNT} {{profile}}"),
        "available": (
            "användaren inte är tillgänglig",
            f"användaren {_ISNT} (tillgänglig|ledig|anträffbar)",
            "användaren är otillgänglig",
        ),
        "working-hours": (
            "det inte är arbetstid",
            "det är inte arbetstid",
            "[det är] utanför (arbetstid|arbetstiden)",
        ),
        "night-mode": (
            "nattkopplingen är av",
            "(nattkoppling|nattkopplingen|nattläge|nattläget) är (av|avslagen|avslaget)",
            f"(nattkoppling|nattkopplingen|nattläge|nattläget) {_ISNT} (på|aktiv|aktivt|påslagen|påslaget)",
        ),
        "schedule": (
            "schemat {schedule} är stängt",
            f"(schema|schemat|tidschemat) {{schedule}} (är stängt|är stängd|{_ISNT} öppet|{_ISNT} öppen)",
        ),
        "date": ("datumet inte är {date}", "datumet är inte {date}"),
        "dates": (
            "datumet inte är från {first} till {last}",
            f"datumet {_ISNT} (mellan {{first}} och|från {{first}} till [och med]) {{last}}",
        ),
        "times": (
            "klockan inte är mellan {start} och {end}",
            f"(klockan|tiden) {_ISNT} (från {{start}} till|mellan {{start}} och) {{end}}",
        ),
        "days": ("dagen inte är {days}", f"(dagen|veckodagen|det) {_ISNT} [en] {{days}}"),
        "diverted": (
            "vidarekopplingen är av",
            f"(vidarekoppling|vidarekopplingen) (är av|är avslagen|{_ISNT} (på|aktiv|påslagen))",
            "användaren inte har vidarekopplat",
        ),
        "after": ("inget tidigare försök slutade med {outcome}",),
        "device": ("samtalet inte kommer från {kind}", "samtalet kommer inte från [en] {kind}"),
    },
    targets={
        "ring": ("ring {kinds}", "[ring] [på|till|upp] {kinds}", "ring [på|till|upp] {kinds} (samtidigt|på en gång)"),
        "user": ("användaren {username}", f"{_TO} (användare|användaren) {{username}}"),
        "group": ("gruppen {group}", f"{_TO} [alla i] (grupp|gruppen|användargruppen) {{group}}"),
        "number": ("nummer {number}", f"{_TO} (nummer|numret) {{number}}"),
        "digits": (f"{_TO} {{number}}",),
        "switchboard": ("växeln", f"{_TO} (växel|växeln|telefonväxeln|receptionen)"),
        "queue": ("kön {queue}", f"{_TO} (kö|kön) {{queue}}"),
        "hunt-group": (
            "svarsgruppen {hunt_group}",
            f"{_TO} (svarsgrupp|svarsgruppen|ringgrupp|ringgruppen) {{hunt_group}}",
        ),
        "personal-queue": ("personlig kö", f"{_TO} (personlig kö|den personliga kön|användarens personliga kö)"),
        "menu": ("menyn {menu}", f"{_TO} (meny|menyn) {{menu}}"),
        "voicemail": (
            "röstbrevlåda [hos användaren {user}] [med meddelandet {announce}] [{record}]",
            f"{_TO} (röstbrevlåda|röstbrevlådan|voicemail|röstmeddelande|telefonsvarare|telefonsvararen) "
            "[(hos|för|till) (användare|användaren) {user}] [med (meddelande|meddelandet) {announce}] [{record}]",
        ),
        "mailbox": (
            "gruppbrevlådan {mailbox}",
            f"{_TO} (gruppbrevlåda|gruppbrevlådan|brevlådan) {{mailbox}}",
            f"{_TO} (röstbrevlåda|röstbrevlådan|voicemail) (hos|för|till) (grupp|gruppen) {{mailbox}}",
        ),
        "announce": ("spela upp meddelandet {sound}", "[spela|spela upp] (meddelande|meddelandet|ljudet) {sound}"),
        "busy": ("upptagetton", "[spela upp|ge] (upptaget|upptagetton|upptagettonen)"),
        "reject": ("avvisa som {reason}", "avvisa [samtalet] som {reason}"),
        "reject-text": ("avvisa som {reason}", "avvisa [samtalet] (som|med) {reason}"),
        "show": ("{number}",),
        "show-number": ("visa nummer {number}", "visa numret {number}"),
        "show-text": ("visa texten {text}", "visa [text] {text}"),
        "language": ("använd {language}", "(använd|byt till) [språket] {language}"),
        "language-code": ("använd språket {language}", "byt till språket {language}"),
        "recording": ("{on}",),
        "continue": ("fortsätt med nästa regel", "fortsätt", "nästa regel"),
    },
    words={
        "direction": {
            "received": ("tas emot", "kommer in", "inkommer"),
            "made": ("rings", "rings ut", "rings upp", "går ut"),
        },
        "line": {
            "landline": ("det fasta numret", "fasta numret", "den fasta telefonen", "fastnätet"),
            "mobile": ("mobilnumret", "mobilen", "mobiltelefonen"),
            "primary": ("huvudnumret", "det primära numret"),
            "secondary": ("ett sekundärt nummer", "det sekundära numret", "ett extra nummer"),
        },
        "caller": {
            "blocked": ("blockerad", "spärrad"),
            "vip": ("VIP", "en VIP"),
            "favourite": ("en favorit", "favorit"),
            "contact": ("en kontakt", "en kontaktperson", "bland kontakterna", "kontakt"),
            "internal": ("intern", "internt", "en kollega"),
            "external": ("extern", "externt"),
            "anonymous": ("anonym", "anonymt", "hemlig"),
        },
        "outcome": {
            "busy": ("upptaget", "upptagetton"),
            "no-answer": ("uteblivet svar", "inget svar"),
            "declined": ("avvisning", "att avvisas"),
            "unreachable": ("utebliven kontakt", "otillgänglig"),
        },
        "device": {
            "desk": ("bordstelefonen", *_DEVICES["desk"]),
            "softphone": ("softphonen", *_DEVICES["softphone"]),
            "browser": ("webbläsaren", *_DEVICES["browser"]),
            "mobile": ("mobilen", *_DEVICES["mobile"]),
            "third-party": ("tredjepartstelefonen", *_DEVICES["third-party"]),
            "all": ("en valfri enhet", *_DEVICES["all"]),
        },
        "devices": _DEVICES,
        "days": {
            "mon": ("måndag", "mån"),
            "tue": ("tisdag", "tis"),
            "wed": ("onsdag", "ons"),
            "thu": ("torsdag", "tors", "tor"),
            "fri": ("fredag", "fre"),
            "sat": ("lördag", "lör"),
            "sun": ("söndag", "sön"),
        },
        "record": {False: ("utan inspelning", "utan att lämna meddelande", "utan meddelande")},
        "reason": {
            "declined": ("avvisat", "avvisad", "declined"),
            "busy": ("upptaget", "upptagen", "busy"),
            "barred": ("spärrat", "spärrad", "barred"),
            "not-found": ("okänt", "okänd", "not-found"),
            "unavailable": ("otillgängligt", "otillgänglig", "unavailable"),
        },
        "shown": {
            "switchboard": ("visa växelns nummer", "visa växelnumret"),
            "hidden": ("dölj numret", "dölj nummer"),
            "landline": ("visa det fasta numret", "visa fasta numret"),
            "own-mobile": ("visa mobilnumret", "visa [det] egna mobilnumret"),
        },
        "language": {"en": ("engelska",), "da": ("danska",), "sv": ("svenska",)},
        "recording": {
            True: ("spela in samtalet", "spela in"),
            False: ("spela inte in samtalet", "spela inte in"),
        },
        "unit": {1: ("sekunder", "(sekund|sek|s)"), 60: ("minuter", "(minut|min)"), 3600: ("timmar", "(timme|t)")},
    },
    after=("efter {after}",),
    duration=("i {duration}", "i (högst|upp till|max) {duration}", "högst {duration}"),
    second="sekund",
    seconds="sekunder",
    until="till",
    days_or="eller",
    devices_and="och",
    names="tillgänglig otillgänglig ledig upptaget upptagen stängt öppet avvisad spärrad intern extern busy",
)
