"""The client's half of digest authentication (RFC 8760, RFC 7616), written without pbxd's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
HASHES: Mapping[str, Callable[[bytes], hashlib._Hash]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Credentials:
    """A name and a password, and the count of what was sent under each nonce."""

    def __init__(self, username: str, password: str, algorithms: Sequence[str] = ("SHA-256", "MD5")) -> None:
        self.username = username
        self.password = password
        self.algorithms = algorithms
        """What this phone can do, best first."""
        self._counts: dict[str, int] = {}

    def choose(self, challenges: Sequence[str]) -> dict[str, str]:
        """The first of our algorithms that is offered, as the challenge's parameters."""
        offered = [_parameters(challenge) for challenge in challenges]
        for algorithm in self.algorithms:
            for challenge in offered:
                if challenge.get("algorithm", "MD5").upper() == algorithm:
                    return challenge
        raise AssertionError(f"no challenge that this phone can answer in {challenges}")

    def answer(self, challenge: Mapping[str, str], method: str, uri: str) -> str:
        """Value of Authorization or Proxy-Authorization for one request."""
        algorithm = challenge.get("algorithm", "MD5").upper()
        nonce, realm = challenge["nonce"], challenge["realm"]
        count = self._counts[nonce] = self._counts.get(nonce, 0) + 1

        def h(text: str) -> str:
            return HASHES[algorithm](text.encode()).hexdigest()

        cnonce, nc = f"c{count:04d}", f"{count:08x}"
        ha1, ha2 = h(f"{self.username}:{realm}:{self.password}"), h(f"{method}:{uri}")
        response = h(f"{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}")
        opaque = f', opaque="{challenge["opaque"]}"' if "opaque" in challenge else ""
        return (
            f'Digest username="{self.username}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}", '
            f'algorithm={algorithm}, cnonce="{cnonce}", qop=auth, nc={nc}{opaque}'
        )


def _parameters(challenge: str) -> dict[str, str]:
    scheme, _, rest = challenge.strip().partition(" ")
    assert scheme.lower() == "digest", challenge
    return {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
