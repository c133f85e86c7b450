"""Whatever a carrier writes into Diversion and History-Info, it is read or ignored, and what leaves can be read."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from pbxd.dialplan.diverted import MAX_TOLD, loop, told_by
from pbxd.sip.diversion import Diversion, DiversionReason, HistoryEntry, diversions_of, history_of
from pbxd.sip.headers import Headers, NameAddr
from pbxd.sip.uri import Uri, sip_uri

pieces = st.sampled_from(
    [
        *("<sip:202@h", "<tel:+4588887702", "<mailto:x", ">", "?", "&", ",", ";", '"', "\\", "%", "%00", "%0d%0a", "="),
        *("Reason=SIP%3Bcause%3D302", "Privacy=history", ";cause=486", ";index=1", ";index=1.1", ";mp=1", ";rc=1.1"),
        *(
            ";reason=user-busy",
            ";counter=99",
            ";counter=-1",
            ";limit=0",
            ";privacy=full",
            "anonymous.invalid",
            " ",
            "é",
        ),
    ]
)
lines = st.lists(pieces, max_size=12).map("".join) | st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=60
)
TARGET = Uri.parse("sip:+4533123456@192.0.2.99")
stories = st.lists(
    st.builds(
        Diversion,
        address=st.text(max_size=12).map(lambda user: NameAddr("", sip_uri(user or "x", "h"))),
        reason=st.sampled_from(get_args(DiversionReason)),
        counter=st.just(1),
        limit=st.none() | st.integers(0, 99),
        private=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@given(lines, lines)
def test_anything_is_read_or_ignored(diversion: str, history: str) -> None:
    told = told_by(Headers([("Diversion", diversion), ("History-Info", history)]))
    assert len(told) <= MAX_TOLD
    assert all(1 <= one.counter <= 99 for one in told)
    loop(told)


@given(stories)
def test_what_is_written_reads_the_same(story: list[Diversion]) -> None:
    assert list(Diversion.parse_list(", ".join(map(str, story)))) == story
    history = history_of(story, TARGET)
    read = HistoryEntry.parse_list(", ".join(map(str, history)))
    assert read == history
    found = diversions_of(read)
    assert [(one.address, one.private) for one in found] == [(one.address, one.private) for one in story]
