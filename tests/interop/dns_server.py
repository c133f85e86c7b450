"""A name server on loopback that answers from a zone written in a test; dnspython reads and writes the messages."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset

from pbxd.address import Address


class DnsServer:
    """Serves ``zone``: lines of ``name ttl type data`` in the form of zone files, names absolute."""

    def __init__(self, host: str, zone: str) -> None:
        self._records = [_record(line) for line in zone.strip().splitlines()]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.address = Address(*self._socket.getsockname())
        self.asked: Counter[tuple[str, str]] = Counter()
        """Questions that arrived, by name and type."""
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.address)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, client = self._socket.recvfrom(4096)
            if not data:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(data)).to_wire(), client)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        self.asked[question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)] += 1
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA | dns.flags.RA
        same = [record for record in self._records if record.name == question.name]
        response.answer = [record for record in same if record.rdtype == question.rdtype]
        if not same:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response


def _record(line: str) -> dns.rrset.RRset:
    name, ttl, kind, data = line.split(None, 3)
    return dns.rrset.from_text(dns.name.from_text(name), int(ttl), "IN", kind, data)
