"""What each family of phones reads, compared with files that were looked at; and names that no file may fall for."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from pbxd.config import load
from pbxd.config.snapshot import Configuration
from pbxd.org.phones import MODELS, Phone
from pbxd.phones.settings import common, settings
from pbxd.phones.tickets import Key
from pbxd.provisioning.families import FAMILIES
from pbxd.provisioning.family import Family, Wanted
from pbxd.provisioning.writing import book_file, common_file, settings_file
from pbxd.store.rows import PhoneRow

GOLDEN = Path(__file__).parents[2] / "golden" / "phones"
REWRITE = "PBXD_REWRITE_GOLDEN"
"""Set it to have the files written as they are now; then look at what changed."""

NOW = 1_800_000_000.0
MAC = "00:04:13:aa:bb:01"
KEY = Key("ticket0000000000", "secret0000000000")
SERVER = """\
listen: [udp://192.0.2.1:5060]
media: {codecs: [g722, pcma, pcmu]}
http: {listen: http://192.0.2.1:8088, public_url: https://pbx.harbour.example}
"""
HARBOUR = """\
organization: harbour
name: Harbour & Sons
domain: harbour.example
country: DK
timezone: Europe/Copenhagen
languages: [da, en]
number_ranges: [{from: "200", to: "299"}, {from: "1500", to: "1999"}, {from: "900", to: "900"}]
profiles: [{name: office, code: "1"}]
users:
  - username: eva
    name: Eva Krog
    lines: [{number: "201"}]
    devices: [{name: eva-desk, kind: desk, password: "eva<&>secret"}]
  - username: ib
    name: Ib "Ibber" Dahl
    language: en
    lines: [{number: "202"}]
    devices: [{name: ib-desk, kind: desk, password: "ib#secret", srtp: require}]
contacts:
  external: [{first_name: Ole, last_name: Kaj, numbers: [{number: "+4530303030"}, {number: "+4530303031"}]}]
queues: [{name: support, number: "1500", code: "15", display_text: Support}]
voicemail_numbers: [{number: "900", kind: user}]
provisioning:
  server: tls://sip.harbour.example:5061
  password: "1234#5"
  firmware: {FIRMWARE}
  phones:
    - mac: "00:04:13:aa:bb:01"
      model: MODEL
      lines: LINES
      keys: KEYS
"""
KEYS = (
    "[{kind: blf, value: ib, label: 'Ib & co'}, {kind: speed-dial, value: '+4530303030', label: Ole}, {kind: park}, "
    "{kind: pickup}, {kind: code, value: night-override}, {kind: queue-login, value: support}, "
    "{kind: profile, value: office}, {kind: line, value: '1'}]"
)


def configuration(folder: Path, model: str) -> Configuration:
    known = MODELS[model]
    room = max(0, known.keys - 1)
    keys = re.findall(r"\{.*?\}", KEYS)[:room]
    written = HARBOUR.replace("MODEL", model).replace("LINES", "[eva-desk]").replace("KEYS", f"[{', '.join(keys)}]")
    written = written.replace("{FIRMWARE}", f'{{{model}: "https://firmware.example/{model}.bin"}}')
    folder.mkdir(exist_ok=True)
    (folder / "pbxd.yaml").write_text(SERVER + "organizations: [harbour.yaml]\n")
    (folder / "harbour.yaml").write_text(written)
    return load(folder / "pbxd.yaml")


def told(folder: Path, model: str) -> dict[str, Any]:
    """The settings of a phone of a model."""
    found = configuration(folder, model)
    harbour = found.organizations["harbour"]
    phone: Phone = harbour.provisioning.phones[MAC]
    row = PhoneRow(organization="harbour", mac=MAC, secret="secret0000000000")
    return settings(found, harbour, row, phone, KEY, NOW)


def compared(name: str, content: bytes) -> None:
    """With the file of that name."""
    path = GOLDEN / name
    if os.environ.get(REWRITE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert content.decode() == path.read_text(encoding="utf-8")


BEST = {"snom": "snom-D725", "mitel": "mitel-6867", "yealink": "yealink-T46U", "grandstream": "grandstream-GXP2170"}
FILES = {"snom": "xml", "mitel": "cfg", "yealink": "cfg", "grandstream": "xml"}


@pytest.mark.covers("DEV-2", "DEV-6")
@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_the_files_of_a_family_are_as_they_were_looked_at(family: Family, tmp_path: Path) -> None:
    model = BEST[family.name]
    found = told(tmp_path, model)
    compared(f"{model}.{FILES[family.name]}", settings_file(family, found))
    harbour = configuration(tmp_path, model)
    organization = harbour.organizations["harbour"]
    common_to_all = common(harbour, organization, Key(KEY.ticket), family.name, None, NOW)
    compared(f"{family.name}-common.{FILES[family.name]}", common_file(family, common_to_all))
    entries = [(f"Name {number:02}", ("201", "+4530303030")) for number in range(32)]
    compared(f"{family.name}-book.xml", book_file(family, "Harbour & Sons", entries, "https://pbx.example/book", 0))


@pytest.mark.covers("DEV-2")
@pytest.mark.parametrize("model", MODELS)
def test_every_model_of_the_list_gets_a_file_that_can_be_read(model: str, tmp_path: Path) -> None:
    family = FAMILIES[MODELS[model].family]
    content = settings_file(family, told(tmp_path, model))
    if family.media_type.endswith("xml"):
        assert b"eva-desk" in content
        ElementTree.fromstring(content)
    else:
        names = [line.split(":" if family.name == "mitel" else "=", 1)[0].strip() for line in lines(content)]
        assert len(names) == len(set(names)), "nothing is said twice"


def test_the_models_of_the_catalogue_are_all_there() -> None:
    mitel = {
        f"mitel-{name}" for name in ("6863", "6865", "6867", "6869", "6873", "MiVoice-Conference", "MiVoice-Video")
    }
    bare = "D305 D315 D345 D375 700 710 D712 D715 720 D725 D745 760 D765 821 870 MeetingPoint"
    assert mitel | {f"snom-{name}" for name in bare.split(" ")} <= MODELS.keys()
    assert {model.family for model in MODELS.values()} == FAMILIES.keys()


def lines(content: bytes) -> list[str]:
    return [line for line in content.decode().splitlines() if line and not line.startswith("#")]


NAMES = st.text(max_size=30) | st.sampled_from(
    [
        "a\nadmin password: 0000",
        "\r\naccount.1.password = x",
        "<![CDATA[x]]>",
        "]]>",
        "&xxe;",
        "{{ 7*7 }}",
        "\x00\x0b\ud800",
    ]
)


@pytest.mark.covers("SEC-5")
@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
@effort(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, password=NAMES)
def test_no_name_leaves_its_place(family: Family, name: str, password: str, tmp_path: Path) -> None:
    found = told(tmp_path, BEST[family.name])
    plain = settings_file(family, found)
    [line], [first, *rest] = found["lines"], found["function_keys"]
    hostile = {
        **found,
        "organization": name,
        "lines": [{**line, "name": name, "label": name, "password": password}],
        "function_keys": [{**first, "label": name}, *rest],
    }
    content = settings_file(family, hostile)
    if family.media_type.endswith("xml"):
        tags = [element.tag for element in ElementTree.fromstring(plain).iter()]
        assert [element.tag for element in ElementTree.fromstring(content).iter()] == tags
    else:
        separator = ":" if family.name == "mitel" else "="
        names = [one.split(separator)[0] for one in lines(plain)]
        assert [one.split(separator)[0] for one in lines(content)] == names
    book = book_file(family, name, [(name, (name,))], name)
    assert b"{{" not in book or "{{" in name
    ElementTree.fromstring(book)


@pytest.mark.parametrize(
    ("family", "file", "wanted"),
    [
        ("snom", "snomD725-000413AABB01.htm", Wanted("settings", MAC)),
        ("snom", "000413aabb01.xml", Wanted("settings", MAC)),
        ("snom", "snomD725.htm", Wanted("common")),
        ("snom", "book.xml", Wanted("book")),
        ("mitel", "aastra.cfg", Wanted("common")),
        ("mitel", "000413AABB01.cfg", Wanted("settings", MAC)),
        ("mitel", "6867i.cfg", Wanted("nothing")),
        ("mitel", "directory.xml", Wanted("book")),
        ("yealink", "y000000000108.cfg", Wanted("common")),
        ("yealink", "000413aabb01.cfg", Wanted("settings", MAC)),
        ("yealink", "000413aabb01.boot", Wanted("nothing", MAC)),
        ("grandstream", "cfg000413aabb01.xml", Wanted("settings", MAC)),
        ("grandstream", "cfg000413aabb01", Wanted("nothing", MAC)),
        ("grandstream", "cfggxp2170.xml", Wanted("common")),
        ("grandstream", "phonebook.xml", Wanted("book")),
        ("snom", "000413AABB0g.xml", None),
        ("snom", "000413AABB01.xml\n", None),
        ("mitel", "../aastra.cfg", None),
        ("yealink", "", None),
    ],
)
def test_what_file_names_stand_for(family: str, file: str, wanted: Wanted | None) -> None:
    assert FAMILIES[family].wanted(file) == wanted


@pytest.mark.parametrize(
    ("family", "agent", "model", "firmware"),
    [
        ("snom", "Mozilla/4.0 (compatible; snomD725-SIP 10.1.42.14 1.1.3-u)", "snom-D725", "10.1.42.14"),
        ("snom", "Mozilla/4.0 (compatible; snom760-SIP 8.9.3.80 1.1.3-s)", "snom-760", "8.9.3.80"),
        ("mitel", "Aastra6867i MAC:08-00-0F-AA-BB-02 V:4.1.0.128-SIP", "mitel-6867", "4.1.0.128"),
        ("mitel", "Mitel6873i MAC:08-00-0F-AA-BB-02 V:5.1.0.6019-SIP", "mitel-6873", "5.1.0.6019"),
        ("yealink", "Yealink SIP-T46U 108.86.0.20 80:5e:c0:aa:bb:03", "yealink-T46U", "108.86.0.20"),
        (
            "grandstream",
            "Grandstream Model HW GXP2170 SW 1.0.11.64 DevId 000b82aabb04",
            "grandstream-GXP2170",
            "1.0.11.64",
        ),
        ("snom", "curl/8.0", "", ""),
    ],
)
def test_phones_say_what_they_are(family: str, agent: str, model: str, firmware: str) -> None:
    assert FAMILIES[family].model(agent) == (model, firmware)
    assert not model or model in MODELS
