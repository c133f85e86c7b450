"""Readers of what the network sends, run on input that atheris (PyPI) grows towards every branch of them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.torture.cases import CASES, OFFER

pytestmark = [
    pytest.mark.interop,
    pytest.mark.covers("SEC-3"),
    pytest.mark.skipif(find_spec("atheris") is None, reason="atheris (PyPI) is not installed"),
]

ROOT = Path(__file__).parents[2]
MESSAGES = [case.data for case in CASES]
CHALLENGE = b'Digest realm="house.example", nonce="1-2-3", algorithm=SHA-256, qop="auth,auth-int", stale=true'
CREDENTIALS = (
    b'Digest username="anna", realm="house.example", nonce="1-2-3", uri="sip:house.example", response="00", '
    b'algorithm=MD5, cnonce="4", qop=auth, nc=00000001'
)
KEYED = OFFER.replace("RTP/AVP 8", "RTP/SAVP 8 101") + (
    f"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{'A' * 40}\r\n"
    "a=ptime:20\r\na=rtcp:30001\r\na=rtcp-mux\r\na=sendonly\r\n"
)
SEEDS: dict[str, Sequence[bytes]] = {
    "message": MESSAGES,
    "sdp": [OFFER.encode(), KEYED.encode()],
    "framing": [*MESSAGES, b"\r\n\r\n", MESSAGES[0] + b"\r\n\r\n" + MESSAGES[1]],
    "digest": [CHALLENGE, CREDENTIALS],
}
WORDS = (
    *("SIP/2.0", "sip:", "tel:", "Via", "From", "Contact", "Content-Length", "l: ", ";tag=", ";branch="),
    *("m=audio ", "a=rtpmap:", "a=crypto:", "RTP/SAVP", "a=fmtp:", "Digest ", "nonce=", "qop=", "algorithm="),
)
FEWEST = 25
"""Inputs a second; the slowest reader does forty times that on a machine with nothing else to do."""


@pytest.mark.parametrize("seconds", [4, pytest.param(300, marks=[pytest.mark.full, pytest.mark.timeout(600)])])
@pytest.mark.parametrize("reader", SEEDS)
def test_a_reader_meets_what_it_has_never_seen(reader: str, seconds: int, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS[reader]):
        (corpus / f"{number:03d}").write_bytes(seed)
    words = tmp_path / "words"
    words.write_text("".join(f'"{word}"\n' for word in WORDS))
    limits = (f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=1024", "-max_len=4096", "-seed=4475")
    artifacts = f"-artifact_prefix={tmp_path}/"
    done = subprocess.run(
        [sys.executable, "-m", "tests.interop.fuzzing", reader, f"-dict={words}", artifacts, *limits, str(corpus)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=seconds + 60,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    ran = re.search(r"Done (\d+) runs", done.stderr)
    assert ran is not None, done.stderr[-3000:]
    assert int(ran[1]) >= FEWEST * seconds
    grown = len(list(corpus.iterdir())) - len(SEEDS[reader])
    assert grown > 0, "the run found no branch beyond its seeds': is pbxd instrumented?"
