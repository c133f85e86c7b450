"""The control socket: how ``pbxd status``, ``reload`` and ``hangup`` talk to the running server.

A Unix socket of mode 0600. Each line from the client is a JSON object ``{"command": ..., "arguments": {...}}`` and is
answered by one line, ``{"result": {...}}`` or ``{"error": "words"}``, in order.
"""

from __future__ import annotations

import asyncio
import fcntl
import inspect
import json
import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from pbxd.errors import PbxdError

if TYPE_CHECKING:
    from pathlib import Path

MAX_REQUEST = 64 * 1024
"""Bytes of one request line."""
MAX_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer that the client takes."""
MAX_CONNECTIONS = 16

Result: TypeAlias = dict[str, Any]
Command: TypeAlias = Callable[..., "Awaitable[Result] | Result"]
"""Called with the request's arguments by name. A :class:`PbxdError` or :class:`ValueError` it raises is the answer."""

_log = logging.getLogger("pbxd.control")


class ControlError(PbxdError):
    """The control socket can't be opened or reached, or the server's answer to a command was an error."""


class Refusal(ControlError):
    """The server answered, and what was asked for can't be done."""


class ControlServer:
    """Answers commands on a socket.

    A plain function answers at once. A coroutine needs ``tasks``, the server's task group, because nothing else makes
    tasks.
    """

    def __init__(
        self,
        path: Path,
        commands: Mapping[str, Command],
        *,
        tasks: asyncio.TaskGroup | None = None,
        connections: int = MAX_CONNECTIONS,
    ) -> None:
        """``connections`` at once are served, and more are refused."""
        self.path = path
        self._room = connections
        self._commands = commands
        self._tasks = tasks
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._lock = -1

    async def start(self) -> None:
        """Listen; takes the place of the socket file of a server that is dead.

        Raises :class:`ControlError` when another server is alive behind ``path``, or the file can't be made.
        """
        self._lock = _take_lock(self.path)
        try:
            listener = _bind(self.path)
            self._server = await asyncio.get_running_loop().create_unix_server(self._accept, sock=listener)
        except BaseException:
            self._release()
            raise

    def close(self) -> None:
        """Stop listening, drop every connection and take the socket file away. May be called twice."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self.path.unlink(missing_ok=True)
        for connection in tuple(self._connections):
            connection.abort()
        self._release()

    def _release(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _accept(self) -> _Connection:
        return _Connection(self._perform, self._connections, self._room)

    def _perform(self, request: bytes, answer: Answer) -> None:
        try:
            command, arguments = self._parse(request)
            result = command(**arguments)
        except Exception as error:
            answer(_error(error), later=False)
            return
        if not inspect.isawaitable(result):
            answer({"result": result}, later=False)
        elif self._tasks is None:
            cast("Any", result).close()
            answer({"error": "this server runs no commands that take time"}, later=False)
        else:
            self._tasks.create_task(_finish(result, answer))

    def _parse(self, request: bytes) -> tuple[Command, dict[str, Any]]:
        try:
            found = json.loads(request)
        except (ValueError, RecursionError):
            raise ControlError("the request is not JSON") from None
        if not isinstance(found, dict) or not isinstance(found.get("arguments", {}), dict):
            raise ControlError("the request is not an object with a command and arguments")
        name, arguments = found.get("command"), found.get("arguments", {})
        command = self._commands.get(name) if isinstance(name, str) else None
        if command is None:
            raise ControlError(f"there is no command {name!r}; there are {', '.join(sorted(self._commands))}")
        try:
            inspect.signature(command).bind(**arguments)
        except TypeError as error:
            raise ControlError(f"{name}: {error}") from None
        return command, arguments


async def _finish(result: Awaitable[Result], answer: Answer) -> None:
    try:
        found = {"result": await result}
    except Exception as error:
        found = _error(error)
    answer(found, later=True)


def _error(error: Exception) -> Result:
    if isinstance(error, PbxdError | ValueError):
        return {"error": str(error)}
    _log.error("a control command failed", exc_info=error)
    return {"error": f"a bug in pbxd, see its log: {type(error).__name__}: {error}"}


class Answer(Protocol):
    """How a request is answered; ``later`` unless it is before the call that performs the request returns."""

    def __call__(self, answer: Result, *, later: bool) -> None: ...


class _Connection(asyncio.Protocol):
    """One client. A request that takes time holds up those behind it, so that answers come in order."""

    _transport: asyncio.Transport

    def __init__(self, perform: Callable[[bytes, Answer], None], others: set[_Connection], room: int) -> None:
        self._perform = perform
        self._others = others
        self._room = room
        self._received = bytearray()
        self._busy = False
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._others.add(self)
        if len(self._others) > self._room:
            self._refuse("too many connections")

    def connection_lost(self, exc: Exception | None) -> None:
        self._others.discard(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._next()

    def eof_received(self) -> bool:
        self._ended = True
        self._next()
        return True  # what was asked is still answered

    def abort(self) -> None:
        self._transport.abort()

    def _next(self) -> None:
        """Perform what is complete, one request at a time."""
        while not self._busy and not self._transport.is_closing():
            end = self._received.find(b"\n")
            if end < 0:
                break
            line = bytes(self._received[:end])
            del self._received[: end + 1]
            self._busy = True
            self._perform(line, self._answer)
        if self._transport.is_closing():
            return
        if len(self._received) > MAX_REQUEST:
            self._refuse(f"a request has at most {MAX_REQUEST} bytes")
        elif self._ended and not self._busy:
            self._transport.close()

    def _answer(self, answer: Result, *, later: bool) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(json.dumps(answer, default=str).encode() + b"\n")
        self._busy = False
        if later:  # otherwise the loop that asked goes on by itself
            self._next()

    def _refuse(self, words: str) -> None:
        self._transport.write(json.dumps({"error": words}).encode() + b"\n")
        self._transport.close()


def _take_lock(path: Path) -> int:
    """A lock that lives as long as this process, however it ends: whoever has it owns the socket file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ControlError(f"the control socket {path} can't be made: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise ControlError(f"another pbxd is running: it holds {path}.lock") from error
    return lock


def _bind(path: Path) -> socket.socket:
    """A bound socket whose file nobody else could ever open."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_symlink() or path.exists():
            if not stat.S_ISSOCK(path.lstat().st_mode):
                raise ControlError(f"{path} is in the way: it is not a socket")
            path.unlink()
        os.fchmod(listener.fileno(), 0o600)  # Linux makes the file with the socket's own mode: it is never open wider
        listener.bind(str(path))
        path.chmod(0o600)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise ControlError(f"the control socket {path} can't be made: {error.strerror or error}") from error
    except BaseException:
        listener.close()
        raise
    return listener


def call(path: Path, command: str, /, *, timeout: float = 30.0, **arguments: object) -> Result:
    """Ask the server behind ``path`` and return its result; blocks at most about ``timeout`` seconds per read.

    Raises :class:`ControlError` when no server answers, or with the server's words when its answer is an error.
    """
    request = json.dumps({"command": command, "arguments": arguments}).encode() + b"\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(str(path))
            connection.sendall(request)
            line = _read_line(connection)
        except (FileNotFoundError, ConnectionRefusedError):
            raise ControlError(f"no pbxd is running behind {path}") from None
        except TimeoutError:
            raise ControlError(f"pbxd did not answer within {timeout:g} s") from None
        except OSError as error:
            raise ControlError(f"{path}: {error.strerror or error}") from error
    try:
        answer = json.loads(line)
    except ValueError:
        raise ControlError("pbxd closed the connection without an answer") from None
    if "error" in answer:
        raise Refusal(answer["error"])
    return cast("Result", answer["result"])


def _read_line(connection: socket.socket) -> bytes:
    received = bytearray()
    while len(received) <= MAX_ANSWER and not received.endswith(b"\n"):
        piece = connection.recv(65_536)
        if not piece:
            break
        received += piece
    return bytes(received)
