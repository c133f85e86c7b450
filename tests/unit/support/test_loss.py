from __future__ import annotations

from pbxd.network import Address
from tests.support.loss import Hop, LossPattern, every, label
from tests.support.network import Datagram

HOP = Hop("192.0.2.1", "192.0.2.2")


class Scripted(LossPattern):
    """Loses exactly what it is told to."""

    def __init__(self, *lost: tuple[Hop, str, int]) -> None:
        super().__init__(0, 0.0)
        self.lost = set(lost)

    def loses(self, hop: Hop, message: str, copy: int) -> bool:
        return (hop, message, copy) in self.lost


def test_labels() -> None:
    assert label(b"INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\n") == "INVITE"
    assert label(b"SIP/2.0 200 OK\r\nVia: x\r\ncseq: 7 BYE\r\n") == "200 BYE"
    assert label(b"\x80\x08 and so on") is None


def test_schedules_are_those_of_the_rfc() -> None:
    assert list(every(0.5)) == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert list(every(0.5, 4.0)) == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def test_an_arrival_waits_for_the_first_copy_that_gets_through() -> None:
    pattern = Scripted((HOP, "INVITE", 0), (HOP, "INVITE", 1))
    assert pattern.arrival(HOP, "INVITE", every(0.5)) == 1.5
    everything = Scripted(*((HOP, "INVITE", copy) for copy in range(7)))
    assert everything.arrival(HOP, "INVITE", every(0.5)) is None


def test_a_2xx_and_an_ack_must_get_through() -> None:
    assert Scripted((HOP, "200 INVITE", 0), (HOP.back, "ACK", 0)).acknowledged(HOP)
    assert not Scripted(*((HOP.back, "ACK", copy) for copy in range(11))).acknowledged(HOP)
    # Ten of eleven answers are lost, so that there is one ACK, and that one is lost, too.
    assert not Scripted(*((HOP, "200 INVITE", c) for c in range(10)), (HOP.back, "ACK", 0)).acknowledged(HOP)


def test_what_is_lost_is_what_was_foretold() -> None:
    pattern = LossPattern(1, 0.5)
    data = b"BYE sip:a@b SIP/2.0\r\n"
    datagram = Datagram(
        sent=0, source=Address(HOP.source, 5060), target=Address(HOP.target, 5060), data=data, arrives=None
    )
    assert not pattern(datagram)  # not switched on, not counted
    pattern.switched_on = True
    assert [pattern(datagram) for _ in range(20)] == [pattern.loses(HOP, "BYE", copy) for copy in range(20)]


def test_no_loss_connects() -> None:
    pattern = LossPattern(1, 0.0)
    assert pattern.connects(HOP, Hop("192.0.2.2", "192.0.2.3"), patience=30)
    assert pattern.completes(HOP, "BYE")
    assert not LossPattern(1, 1.0).connects(HOP, Hop("192.0.2.2", "192.0.2.3"), patience=30)
