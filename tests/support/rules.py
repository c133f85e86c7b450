"""Hypothesis strategies for conditions, targets and rules: everything that :mod:`pbxd.org.rules` can hold."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from pbxd.org import rules as r

PLAIN = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
"""Names as configurations give them."""
ODD = st.one_of(
    PLAIN,
    st.text(max_size=12),
    st.sampled_from(
        ["then", "and", "or", "ikke", "och", "closed", "", " ", '"', "\\", "a, b", "(x)", "två ord", "201"]
    ),
)
"""Any text, and words that mean something in a sentence."""
NUMBERS = st.from_regex(r"\+?[0-9]{1,12}", fullmatch=True)
SECONDS = st.integers(0, 9_999_999)


def conditions(names: st.SearchStrategy[str]) -> st.SearchStrategy[r.Condition]:
    """Conditions of any shape whose names are drawn from ``names``."""
    return st.recursive(simple(names), _compound, max_leaves=12)


def _compound(inner: st.SearchStrategy[r.Condition]) -> st.SearchStrategy[r.Condition]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.one_of(several.map(r.AllOf), several.map(r.AnyOf), inner.map(r.Not))


def simple(names: st.SearchStrategy[str]) -> st.SearchStrategy[r.Condition]:
    """Conditions without others in them."""
    plain = (r.Always, r.InACall, r.NoPhone, r.Available, r.InWorkingHours, r.InNightMode, r.Diverted)
    numbers = (r.CallerNumber, r.CallerPrefix, r.CallerType, r.CalledNumber, r.CalledPrefix, r.CalledType)
    named = (*numbers, r.CallerInGroup, r.ActivityIs, r.RoleIs, r.ProfileIs, r.ScheduleOpen)
    return st.one_of(
        st.sampled_from([kind() for kind in plain]),
        *(st.builds(kind, names) for kind in named),
        st.builds(r.CallIs, st.sampled_from(["received", "made"])),
        st.builds(r.CalledLine, st.sampled_from(get_args(r.LineKind))),
        st.builds(r.CallerIs, st.sampled_from(get_args(r.CallerKind))),
        st.builds(r.OnDates, st.dates(), st.dates()),
        st.dates().map(lambda day: r.OnDates(day, day)),
        st.builds(r.BetweenTimes, st.times(), st.times()),
        st.builds(r.OnDays, st.lists(st.sampled_from(get_args(r.Weekday)), min_size=1, max_size=9).map(tuple)),
        st.sampled_from([r.OnDays(get_args(r.Weekday)[:5]), r.OnDays(("sat", "sun", "mon"))]),
        st.builds(r.After, st.sampled_from(get_args(r.OutcomeKind))),
        st.builds(r.CallingDevice, st.sampled_from(get_args(r.RingKind))),
    )


def targets(names: st.SearchStrategy[str]) -> st.SearchStrategy[r.Target]:
    """Every kind of target."""
    return st.one_of(
        st.sampled_from([r.ToSwitchboard(), r.ToPersonalQueue(), r.PlayBusy(), r.Continue()]),
        st.builds(r.RingDevices, st.lists(st.sampled_from(get_args(r.RingKind)), min_size=1, max_size=6).map(tuple)),
        *(st.builds(kind, names) for kind in (r.ToUser, r.ToGroup, r.ToQueue, r.ToHuntGroup, r.ToMenu, r.ToMailbox)),
        st.builds(r.ToNumber, st.one_of(names, NUMBERS)),
        st.builds(r.ToVoicemail, st.none() | names, st.none() | names, st.booleans()),
        st.builds(r.Announce, names),
        st.builds(r.RejectAs, st.sampled_from(["declined", "busy", "barred", "not-found", "unavailable"]) | names),
        st.builds(r.SetNumber, st.sampled_from(["switchboard", "hidden", "landline", "own-mobile"]) | names),
        st.builds(r.SetText, names),
        st.builds(r.SetLanguage, st.sampled_from(["en", "da", "sv"]) | names),
        st.builds(r.SetRecording, st.booleans()),
    )


def rules(names: st.SearchStrategy[str]) -> st.SearchStrategy[r.Rule]:
    """Whole rules."""
    said = {"target": targets(names), "after": st.none() | SECONDS, "duration": st.none() | SECONDS}
    first = st.builds(r.Step, **said)
    more = st.lists(st.builds(r.Step, joins=st.booleans(), **said), max_size=4)
    steps = st.builds(lambda one, others: (one, *others), first, more)
    return st.builds(r.Rule, do=steps, when=conditions(names))
