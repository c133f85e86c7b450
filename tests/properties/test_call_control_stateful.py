"""People who use everything at random: transfer, park, pick up, move, come into calls, bring them together."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.properties.test_kernel_stateful import NAMES, NUMBERS, People, moments, names, picks
from tests.support.house import ORGANIZATION
from tests.support.phone import PhoneCall

CODES: tuple[str, ...] = (
    *("*8*", "*9*202*", "*9*201*", "*7*", "*85*", "*86*", "*86*201*", "*70*203*", "*71*"),
    *("*65*201*", "*65*202*", "*66*202*", "*67*203*", "*68*201*", "*1*203*", "250", "*69*", "#69#*"),
)
EVERYBODY = ("anna", "bo", "cora", "dan")
OFFICE = """\
settings: {park: {recall_after: 10s}, blind_transfer: {ring_seconds: 6}}
permissions: {pickup: [all], retrieve_parked: [all], intrude: [all], listen: [all], record_calls: true}
groups: [{name: all}]
conference_rooms: [{name: bridge, number: "250", max: 3}]
"""


def _office() -> str:
    text = ORGANIZATION
    for name in EVERYBODY:
        text = text.replace(f"username: {name}\n", f"username: {name}\n    groups: [all]\n")
    return text + OFFICE


def means(call: PhoneCall) -> str:
    return f"{call.call_id}%3Bto-tag%3D{call.remote_tag}%3Bfrom-tag%3D{call.tag}"


class Office(People):
    """The same people, where everybody may do everything."""

    organization = _office()

    @rule(name=names, code=st.sampled_from(CODES), pause=moments)
    def dials_a_code(self, name: str, code: str, pause: float) -> None:
        self.act(lambda: self.house.phone(name).dials(code), pause)

    @rule(name=names, number=st.sampled_from(NUMBERS), code=st.sampled_from(CODES), pause=moments)
    def dials_a_code_while_in_a_call(self, name: str, number: str, code: str, pause: float) -> None:
        self.reaches_somebody(name, number, 0.1)
        self.act(lambda: self.house.phone(name).call.reoffer("sendonly"), 0.1)
        self.act(lambda: self.house.phone(name).dials(code), pause)

    @precondition(lambda self: self.calls("talking"))
    @rule(pick=picks, number=st.sampled_from((*NUMBERS, *CODES)), pause=moments)
    def transfers(self, pick: int, number: str, pause: float) -> None:
        call = self.pick("talking", pick)
        refer = [("Refer-To", f"<sip:{number}@house.example>")]
        self.act(lambda: call.request("REFER", headers=refer), pause)

    @precondition(lambda self: len(self.calls("talking")) > 1)
    @rule(pick=picks, other=picks, pause=moments)
    def transfers_to_another_call(self, pick: int, other: int, pause: float) -> None:
        """Which may be somebody else's, or the same."""
        call, target = self.pick("talking", pick), self.pick("talking", other)
        refer = [("Refer-To", f"<sip:202@house.example?Replaces={means(target)}>")]
        self.act(lambda: call.request("REFER", headers=refer), pause)

    @precondition(lambda self: self.calls("talking") or self.calls("ringing"))
    @rule(name=names, pick=picks, state=st.sampled_from(("talking", "ringing")), pause=moments)
    def takes_over(self, name: str, pick: int, state: str, pause: float) -> None:
        if not self.calls(state):
            return
        call = self.pick(state, pick)
        header = f"{call.call_id};to-tag={call.remote_tag};from-tag={call.tag}"
        self.act(lambda: self.house.phone(name).dials("201", headers=[("Replaces", header)]), pause)

    @invariant()
    def whoever_is_in_a_room_is_there_once_and_it_is_his_call_s(self) -> None:
        for call in self.house.server.exchange.calls.values():
            members = call.bridge.members
            assert len(members) == len(set(members)) <= 2
            assert all(member.bridge is call.bridge and member.owner is call for member in members)
            assert all(leg.bridge in (None, call.bridge) for leg in call.legs)

    @invariant()
    def what_the_engine_tells_of_a_port_is_told_to_its_leg(self) -> None:
        calls = self.house.server.exchange.calls.values()
        open_ports = {leg.stream.end.port: leg for call in calls for leg in call.legs if leg.stream.end is not None}
        for call in calls:
            assert call.kernel.legs.at == open_ports

    @invariant()
    def who_talks_is_owned_by_the_call_that_talks(self) -> None:
        for call in self.house.server.exchange.calls.values():
            if call.conversation is not None:
                assert {call.subject, call.conversation.peer} >= set(call.bridge.members)

    @invariant()
    def lamps_agree_with_the_truth(self) -> None:
        exchange = self.house.server.exchange
        talking = {leg.party for call in exchange.calls.values() for leg in call.legs if leg.answered}
        for name in NAMES:
            device = name if name == "anna-soft" else f"{name}-desk"
            assert exchange.dialogs.in_a_call(("house", device)) is (device in talking), device


TestOffice = Office.TestCase
TestOffice.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
