"""What a route set makes of Request-URI and Route (RFC 3261 12.2.1.1, 16.12.1)."""

from __future__ import annotations

import pytest

from pbxd.sip.headers import NameAddr
from pbxd.sip.routing import by_routes
from pbxd.sip.uri import Uri

TARGET = "sip:bo@192.0.2.9"
LOOSE, OTHER = "<sip:p1.example;lr>", "<sip:p2.example;lr>"


@pytest.mark.parametrize(
    ("routes", "uri", "sent"),
    [
        ([], TARGET, []),
        ([LOOSE, OTHER], TARGET, [LOOSE, OTHER]),
        (["<sip:p1.example>"], "sip:p1.example", [f"<{TARGET}>"]),
        (["<sip:p1.example>", OTHER], "sip:p1.example", [OTHER, f"<{TARGET}>"]),
        # What follows a loose router is its affair, and that of those after it (16.4, 16.6 step 6).
        ([LOOSE, "<sip:p2.example>"], TARGET, [LOOSE, "<sip:p2.example>"]),
        # Neither a method nor headers may stand in a Request-URI (19.1.1).
        (["<sip:p1.example;transport=tcp;method=INVITE?Subject=x>"], "sip:p1.example;transport=tcp", [f"<{TARGET}>"]),
        (["<sip:p1.example;lr=on>"], TARGET, ["<sip:p1.example;lr=on>"]),
    ],
)
def test_request_uri_and_routes(routes: list[str], uri: str, sent: list[str]) -> None:
    route_set = tuple(NameAddr.parse(route) for route in routes)
    request_uri, left = by_routes(Uri.parse(TARGET), route_set)
    assert (str(request_uri), [str(route) for route in left]) == (uri, sent)
