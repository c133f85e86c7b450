"""Digest authentication: the RFCs' own figures, nonces that cost nothing, replays that do not pass."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbxd.errors import MalformedMessage
from pbxd.sip.digest import (
    WINDOW,
    Accepted,
    Authenticator,
    Challenge,
    Ha1,
    NoCredentials,
    Stale,
    Verdict,
    Wrong,
    authorize,
    choose,
    parse_challenge,
    parse_credentials,
)
from pbxd.sip.headers import Headers
from pbxd.sip.message import Request
from pbxd.sip.uri import Uri

REALM = "nordhavn.example"
URI = f"sip:{REALM}"
SECRETS = {"anna": Ha1.of("anna", REALM, "vinter"), "søren": Ha1.of("søren", REALM, "æbleø")}
NOW = 1_750_000_000.25


def lookup(username: str, realm: str) -> Ha1 | None:
    return SECRETS.get(username) if realm == REALM else None


def request(*values: str, method: str = "REGISTER", uri: str = URI, name: str = "Authorization") -> Request:
    return Request(method, Uri.parse(uri), Headers((name, value) for value in values))


class Phone:
    """Answers the challenges of one authenticator."""

    def __init__(self, authenticator: Authenticator, *, username: str = "anna", password: str = "vinter") -> None:
        self.authenticator = authenticator
        self.username, self.password = username, password

    def challenge(self, now: float = NOW, *, algorithm: str = "SHA-256", realm: str = REALM) -> Challenge:
        made = [parse_challenge(value) for value in self.authenticator.challenges(realm, now)]
        return next(one for one in made if one.algorithm == algorithm)

    def credentials(self, challenge: Challenge, count: int = 1, *, uri: str = URI, method: str = "REGISTER") -> str:
        return authorize(
            challenge,
            username=self.username,
            password=self.password,
            method=method,
            uri=uri,
            nonce_count=count,
            cnonce="0a4f113b",
        )

    def tries(self, challenge: Challenge, count: int = 1, *, now: float = NOW) -> Verdict:
        header = self.credentials(challenge, count)
        return self.authenticator.verify(request(header), "Authorization", lookup, now)


@pytest.fixture
def authenticator() -> Authenticator:
    return Authenticator(b"secret of this start")


@pytest.mark.covers("DEV-1")
@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_figures_of_rfc_7616(algorithm: str, response: str) -> None:
    challenge = parse_challenge(
        'Digest realm="http-auth@example.org", qop="auth, auth-int", '
        f'algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    written = authorize(
        challenge,
        username="Mufasa",
        password="Circle of Life",
        method="GET",
        uri="/dir/index.html",
        nonce_count=1,
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    credentials = parse_credentials(written)
    assert credentials.response == response
    assert credentials.expected(Ha1.of("Mufasa", "http-auth@example.org", "Circle of Life"), "GET") == response
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in written


def test_figures_of_rfc_2617_with_and_without_qop() -> None:
    challenge = parse_challenge(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    )
    assert challenge.qop == ("auth", "auth-int")
    arguments = {"username": "Mufasa", "method": "GET", "uri": "/dir/index.html", "cnonce": "0a4f113b"}
    with_qop = authorize(challenge, password="Circle Of Life", nonce_count=1, **arguments)
    assert parse_credentials(with_qop).response == "6629fae49393a05397450978507c4ef1"
    old = Challenge(realm=challenge.realm, nonce=challenge.nonce)
    without = parse_credentials(authorize(old, password="CircleOfLife", nonce_count=1, **arguments))
    assert (without.response, without.qop, without.nc) == ("1949323746fe6a43ef61f9606e7febea", "", "")


def test_credentials_as_odd_phones_write_them() -> None:
    found = parse_credentials(
        'digest  Username = "o\\"brien, \\\\ j" ,REALM="a,b",nonce="n",uri="sip:x@y;a=b",response="F00",'
        'qop="auth",nc=0000000A,cnonce="c",algorithm=md5,opaque="",,'
    )
    assert (found.username, found.realm, found.uri) == ('o"brien, \\ j', "a,b", "sip:x@y;a=b")
    assert (found.qop, found.nonce_count, found.algorithm) == ("auth", 10, "MD5")


@pytest.mark.covers("SEC-3")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Digest",
        "Basic YW5uYTp2aW50ZXI=",
        'Digestusername="a"',
        'Digest username="a", realm="r", nonce="n", uri="u"',
        'Digest username="a", username="b", realm="r", nonce="n", uri="u", response="x"',
        'Digest username="a, realm="r", nonce="n", uri="u", response="x',
        'Digest username="a", realm="r", nonce="n", uri="u", response="x", qop=auth',
        'Digest username="a", realm="r", nonce="n", uri="u", response="x", qop=auth, cnonce="c", nc=1',
        'Digest username="a", realm="r", nonce="n", uri="u", response="x", qop=auth, cnonce="c", nc=0x000001',
        'Digest username="a", realm="r", nonce="n", uri="u", response="x", nonsense',
        "Digest " + ", ".join(f"p{number}=1" for number in range(65)),
    ],
)
def test_credentials_that_are_none(text: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_credentials(text)


@pytest.mark.parametrize("text", ["Digest", 'Digest realm="r"', 'Digest nonce="n"', 'Negotiate realm="r", nonce="n"'])
def test_challenge_that_is_none(text: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_challenge(text)


def test_strongest_challenge_that_can_be_met_is_chosen() -> None:
    md5, sha = Challenge(realm="r", nonce="1", qop=("auth",)), Challenge(realm="r", nonce="2", algorithm="SHA-256")
    foreign = Challenge(realm="r", nonce="3", algorithm="SHA-512-256", qop=("auth",))
    whole_body_only = Challenge(realm="r", nonce="4", algorithm="SHA-256", qop=("auth-int",))
    assert choose([foreign, whole_body_only, md5, sha]) is sha
    assert choose([foreign, md5]) is md5
    assert choose([foreign, whole_body_only]) is None


def test_challenges_as_they_go_on_the_wire(authenticator: Authenticator) -> None:
    first, second = authenticator.challenges('odd "realm"', NOW, stale=True)
    nonce = parse_challenge(first).nonce
    assert first == f'Digest realm="odd \\"realm\\"", nonce="{nonce}", algorithm=SHA-256, qop="auth", stale=true'
    assert second == first.replace("SHA-256", "MD5")
    assert parse_challenge(first).stale


def test_nonces_never_repeat_and_leave_nothing_behind(authenticator: Authenticator) -> None:
    nonces = {parse_challenge(authenticator.challenges(REALM, NOW)[0]).nonce for _ in range(1000)}
    assert len(nonces) == 1000
    assert not authenticator._counts._used


@pytest.mark.covers("DEV-1", "SEC-1")
@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
@pytest.mark.parametrize(("username", "password"), [("anna", "vinter"), ("søren", "æbleø")])
def test_right_password(authenticator: Authenticator, algorithm: str, username: str, password: str) -> None:
    phone = Phone(authenticator, username=username, password=password)
    assert phone.tries(phone.challenge(algorithm=algorithm)) == Accepted(username, REALM)


@pytest.mark.covers("SEC-1")
@pytest.mark.parametrize(("username", "password"), [("anna", "sommer"), ("nobody", "vinter"), ("nobody", "")])
def test_wrong_password_and_unknown_user_are_the_same(
    authenticator: Authenticator, username: str, password: str
) -> None:
    phone = Phone(authenticator, username=username, password=password)
    assert phone.tries(phone.challenge()) == Wrong(username, REALM)


def test_unknown_user_does_not_pass_with_what_stands_in_for_a_password(authenticator: Authenticator) -> None:
    challenge = Phone(authenticator).challenge()
    header = Phone(authenticator, username="", password="").credentials(challenge)
    # The stand-in is the hash of three empty strings: what a user "" of realm "" with password "" would have.
    bare = Challenge(realm="", nonce=challenge.nonce, algorithm="SHA-256", qop=("auth",))
    stand_in = Phone(authenticator, username="", password="").credentials(bare)
    for value in (header, stand_in):
        verdict = authenticator.verify(request(value), "Authorization", lookup, NOW)
        assert isinstance(verdict, Wrong)


def test_response_is_bound_to_method_and_password_hash_to_realm(authenticator: Authenticator) -> None:
    phone = Phone(authenticator)
    header = phone.credentials(phone.challenge(), method="INVITE")
    assert authenticator.verify(request(header), "Authorization", lookup, NOW) == Wrong("anna", REALM)
    foreign = phone.credentials(phone.challenge(realm="other.example"))
    assert authenticator.verify(request(foreign), "Authorization", lookup, NOW) == Wrong("anna", "other.example")


@pytest.mark.parametrize("response", ["", "not hexadecimal", "æøå", "\udcff"])
def test_response_of_any_text_is_no_bug(authenticator: Authenticator, response: str) -> None:
    phone = Phone(authenticator)
    right = phone.credentials(phone.challenge())
    header = right.replace(parse_credentials(right).response, response)
    verdict = authenticator.verify(request(header), "Authorization", lookup, NOW)
    assert verdict == (Wrong("anna", REALM) if response else NoCredentials())


@pytest.mark.covers("SEC-1")
def test_replay_does_not_pass(authenticator: Authenticator) -> None:
    phone = Phone(authenticator)
    challenge = phone.challenge()
    assert phone.tries(challenge, 1) == Accepted("anna", REALM)
    assert phone.tries(challenge, 1) == Stale("anna", REALM)
    assert phone.tries(challenge, 0) == Stale("anna", REALM)
    assert phone.tries(phone.challenge(), 1) == Accepted("anna", REALM)


def test_counts_may_arrive_out_of_order_within_the_window_once_each(authenticator: Authenticator) -> None:
    phone = Phone(authenticator)
    challenge = phone.challenge()
    for count in (3, 1, 2, 100, 100 - WINDOW + 1, 99):
        assert phone.tries(challenge, count) == Accepted("anna", REALM), count
    for count in (1, 2, 3, 100, 99, 100 - WINDOW + 1, 100 - WINDOW):
        assert phone.tries(challenge, count) == Stale("anna", REALM), count
    assert phone.tries(challenge, 0xFFFF_FFFF) == Accepted("anna", REALM)


@pytest.mark.parametrize(("age", "verdict"), [(0, Accepted), (300, Accepted), (301, Stale), (-5, Stale)])
def test_nonce_lives_for_its_time_and_is_never_from_the_future(
    authenticator: Authenticator, age: float, verdict: type[Verdict]
) -> None:
    phone = Phone(authenticator)
    assert type(phone.tries(phone.challenge(NOW), now=NOW + age)) is verdict


@pytest.mark.parametrize("nonce", ["x", "AAAA", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "æ", "=" * 28])
def test_right_answer_to_a_nonce_that_is_not_ours_is_stale(authenticator: Authenticator, nonce: str) -> None:
    challenge = Challenge(realm=REALM, nonce=nonce, algorithm="MD5", qop=("auth",))
    assert Phone(authenticator).tries(challenge) == Stale("anna", REALM)
    assert not authenticator._counts._used


def test_nonce_of_another_realm_and_of_another_start_is_stale(authenticator: Authenticator) -> None:
    phone = Phone(authenticator)
    elsewhere = phone.challenge(realm="other.example")
    moved = Challenge(realm=REALM, nonce=elsewhere.nonce, algorithm="SHA-256", qop=("auth",))
    assert phone.tries(moved) == Stale("anna", REALM)
    before = Phone(Authenticator(b"secret of the start before")).challenge()
    assert phone.tries(before) == Stale("anna", REALM)


@pytest.mark.covers("SEC-3")
def test_memory_is_bounded_and_what_was_pushed_out_never_passes_again() -> None:
    authenticator = Authenticator(b"secret", max_nonces=10)
    phone = Phone(authenticator)
    challenges = [phone.challenge(NOW + number / 1000) for number in range(30)]
    for challenge in challenges:
        assert phone.tries(challenge, now=NOW + 1) == Accepted("anna", REALM)
    assert len(authenticator._counts._used) == 10
    for challenge in challenges:
        assert phone.tries(challenge, now=NOW + 1) == Stale("anna", REALM)
    assert phone.tries(challenges[-1], 2, now=NOW + 1) == Accepted("anna", REALM)


def test_counts_of_dead_nonces_are_let_go(authenticator: Authenticator) -> None:
    phone = Phone(authenticator)
    for number in range(50):
        phone.tries(phone.challenge(NOW + number * 10), now=NOW + number * 10)
    assert len(authenticator._counts._used) == 31


@pytest.mark.parametrize(
    "written",
    [URI, f"sips:{REALM}", f"sip:{REALM}:5060;transport=tcp", f"SIP:{REALM.upper()}"],
)
def test_uri_of_the_credentials_may_differ_in_what_changes_on_the_way(
    authenticator: Authenticator, written: str
) -> None:
    phone = Phone(authenticator)
    header = phone.credentials(phone.challenge(), uri=written)
    assert authenticator.verify(request(header), "Authorization", lookup, NOW) == Accepted("anna", REALM)


@pytest.mark.covers("SEC-1")
@pytest.mark.parametrize(
    "written", ["sip:other.example", f"sip:900@{REALM}", "tel:900", "urn:x:y", "", "/dir/index.html"]
)
def test_credentials_for_another_resource_are_a_bad_request(authenticator: Authenticator, written: str) -> None:
    phone = Phone(authenticator)
    header = phone.credentials(phone.challenge(), uri=written)
    with pytest.raises(MalformedMessage) as refused:
        authenticator.verify(request(header), "Authorization", lookup, NOW)
    assert (refused.value.status, refused.value.header) == (400, "Authorization")


def test_request_without_an_answer_to_us_is_challenged(authenticator: Authenticator) -> None:
    phone = Phone(authenticator)
    ims_style = f'Digest username="anna", realm="{REALM}", nonce="", uri="{URI}", response=""'
    session = phone.credentials(phone.challenge()).replace("algorithm=SHA-256", "algorithm=SHA-256-sess")
    for values in ((), ("Basic YW5uYTp2aW50ZXI=",), (ims_style,), (session,)):
        assert authenticator.verify(request(*values), "Authorization", lookup, NOW) == NoCredentials()


def test_client_without_qop_is_let_in_only_where_that_is_allowed() -> None:
    strict, lenient = Authenticator(b"secret"), Authenticator(b"secret", require_qop=False)
    nonce = Phone(strict).challenge(algorithm="MD5").nonce
    old = Challenge(realm=REALM, nonce=nonce)
    assert Phone(strict).tries(old) == NoCredentials()
    assert Phone(lenient).tries(old) == Accepted("anna", REALM)
    assert Phone(lenient).tries(old, now=NOW + 301) == Stale("anna", REALM)


def test_algorithm_that_was_not_offered_is_not_taken() -> None:
    strong = Authenticator(b"secret", algorithms=("SHA-256",))
    challenge = Phone(strong).challenge()
    weak = Challenge(realm=REALM, nonce=challenge.nonce, algorithm="MD5", qop=("auth",))
    assert Phone(strong).tries(weak) == NoCredentials()


@pytest.mark.parametrize("said", [REALM, None])
def test_of_several_credentials_those_for_us_count(authenticator: Authenticator, said: str | None) -> None:
    phone = Phone(authenticator)
    foreign = phone.credentials(Challenge(realm="trunk.example", nonce="theirs", algorithm="MD5", qop=("auth",)))
    ours = phone.credentials(phone.challenge())
    for number, values in enumerate(itertools.permutations((foreign, ours)), 1):
        values = tuple(value.replace("theirs", f"theirs{number}") for value in values)
        verdict = authenticator.verify(request(*values), "Authorization", lookup, NOW, realm=said)
        assert verdict == (Accepted("anna", REALM) if number == 1 else Stale("anna", REALM))
    assert authenticator.verify(request(foreign), "Authorization", lookup, NOW, realm=REALM) == NoCredentials()


def test_many_credentials_and_unreadable_ones_are_a_bad_request(authenticator: Authenticator) -> None:
    phone = Phone(authenticator)
    header = phone.credentials(phone.challenge())
    for values in ((header,) * 9, ("Digest username",)):
        with pytest.raises(MalformedMessage) as refused:
            authenticator.verify(request(*values, name="Proxy-Authorization"), "Proxy-Authorization", lookup, NOW)
        assert refused.value.header == "Proxy-Authorization"


@pytest.mark.covers("SEC-1")
def test_nothing_secret_shows_in_a_repr(authenticator: Authenticator) -> None:
    phone = Phone(authenticator)
    header = phone.credentials(phone.challenge())
    shown = repr((SECRETS, parse_credentials(header), authenticator))
    assert SECRETS["anna"].md5 not in shown
    assert SECRETS["anna"].sha256 not in shown
    assert parse_credentials(header).response not in shown


@pytest.mark.covers("SEC-3")
@given(
    st.text(max_size=60) | st.text(alphabet='",=\\ rnq0æ', max_size=40).map('Digest realm="r", nonce="n", {}'.format)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_credentials, parse_challenge):
        with contextlib.suppress(MalformedMessage):
            parse(text)


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_what_a_client_writes_the_server_reads(username: str, password: str, realm: str) -> None:
    username, realm = (text.replace("\r", " ").replace("\n", " ") for text in (username, realm))
    authenticator = Authenticator(b"secret")
    phone = Phone(authenticator, username=username, password=password)
    header = phone.credentials(phone.challenge(realm=realm))
    known = Ha1.of(username, realm, password)
    verdict = authenticator.verify(request(header), "Authorization", lambda *_: known, NOW)
    assert verdict == Accepted(username, realm)
