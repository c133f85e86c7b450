"""``python -m pbxd.api``: the HTTP process. Ends when its standard input does, that is, with the server."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import socket
import sys
import threading
from pathlib import Path

from pbxd.clock import SystemClock
from pbxd.journal import Journal, Level
from pbxd.journal.forms import form_named
from pbxd.journal.output import Output

MISSING, NO_ADDRESS = 4, 5
"""Exit statuses: there is no web framework here, and waiting changes nothing; the address can't be had just now."""
NEEDED = ("fastapi", "uvicorn", "prometheus_client", "jinja2")
MOST = 64
"""Requests at once; more get 503."""

_log = logging.getLogger("pbxd.api")


def main() -> int:
    """Serve until told to stop; the exit status."""
    arguments = _arguments()
    clock, descriptor = SystemClock(), sys.stderr.fileno()
    output = Output(descriptor)
    journal = Journal(
        output.write, form_named(arguments.format, descriptor), clock, level=Level[arguments.level.upper()]
    )
    with journal.libraries():
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            _log.error("http needs packages that are not installed (pip install 'pbxd[api]'): %s", ", ".join(missing))
            return MISSING
        try:
            listener = _listen(arguments.host, arguments.port)
        except OSError as error:
            _log.warning("can't listen on http://%s:%d: %s", arguments.host, arguments.port, error.strerror or error)
            return NO_ADDRESS
        with listener:
            _serve(listener, arguments, clock)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pbxd.api", description="pbxd's HTTP process; pbxd starts it.")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("control", help="the control socket of the server")
    parser.add_argument("--certificate", help="PEM file, for https")
    parser.add_argument("--key", help="PEM file")
    parser.add_argument("--format", choices=["json", "console"], default="json")
    parser.add_argument("--level", default="info")
    return parser.parse_args()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)


def _serve(listener: socket.socket, arguments: argparse.Namespace, clock: SystemClock) -> None:
    import uvicorn

    from pbxd.api.app import application
    from pbxd.api.upstream import Upstream

    config = uvicorn.Config(
        application(Upstream(Path(arguments.control), clock.monotonic), clock.monotonic),
        ssl_certfile=arguments.certificate,
        ssl_keyfile=arguments.key,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        limit_concurrency=MOST,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)

    def end_with_the_server() -> None:
        """Whatever becomes of it, even by ``kill -9``, the pipe from it is closed."""
        os.read(sys.stdin.fileno(), 1)
        server.should_exit = True

    threading.Thread(target=end_with_the_server, daemon=True).start()
    server.run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())
